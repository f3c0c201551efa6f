import assert from "node:assert/strict";
import type * as pulumi from "@pulumi/pulumi";
import { ModelStore, type ModelStoreArgs } from "../../infra/modelStore";
import { arnOf, assertPartsOf, idOf, only, type Registered, registeredBy, settled } from "../support/mockedProgram";
import { statementsIn } from "../support/policies";

const KEY = "aws:kms/key:Key";
const ALIAS = "aws:kms/alias:Alias";
const BUCKET = "aws:s3/bucket:Bucket";
const OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls";
const PUBLIC_ACCESS = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
const POLICY = "aws:s3/bucketPolicy:BucketPolicy";
const ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
const VERSIONING = "aws:s3/bucketVersioning:BucketVersioning";
const LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration";
const SETTINGS = [OWNERSHIP, PUBLIC_ACCESS, POLICY, ENCRYPTION, VERSIONING, LIFECYCLE];

const NAME = "llmd-dev-models";

interface Built {
  readonly store: ModelStore;
  readonly registered: Registered[];
  /** Options of each child, by type: the mocks do not see them. */
  readonly options: Readonly<Record<string, pulumi.CustomResourceOptions>>;
}

async function build(args: ModelStoreArgs): Promise<Built> {
  const options: Record<string, pulumi.CustomResourceOptions> = {};
  const record: pulumi.ResourceTransformation = ({ type, opts }) => {
    options[type] = opts;
    return undefined;
  };
  const made = {} as { store: ModelStore };
  const registered = await registeredBy(() => {
    made.store = new ModelStore("llmd-dev", args, { transformations: [record] });
  });
  return { ...made, registered, options };
}

describe("the model store", () => {
  let built: Built;
  const inputs = (type: string) => only(built.registered, type, NAME).inputs;
  const dependencies = (type: string) => only(built.registered, type, NAME).dependencies;

  before(async () => {
    built = await build({ protect: true });
  });

  it("has a bucket whose name Pulumi makes up, and which is never emptied to be deleted", () =>
    assert.deepEqual(inputs(BUCKET), { forceDestroy: false }));

  it("never empties a bucket, protected or not", async () => {
    const { registered } = await build({ protect: false });
    assert.deepEqual(only(registered, BUCKET).inputs, { forceDestroy: false });
  });

  it("has a key of its own that rotates and can be brought back for 30 days", () =>
    assert.deepEqual(inputs(KEY), {
      description: "Model weights of llmd-dev",
      enableKeyRotation: true,
      deletionWindowInDays: 30,
    }));

  it("names its key", async () => {
    const made = await registeredBy(() => new ModelStore("llmd-dev", { protect: true }), {
      [`${KEY}::${NAME}`]: { keyId: "1234abcd" },
    });
    assert.deepEqual(only(made, ALIAS).inputs, { name: "alias/llmd-dev-models", targetKeyId: "1234abcd" });
  });

  it("encrypts with its key, once for many objects", () =>
    assert.deepEqual(inputs(ENCRYPTION), {
      bucket: idOf(NAME),
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: arnOf(NAME) },
          bucketKeyEnabled: true,
        },
      ],
    }));

  it("blocks public access in all four ways", () =>
    assert.deepEqual(inputs(PUBLIC_ACCESS), {
      bucket: idOf(NAME),
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    }));

  it("owns what is put into it, without access lists", () =>
    assert.deepEqual(inputs(OWNERSHIP), { bucket: idOf(NAME), rule: { objectOwnership: "BucketOwnerEnforced" } }));

  it("refuses everyone without TLS, for bucket and objects, once public access is blocked", () => {
    const { bucket, policy } = inputs(POLICY);
    assert.equal(bucket, idOf(NAME));
    assert.deepEqual(statementsIn(policy), [
      {
        Sid: "OnlyThroughTls",
        Effect: "Deny",
        Principal: "*",
        Action: ["s3:*"],
        Resource: [arnOf(NAME), `${arnOf(NAME)}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ]);
    assert.ok(dependencies(POLICY).includes(`${PUBLIC_ACCESS}::${NAME}`));
  });

  it("keeps versions", () =>
    assert.deepEqual(inputs(VERSIONING), { bucket: idOf(NAME), versioningConfiguration: { status: "Enabled" } }));

  const rules = (noncurrentDays: number) => [
    {
      id: "expire-noncurrent-versions",
      status: "Enabled",
      filter: { prefix: "" },
      noncurrentVersionExpiration: { noncurrentDays },
      expiration: { expiredObjectDeleteMarker: true },
    },
    {
      id: "abort-incomplete-uploads",
      status: "Enabled",
      filter: { prefix: "" },
      abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
    },
  ];

  it("drops old versions and unfinished uploads after 7 days, and no current object ever, once there are versions", () => {
    assert.deepEqual(inputs(LIFECYCLE), { bucket: idOf(NAME), rules: rules(7) });
    assert.ok(dependencies(LIFECYCLE).includes(`${VERSIONING}::${NAME}`));
  });

  it("keeps old versions as long as it is told", async () => {
    const { registered } = await build({ protect: true, noncurrentVersionDays: 90 });
    assert.deepEqual(only(registered, LIFECYCLE).inputs.rules, rules(90));
  });

  for (const protect of [true, false])
    it(`${protect ? "protects" : "does not protect"} bucket and key where protect is ${protect}`, async () => {
      const { options } = await build({ protect });
      assert.deepEqual([options[BUCKET]?.protect, options[KEY]?.protect], [protect, protect]);
    });

  it("deletes the key after the bucket: a bucket that is still full keeps the key to it", () =>
    assert.deepEqual(dependencies(BUCKET), [`${KEY}::${NAME}`]));

  it("gives no setting up before the bucket is gone: one that is still full stays private", () => {
    for (const type of SETTINGS) {
      const container = built.options[type]?.deletedWith as pulumi.Resource & { __pulumiType: string };
      assert.equal(container.__pulumiType, BUCKET, `${type} is deleted by itself`);
    }
  });

  it("hands over its bucket and key", async () => {
    const { bucketName, bucketArn, keyArn } = built.store;
    assert.deepEqual(await Promise.all([bucketName, bucketArn, keyArn].map(settled)), [
      idOf(NAME),
      arnOf(NAME),
      arnOf(NAME),
    ]);
  });

  it("names everything after itself, under itself and only once", () =>
    assertPartsOf(built.registered, "llmd:infra:ModelStore", "llmd-dev"));
});
