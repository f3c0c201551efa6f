/** S3: buckets and what is set on them. */
import type { WireObject } from "../../protocol/wire";
import { type Account, derived } from "../account";
import {
  type AwsReference,
  type AwsType,
  type AwsTypes,
  jsonObject,
  listOf,
  type Made,
  notOneOf,
  otherWith,
} from "./common";

const BUCKET = "aws:s3/bucket:Bucket";

const bucketName = ({ name, seed, inputs }: Made): string =>
  String(inputs.bucket ?? `${name.toLowerCase()}-${derived(seed, 7)}`);
const bucketArn = (name: string): string => `arn:aws:s3:::${name}`;

const bucketReference: AwsReference = {
  to: BUCKET,
  missing: () => "NoSuchBucket: The specified bucket does not exist",
  goesWith: true,
};

/** What is set on a bucket goes with it, and has its name as id. */
const setting = (refuses?: (made: Made) => string | undefined): AwsType => ({
  id: ({ inputs }) => String(inputs.bucket),
  replaceOn: ["bucket", "expectedBucketOwner"],
  references: { bucket: bucketReference },
  refuses: made =>
    isBucketName(String(made.inputs.bucket))
      ? refuses?.(made)
      : "InvalidBucketName: The specified bucket is not valid.",
  untagged: true,
});

export const S3_TYPES: AwsTypes = {
  [BUCKET]: {
    id: bucketName,
    outputs: ({ account }, id) => bucketOutputs(account, id),
    nameInput: "bucket",
    replaceOn: ["bucket", "bucketPrefix", "bucketNamespace", "objectLockEnabled"],
    refuses: made => {
      const name = bucketName(made);
      if (!isBucketName(name)) return "InvalidBucketName: The specified bucket is not valid.";
      return otherWith(made, BUCKET, bucket => bucket.id === name)
        ? "BucketAlreadyOwnedByYou: Your previous request to create the named bucket succeeded and you already own it."
        : undefined;
    },
  },
  "aws:s3/bucketVersioning:BucketVersioning": setting(({ inputs }) =>
    notOneOf(
      "versioning_configuration.0.status",
      ["Enabled", "Suspended", "Disabled"],
      (inputs.versioningConfiguration as WireObject | undefined)?.status,
    ),
  ),
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": setting(encryptionRefusal),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": setting(),
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": setting(({ inputs }) =>
    notOneOf(
      "rule.0.object_ownership",
      ["BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"],
      (inputs.rule as WireObject | undefined)?.objectOwnership,
    ),
  ),
  "aws:s3/bucketPolicy:BucketPolicy": setting(policyRefusal),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": setting(lifecycleRefusal),
};

const bucketOutputs = ({ region }: Account, name: string): WireObject => ({
  bucket: name,
  arn: bucketArn(name),
  bucketDomainName: `${name}.s3.amazonaws.com`,
  bucketRegion: region,
  bucketRegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
});

/** S3 user guide, "General purpose bucket naming rules" (2026). */
const isBucketName = (name: string): boolean =>
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
  !name.includes("..") &&
  !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
  !/^(xn--|sthree-|amzn-s3-demo-)/.test(name) &&
  !/(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name);

function encryptionRefusal({ inputs }: Made): string | undefined {
  for (const rule of listOf(inputs.rules) as WireObject[]) {
    const { sseAlgorithm, kmsMasterKeyId } = (rule.applyServerSideEncryptionByDefault ?? {}) as WireObject;
    const path = "rule.0.apply_server_side_encryption_by_default.0.sse_algorithm";
    const refusal = notOneOf(path, ["aws:fsx", "AES256", "aws:kms", "aws:kms:dsse"], sseAlgorithm);
    if (refusal) return refusal;
    if (kmsMasterKeyId !== undefined && !String(sseAlgorithm).startsWith("aws:kms"))
      return "InvalidArgument: a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse";
  }
  return undefined;
}

function policyRefusal({ inputs }: Made): string | undefined {
  if (!String(inputs.policy).startsWith("{"))
    return "MalformedPolicy: Policies must be valid JSON and the first byte must be '{'";
  const policy = jsonObject(inputs.policy);
  if (!policy) return "MalformedPolicy: This policy contains invalid Json";
  const statements = listOf(policy.Statement) as WireObject[];
  if (statements.length === 0) return "MalformedPolicy: Missing required field Statement";
  if (statements.some(({ Principal, NotPrincipal }) => (Principal ?? NotPrincipal) === undefined))
    return "MalformedPolicy: Missing required field Principal";
  const arn = bucketArn(String(inputs.bucket));
  const isOfBucket = (resource: string) => resource === arn || resource.startsWith(`${arn}/`);
  return statements.every(({ Resource, NotResource }) =>
    listOf(Resource ?? NotResource)
      .map(String)
      .every(isOfBucket),
  )
    ? undefined
    : "MalformedPolicy: Policy has invalid resource";
}

const ACTIONS = [
  "abortIncompleteMultipartUpload",
  "expiration",
  "noncurrentVersionExpiration",
  "noncurrentVersionTransitions",
  "transitions",
];

function lifecycleRefusal({ inputs }: Made): string | undefined {
  const rules = listOf(inputs.rules) as WireObject[];
  if (new Set(rules.map(({ id }) => id)).size < rules.length)
    return "InvalidArgument: Rule ID must be unique. Found same ID for more than one rule";
  for (const rule of rules) {
    const refusal = notOneOf("rule.0.status", ["Enabled", "Disabled"], rule.status);
    if (refusal) return refusal;
  }
  return rules.every(rule => ACTIONS.some(action => listOf(rule[action]).length > 0))
    ? undefined
    : "InvalidRequest: At least one action needs to be specified in a rule";
}
