/** S3: buckets and what is set on them. */
import type { WireObject } from "../../protocol/wire";
import { type Account, derived } from "../account";
import {
  type AwsReference,
  type AwsType,
  type AwsTypes,
  firstMessage,
  jsonObject,
  listOf,
  type Made,
  notOneOf,
  type Rule,
  rejectDuplicate,
  statementsOf,
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

const rejectBucketName =
  (nameOf: (made: Made) => string): Rule =>
  made =>
    !isBucketName(nameOf(made)) && "InvalidBucketName: The specified bucket is not valid.";

/** A setting of a bucket: it goes with the bucket and has the bucket's name as id. */
const setting = (...rules: Rule[]): AwsType => ({
  id: ({ inputs }) => String(inputs.bucket),
  replaceOn: ["bucket", "expectedBucketOwner"],
  references: { bucket: bucketReference },
  rejects: [rejectBucketName(({ inputs }) => String(inputs.bucket)), ...rules],
  untagged: true,
});

const encryptionsOf = ({ inputs }: Made): WireObject[] =>
  (listOf(inputs.rules) as WireObject[]).map(
    ({ applyServerSideEncryptionByDefault }) => (applyServerSideEncryptionByDefault ?? {}) as WireObject,
  );

const rejectPolicy =
  (isWrong: (made: Made) => boolean, problem: string): Rule =>
  made =>
    isWrong(made) && `MalformedPolicy: ${problem}`;

const lifecycleRules = ({ inputs }: Made): WireObject[] => listOf(inputs.rules) as WireObject[];

const ACTIONS = [
  "abortIncompleteMultipartUpload",
  "expiration",
  "noncurrentVersionExpiration",
  "noncurrentVersionTransitions",
  "transitions",
];

export const S3_TYPES: AwsTypes = {
  [BUCKET]: {
    id: bucketName,
    outputs: ({ account }, id) => bucketOutputs(account, id),
    nameInput: "bucket",
    replaceOn: ["bucket", "bucketPrefix", "bucketNamespace", "objectLockEnabled"],
    rejects: [
      rejectBucketName(bucketName),
      rejectDuplicate(
        BUCKET,
        (bucket, made) => bucket.id === bucketName(made),
        () =>
          "BucketAlreadyOwnedByYou: Your previous request to create the named bucket succeeded and you already own it.",
      ),
    ],
  },
  "aws:s3/bucketVersioning:BucketVersioning": setting(({ inputs }) =>
    notOneOf(
      "versioning_configuration.0.status",
      ["Enabled", "Suspended", "Disabled"],
      (inputs.versioningConfiguration as WireObject | undefined)?.status,
    ),
  ),
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": setting(
    made =>
      firstMessage(
        encryptionsOf(made).map(({ sseAlgorithm }) =>
          notOneOf(
            "rule.0.apply_server_side_encryption_by_default.0.sse_algorithm",
            ["aws:fsx", "AES256", "aws:kms", "aws:kms:dsse"],
            sseAlgorithm,
          ),
        ),
      ),
    made =>
      encryptionsOf(made).some(
        ({ sseAlgorithm, kmsMasterKeyId }) =>
          kmsMasterKeyId !== undefined && !String(sseAlgorithm).startsWith("aws:kms"),
      ) &&
      "InvalidArgument: a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
  ),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": setting(),
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": setting(({ inputs }) =>
    notOneOf(
      "rule.0.object_ownership",
      ["BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"],
      (inputs.rule as WireObject | undefined)?.objectOwnership,
    ),
  ),
  "aws:s3/bucketPolicy:BucketPolicy": setting(
    rejectPolicy(
      ({ inputs }) => !String(inputs.policy).startsWith("{"),
      "Policies must be valid JSON and the first byte must be '{'",
    ),
    rejectPolicy(({ inputs }) => jsonObject(inputs.policy) === undefined, "This policy contains invalid Json"),
    rejectPolicy(({ inputs }) => statementsOf(inputs.policy).length === 0, "Missing required field Statement"),
    rejectPolicy(
      ({ inputs }) =>
        statementsOf(inputs.policy).some(({ Principal, NotPrincipal }) => (Principal ?? NotPrincipal) === undefined),
      "Missing required field Principal",
    ),
    rejectPolicy(namesOtherBucket, "Policy has invalid resource"),
  ),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": setting(
    made =>
      new Set(lifecycleRules(made).map(({ id }) => id)).size < lifecycleRules(made).length &&
      "InvalidArgument: Rule ID must be unique. Found same ID for more than one rule",
    made =>
      firstMessage(
        lifecycleRules(made).map(({ status }) => notOneOf("rule.0.status", ["Enabled", "Disabled"], status)),
      ),
    made =>
      !lifecycleRules(made).every(rule => ACTIONS.some(action => listOf(rule[action]).length > 0)) &&
      "InvalidRequest: At least one action needs to be specified in a rule",
  ),
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

function namesOtherBucket({ inputs }: Made): boolean {
  const arn = bucketArn(String(inputs.bucket));
  return statementsOf(inputs.policy)
    .flatMap(({ Resource, NotResource }) => listOf(Resource ?? NotResource).map(String))
    .some(resource => resource !== arn && !resource.startsWith(`${arn}/`));
}
