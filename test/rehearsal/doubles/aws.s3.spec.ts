import assert from "node:assert/strict";
import type { WireObject } from "../../../rehearsal/doubles/protocol/wire";
import {
  makeServices,
  policyOf,
  type RefusedCreation,
  type Services,
  TestAccount,
  type TypeName,
  testRefusedCreationsOn,
} from "../../support/aws";

const reading = (resource: string) =>
  policyOf({ Principal: "*", Action: "s3:GetObject", Resource: ["arn:aws:s3:::llmd-models", resource] });
const bucketPolicy = ({ bucket }: Services) => ({ bucket: bucket.id, policy: reading("arn:aws:s3:::llmd-models/*") });
const encryption = (byDefault: WireObject) => ({ rules: [{ applyServerSideEncryptionByDefault: byDefault }] });
const encrypted = ({ bucket, key }: Services) => ({
  bucket: bucket.id,
  ...encryption({ sseAlgorithm: "aws:kms", kmsMasterKeyId: key.outputs.arn }),
});
const expiry = { id: "old", status: "Enabled", noncurrentVersionExpiration: { noncurrentDays: 7 } };
const lifecycle = ({ bucket }: Services) => ({ bucket: bucket.id, rules: [expiry] });

const SETTINGS: readonly TypeName[] = [
  "bucketVersioning",
  "bucketEncryption",
  "bucketPublicAccessBlock",
  "bucketOwnershipControls",
  "bucketLifecycle",
];

const REFUSED_CREATIONS: readonly RefusedCreation<Services>[] = [
  ...SETTINGS.flatMap((type): RefusedCreation<Services>[] => [
    {
      refuses: `a ${type} of no bucket`,
      type,
      good: ({ bucket }) => ({ bucket: bucket.id }),
      wrong: () => ({ bucket: "llmd-other" }),
      message: "NoSuchBucket: The specified bucket does not exist",
    },
    {
      refuses: `a ${type} of a bucket's ARN`,
      type,
      good: ({ bucket }) => ({ bucket: bucket.id }),
      wrong: ({ bucket }) => ({ bucket: bucket.outputs.arn }),
      message: "InvalidBucketName: The specified bucket is not valid.",
    },
  ]),
  {
    refuses: "a second bucket of the same name",
    type: "bucket",
    good: () => ({ bucket: "llmd-other" }),
    wrong: ({ bucket }) => ({ bucket: bucket.id }),
    message:
      "BucketAlreadyOwnedByYou: Your previous request to create the named bucket succeeded and you already own it.",
  },
  {
    refuses: "versioning that is neither on nor off",
    type: "bucketVersioning",
    good: ({ bucket }) => ({ bucket: bucket.id, versioningConfiguration: { status: "Enabled" } }),
    wrong: () => ({ versioningConfiguration: { status: "On" } }),
    message: 'expected versioning_configuration.0.status to be one of ["Enabled" "Suspended" "Disabled"], got On',
  },
  {
    refuses: "an encryption that S3 does not have",
    type: "bucketEncryption",
    good: encrypted,
    wrong: () => encryption({ sseAlgorithm: "kms" }),
    message:
      'expected rule.0.apply_server_side_encryption_by_default.0.sse_algorithm to be one of ["aws:fsx" "AES256" "aws:kms" "aws:kms:dsse"], got kms',
  },
  {
    refuses: "a key for an encryption without keys",
    type: "bucketEncryption",
    good: encrypted,
    wrong: ({ key }) => encryption({ sseAlgorithm: "AES256", kmsMasterKeyId: key.id }),
    message:
      "InvalidArgument: a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
  },
  {
    refuses: "an ownership that S3 does not have",
    type: "bucketOwnershipControls",
    good: ({ bucket }) => ({ bucket: bucket.id, rule: { objectOwnership: "BucketOwnerEnforced" } }),
    wrong: () => ({ rule: { objectOwnership: "Enforced" } }),
    message:
      'expected rule.0.object_ownership to be one of ["BucketOwnerPreferred" "ObjectWriter" "BucketOwnerEnforced"], got Enforced',
  },
  {
    refuses: "a policy that does not look like JSON",
    type: "bucketPolicy",
    good: bucketPolicy,
    wrong: () => ({ policy: "Allow" }),
    message: "MalformedPolicy: Policies must be valid JSON and the first byte must be '{'",
  },
  {
    refuses: "a policy that is no JSON",
    type: "bucketPolicy",
    good: bucketPolicy,
    wrong: () => ({ policy: "{Allow}" }),
    message: "MalformedPolicy: This policy contains invalid Json",
  },
  {
    refuses: "a policy that says nothing",
    type: "bucketPolicy",
    good: bucketPolicy,
    wrong: () => ({ policy: '{"Version":"2012-10-17"}' }),
    message: "MalformedPolicy: Missing required field Statement",
  },
  {
    refuses: "a policy for nobody",
    type: "bucketPolicy",
    good: bucketPolicy,
    wrong: () => ({ policy: policyOf({ Action: "s3:GetObject", Resource: "arn:aws:s3:::llmd-models/*" }) }),
    message: "MalformedPolicy: Missing required field Principal",
  },
  {
    refuses: "a policy of another bucket",
    type: "bucketPolicy",
    good: bucketPolicy,
    wrong: () => ({ policy: reading("arn:aws:s3:::llmd-models-2/*") }),
    message: "MalformedPolicy: Policy has invalid resource",
  },
  {
    refuses: "two lifecycle rules of one id",
    type: "bucketLifecycle",
    good: lifecycle,
    wrong: () => ({ rules: [expiry, { ...expiry, status: "Disabled" }] }),
    message: "InvalidArgument: Rule ID must be unique. Found same ID for more than one rule",
  },
  {
    refuses: "a lifecycle rule that does nothing",
    type: "bucketLifecycle",
    good: lifecycle,
    wrong: () => ({ rules: [{ id: "old", status: "Enabled" }] }),
    message: "InvalidRequest: At least one action needs to be specified in a rule",
  },
  {
    refuses: "a lifecycle rule that is neither on nor off",
    type: "bucketLifecycle",
    good: lifecycle,
    wrong: () => ({ rules: [{ ...expiry, status: "On" }] }),
    message: 'expected rule.0.status to be one of ["Enabled" "Disabled"], got On',
  },
];

