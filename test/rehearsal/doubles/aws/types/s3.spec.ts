import assert from "node:assert/strict";
import { isSecret } from "../../../../../rehearsal/doubles/protocol/wire";
import { makeServices, TestAccount, TYPES } from "../../../../support/aws";

describe("the aws double's buckets, keys and secrets", () => {
  it("are named after their URN where they have no name", async () => {
    const aws = new TestAccount();
    const { key, secret } = await makeServices(aws);
    assert.match((await aws.make("bucket", "Models", {})).id, /^models-[0-9a-f]{7}$/);
    const { id } = await aws.make("alias", "second", { targetKeyId: key.outputs.arn });
    assert.match(id, /^alias\/second-[0-9a-f]{7}$/);
    assert.match(secret.id, /^arn:aws:secretsmanager:us-east-2:111122223333:secret:llmd\/token-[0-9a-f]{6}$/);
  });

  it("go with what is set on them, and with their versions", async () => {
    const aws = new TestAccount();
    const { bucket, secret } = await makeServices(aws);
    const other = await aws.make("bucket", "other", { bucket: "llmd-other" });
    const kept = await aws.make("bucketVersioning", "other", { bucket: other.id });
    const versioning = await aws.make("bucketVersioning", "models", { bucket: bucket.id });
    const version = await aws.make("secretVersion", "token", { secretId: secret.id, secretString: "hunter2" });
    for (const resource of [bucket, secret]) await aws.remove(resource);
    for (const gone of [versioning, version]) {
      assert.equal(await aws.read(gone), undefined);
      await aws.remove(gone);
    }
    assert.ok(await aws.read(kept), "settings of another bucket are gone");
  });

  it("keep a secret's value secret, whatever the program says, and find the secret by its name too", async () => {
    const aws = new TestAccount();
    const { secret } = await makeServices(aws);
    const inputs = { secretId: "llmd/token", secretString: "hunter2" };
    const { id, outputs } = await aws.make("secretVersion", "token", { ...inputs, secretId: secret.id });
    assert.equal(id, `${secret.id}|${outputs.versionId}`);
    const marked = aws.double.markSecrets?.(TYPES.secretVersion, outputs) ?? {};
    assert.deepEqual(
      Object.keys(marked).filter(key => isSecret(marked[key])),
      ["secretString"],
    );
    assert.deepEqual(aws.double.markSecrets?.(TYPES.secret, secret.outputs), secret.outputs);
    assert.equal((await aws.make("secretVersion", "again", inputs)).outputs.arn, secret.id);
  });
});
