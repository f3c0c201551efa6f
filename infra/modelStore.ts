/** The model store: a private, encrypted bucket for weights. */

import * as pulumi from "@pulumi/pulumi";
import * as aws from "../contracts/aws";
import { policyDocument } from "../contracts/iamPolicy";
import { DEFAULT_NONCURRENT_VERSION_DAYS } from "./settings/services";

export interface ModelStoreArgs {
  /** Days an overwritten or deleted object can still be brought back, 1 to 365. @default 7 */
  readonly noncurrentVersionDays?: number;
  /** Whether Pulumi refuses to delete bucket and key; from `llmd:protect`. */
  readonly protect: boolean;
}

/**
 * A bucket that only encrypted connections reach. Its objects are encrypted with a key of its own.
 *
 * A `destroy` never deletes weights: it fails while the bucket holds objects, whatever `protect` is, and leaves bucket,
 * settings and key as they are. Public weights could be copied again, fine-tuned ones could not, and Pulumi cannot
 * distinguish them. To destroy, empty the bucket first, all versions included.
 *
 * Costs its key, a dollar a month, and what it stores and serves.
 */
export class ModelStore extends pulumi.ComponentResource {
  readonly bucketName: pulumi.Output<string>;
  readonly bucketArn: pulumi.Output<string>;
  /** Key that the objects are encrypted with. */
  readonly keyArn: pulumi.Output<string>;

  constructor(name: string, args: ModelStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:infra:ModelStore", name, {}, opts);
    const key = createKey(this, name, args);
    const bucket = createBucket(this, name, args, key);
    createPrivacy(this, name, bucket);
    createEncryption(this, name, bucket, key);
    createVersions(this, name, bucket, args.noncurrentVersionDays ?? DEFAULT_NONCURRENT_VERSION_DAYS);

    this.bucketName = bucket.id;
    this.bucketArn = bucket.arn;
    this.keyArn = key.arn;
    this.registerOutputs({ bucketName: this.bucketName, bucketArn: this.bucketArn, keyArn: this.keyArn });
  }
}

/** Without a key policy of our own AWS leaves the key to the account's IAM policies, which name it by ARN. */
function createKey(parent: ModelStore, name: string, { protect }: ModelStoreArgs): aws.kms.Key {
  const key = new aws.kms.Key(
    `${name}-models`,
    {
      description: `Model weights of ${name}`,
      enableKeyRotation: true,
      // AWS's longest: without the key every object is lost.
      deletionWindowInDays: 30,
    },
    { parent, protect },
  );
  new aws.kms.Alias(`${name}-models`, { name: `alias/${name}-models`, targetKeyId: key.keyId }, { parent });
  return key;
}

const createBucket = (parent: ModelStore, name: string, { protect }: ModelStoreArgs, key: aws.kms.Key) =>
  new aws.s3.Bucket(
    `${name}-models`,
    { forceDestroy: false },
    // The key goes after the bucket, and stays when the bucket does: it may still be full.
    { parent, protect, dependsOn: [key] },
  );

/** Options of a bucket's settings: Pulumi removes them with the bucket, so that a bucket that stays also stays private. */
const settingOf = (parent: ModelStore, bucket: aws.s3.Bucket) => ({ parent, deletedWith: bucket });

function createPrivacy(parent: ModelStore, name: string, bucket: aws.s3.Bucket): void {
  new aws.s3.BucketOwnershipControls(
    `${name}-models`,
    { bucket: bucket.id, rule: { objectOwnership: "BucketOwnerEnforced" } },
    settingOf(parent, bucket),
  );
  const block = new aws.s3.BucketPublicAccessBlock(
    `${name}-models`,
    {
      bucket: bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    settingOf(parent, bucket),
  );
  new aws.s3.BucketPolicy(
    `${name}-models`,
    { bucket: bucket.id, policy: policyDocument([denyWithoutTls(bucket.arn)]) },
    // S3 rejects changes of both at the same time.
    { ...settingOf(parent, bucket), dependsOn: [block] },
  );
}

/** Denies every request to a bucket and its objects that does not come through TLS. */
const denyWithoutTls = (bucketArn: pulumi.Output<string>): aws.iam.PolicyStatement => ({
  Sid: "OnlyThroughTls",
  Effect: "Deny",
  Principal: "*",
  Action: ["s3:*"],
  Resource: [bucketArn, pulumi.interpolate`${bucketArn}/*`],
  Condition: { Bool: { "aws:SecureTransport": "false" } },
});

const createEncryption = (parent: ModelStore, name: string, bucket: aws.s3.Bucket, key: aws.kms.Key) =>
  new aws.s3.BucketServerSideEncryptionConfiguration(
    `${name}-models`,
    {
      bucket: bucket.id,
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn },
          // One KMS request for many objects instead of one for each.
          bucketKeyEnabled: true,
        },
      ],
    },
    settingOf(parent, bucket),
  );

function createVersions(parent: ModelStore, name: string, bucket: aws.s3.Bucket, noncurrentDays: number): void {
  const versioning = new aws.s3.BucketVersioning(
    `${name}-models`,
    { bucket: bucket.id, versioningConfiguration: { status: "Enabled" } },
    settingOf(parent, bucket),
  );
  new aws.s3.BucketLifecycleConfiguration(
    `${name}-models`,
    { bucket: bucket.id, rules: lifecycleRules(noncurrentDays) },
    // S3 accepts rules for noncurrent versions only on a bucket with versioning.
    { ...settingOf(parent, bucket), dependsOn: [versioning] },
  );
}

/** Days after which parts of an incomplete upload are deleted. Otherwise S3 keeps and bills them for ever. */
const INCOMPLETE_UPLOAD_DAYS = 7;

/** Rules by which S3 deletes old versions and incomplete uploads, and never a current object. */
const lifecycleRules = (noncurrentDays: number) => [
  {
    id: "expire-noncurrent-versions",
    status: "Enabled",
    filter: { prefix: "" },
    noncurrentVersionExpiration: { noncurrentDays },
    // A marker whose versions are all gone hides nothing and slows listings down.
    expiration: { expiredObjectDeleteMarker: true },
  },
  {
    id: "abort-incomplete-uploads",
    status: "Enabled",
    filter: { prefix: "" },
    abortIncompleteMultipartUpload: { daysAfterInitiation: INCOMPLETE_UPLOAD_DAYS },
  },
];
