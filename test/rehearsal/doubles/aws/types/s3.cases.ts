import type { WireObject } from "../../../../../rehearsal/doubles/protocol/wire";
import { type AwsCases, type BadCase, policyOf, type Services } from "../../../../support/aws";

const INVALID_NAME = "InvalidBucketName: The specified bucket is not valid.";
const resource = "arn:aws:s3:::llmd-models";
const reading = (Principal: string, objects = resource) =>
  policyOf({ Principal, Action: "s3:GetObject", Resource: [resource, `${objects}/*`] });
const encryption = (applyServerSideEncryptionByDefault: WireObject) => ({
  rules: [{ applyServerSideEncryptionByDefault }],
});
const rule = { id: "old", status: "Enabled", noncurrentVersionExpiration: { noncurrentDays: 7 } };

/** Cases of what is set on a bucket. */
const setting = (good: WireObject, change: WireObject, ...bad: BadCase[]) => ({
  good: ({ bucket }: Services) => ({ bucket: bucket.id, ...good }),
  change,
  unknown: [],
  replaces: ["bucket", "expectedBucketOwner"],
  bad: [
    { bad: { bucket: "llmd-other" }, message: "NoSuchBucket: The specified bucket does not exist" },
    { bad: { bucket: resource }, message: INVALID_NAME },
    ...bad,
  ],
});

export const S3_CASES: AwsCases = {
  bucket: {
    good: { bucket: "llmd-more-models" },
    id: /^llmd-more-models$/,
    outputs: id => ({
      arn: `arn:aws:s3:::${id}`,
      bucketDomainName: `${id}.s3.amazonaws.com`,
      bucketRegion: "us-east-2",
      bucketRegionalDomainName: `${id}.s3.us-east-2.amazonaws.com`,
    }),
    change: { forceDestroy: true },
    unknown: ["arn", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName"],
    replaces: ["bucket", "bucketPrefix", "bucketNamespace", "objectLockEnabled"],
    taken: ["abc", "a".repeat(63), "llmd.models-2"].map(bucket => ({ bucket })),
    bad: [
      {
        bad: { bucket: "llmd-models" },
        message:
          "BucketAlreadyOwnedByYou: Your previous request to create the named bucket succeeded and you already own it.",
      },
      ...[
        ...["ab", "a".repeat(64), "Models", "llmd_models", "-models", "models-", "llmd..models", "10.0.0.1"],
        ...["xn--models", "sthree-models", "amzn-s3-demo-models", "models-s3alias", "models--ol-s3", "models.mrap"],
        ...["models--x-s3", "models--table-s3"],
      ].map(bucket => ({ bad: { bucket }, message: INVALID_NAME })),
    ],
  },
  bucketVersioning: setting(
    { versioningConfiguration: { status: "Enabled" } },
    { versioningConfiguration: { status: "Suspended" } },
    {
      bad: { versioningConfiguration: { status: "On" } },
      message: 'expected versioning_configuration.0.status to be one of ["Enabled" "Suspended" "Disabled"], got On',
    },
  ),
  bucketEncryption: setting(
    encryption({ sseAlgorithm: "AES256" }),
    encryption({ sseAlgorithm: "aws:kms", kmsMasterKeyId: "key" }),
    {
      bad: encryption({ sseAlgorithm: "kms" }),
      message:
        'expected rule.0.apply_server_side_encryption_by_default.0.sse_algorithm to be one of ["aws:fsx" "AES256" "aws:kms" "aws:kms:dsse"], got kms',
    },
    {
      bad: encryption({ sseAlgorithm: "AES256", kmsMasterKeyId: "key" }),
      message:
        "InvalidArgument: a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
    },
  ),
  bucketPublicAccessBlock: setting({ blockPublicAcls: true, blockPublicPolicy: true }, { restrictPublicBuckets: true }),
  bucketOwnershipControls: setting(
    { rule: { objectOwnership: "BucketOwnerEnforced" } },
    { rule: { objectOwnership: "BucketOwnerPreferred" } },
    {
      bad: { rule: { objectOwnership: "Enforced" } },
      message:
        'expected rule.0.object_ownership to be one of ["BucketOwnerPreferred" "ObjectWriter" "BucketOwnerEnforced"], got Enforced',
    },
  ),
  bucketPolicy: setting(
    { policy: reading("*") },
    { policy: reading("111122223333") },
    ...[
      ["Allow", "Policies must be valid JSON and the first byte must be '{'"],
      ["{Allow}", "This policy contains invalid Json"],
      ['{"Version":"2012-10-17"}', "Missing required field Statement"],
      [policyOf({ Action: "s3:GetObject", Resource: `${resource}/*` }), "Missing required field Principal"],
      [reading("*", `${resource}-2`), "Policy has invalid resource"],
    ].map(([policy, problem]) => ({ bad: { policy }, message: `MalformedPolicy: ${problem}` })),
  ),
  bucketLifecycle: setting(
    { rules: [rule] },
    { rules: [{ id: "old", status: "Disabled", expiration: { days: 7 } }] },
    {
      bad: { rules: [rule, { ...rule, status: "Disabled" }] },
      message: "InvalidArgument: Rule ID must be unique. Found same ID for more than one rule",
    },
    {
      bad: { rules: [{ id: "old", status: "Enabled" }] },
      message: "InvalidRequest: At least one action needs to be specified in a rule",
    },
    {
      bad: { rules: [{ ...rule, status: "On" }] },
      message: 'expected rule.0.status to be one of ["Enabled" "Disabled"], got On',
    },
  ),
};