describe("the aws double's buckets", () => {
  testRefusedCreationsOn(makeServices, REFUSED_CREATIONS);

  for (const name of [
    "ab",
    "a".repeat(64),
    "Models",
    "llmd_models",
    "-models",
    "models-",
    "llmd..models",
    "10.0.0.1",
    "xn--models",
    "sthree-models",
    "amzn-s3-demo-models",
    "models-s3alias",
    "models--ol-s3",
    "models.mrap",
    "models--x-s3",
    "models--table-s3",
  ])
    it(`refuse the name "${name}"`, async () => {
      await assert.rejects(new TestAccount().make("bucket", "models", { bucket: name }), {
        message: "InvalidBucketName: The specified bucket is not valid.",
      });
    });

  for (const name of ["abc", "a".repeat(63), "llmd.models-2"])
    it(`take the name "${name}"`, async () => {
      const { id } = await new TestAccount().make("bucket", "models", { bucket: name });
      assert.equal(id, name);
    });

  it("have the names and domains that AWS gives them", async () => {
    const { id, outputs } = await new TestAccount().make("bucket", "Models", {});
    assert.match(id, /^models-[0-9a-f]{7}$/);
    const { tagsAll, ...given } = outputs;
    assert.deepEqual(given, {
      bucket: id,
      arn: `arn:aws:s3:::${id}`,
      bucketDomainName: `${id}.s3.amazonaws.com`,
      bucketRegion: "us-east-2",
      bucketRegionalDomainName: `${id}.s3.us-east-2.amazonaws.com`,
    });
    assert.deepEqual(tagsAll, {});
  });

  it("go with what is set on them", async () => {
    const aws = new TestAccount();
    const made = await makeServices(aws);
    const other = await aws.make("bucket", "other", { bucket: "llmd-other" });
    const kept = await aws.make("bucketVersioning", "other", { bucket: other.id });
    const policy = await aws.make("bucketPolicy", "policy", bucketPolicy(made));
    await aws.remove(made.bucket);
    assert.equal(await aws.read(policy), undefined);
    assert.ok(await aws.read(kept), "settings of another bucket are gone");
    await aws.remove(policy);
  });

  it("go before a replacement of the same name, and after one of another", async () => {
    const { double } = new TestAccount();
    const request = {
      type: "aws:s3/bucket:Bucket",
      name: "models",
      urn: "urn",
      id: "a",
      changed: ["objectLockEnabled"],
    };
    const same = await double.diff({ ...request, oldInputs: { bucket: "a" }, newInputs: { bucket: "a" } });
    const other = await double.diff({ ...request, oldInputs: { bucket: "a" }, newInputs: { bucket: "b" } });
    assert.deepEqual([same.deleteBeforeReplace, other.deleteBeforeReplace], [true, false]);
  });
});
