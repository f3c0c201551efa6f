import assert from "node:assert/strict";
import { AWS_TYPES } from "../../../rehearsal/doubles/aws/types";
import { secret, UNKNOWN, type WireValue } from "../../../rehearsal/doubles/protocol/wire";
import { ACCOUNT_ID, identity, makePlatform, TestAccount, TYPES } from "../../support/aws";

const unknownType = "aws:sqs/queue:Queue";
const refusedType = {
  message: `the aws double does not know the resource type "${unknownType}": teach it that one, or use what it knows`,
};

describe("the aws double", () => {
  describe("as a configured provider", () => {
    it("gives resources the provider's default tags beside their own, which win", async () => {
      const aws = new TestAccount();
      await aws.double.configure?.({ defaultTags: JSON.stringify({ tags: { project: "llmd", stack: "dev" } }) });
      const inputs = { cidrBlock: "10.0.0.0/16", tags: { stack: "mine", Name: "vpc" } };
      const expected = { project: "llmd", stack: "mine", Name: "vpc" };
      assert.deepEqual((await aws.preview("vpc", "vpc", inputs)).tagsAll, expected);
      const { outputs } = await aws.make("vpc", "vpc", inputs);
      assert.deepEqual([outputs.tags, outputs.tagsAll], [inputs.tags, expected]);
    });

    it("shows policies the merged tags, unknown as a whole when one of them is, and secret when they are", async () => {
      const { double } = new TestAccount();
      await double.configure?.({ defaultTags: JSON.stringify({ tags: { project: "llmd" } }) });
      const checked = async (tags: WireValue) =>
        (await double.check(identity(TYPES.vpc, "vpc"), { tags }, undefined)).inputs.tagsAll;
      assert.deepEqual(await checked({ Name: "vpc" }), { project: "llmd", Name: "vpc" });
      assert.equal(await checked({ Name: UNKNOWN }), UNKNOWN);
      assert.equal(await checked(UNKNOWN), UNKNOWN);
      assert.deepEqual(await checked(secret({ Name: "vpc" })), secret({ project: "llmd", Name: "vpc" }));
    });

    it("gives no tags to what AWS cannot tag", async () => {
      const aws = new TestAccount();
      await aws.double.configure?.({ defaultTags: JSON.stringify({ tags: { project: "llmd" } }) });
      const { attachment } = await makePlatform(aws);
      assert.equal("tagsAll" in attachment.outputs, false);
      assert.deepEqual(await aws.double.check(attachment, attachment.inputs, undefined), { inputs: attachment.inputs });
    });

    it("refuses to work in another account than those allowed", async () => {
      const allowedAccountIds = JSON.stringify(["444455556666", "777788889999"]);
      await assert.rejects(async () => new TestAccount().double.configure?.({ allowedAccountIds }), {
        message: "AWS account ID not allowed: 111122223333 (allowed: 444455556666, 777788889999)",
      });
    });

    it("works in an allowed account", async () => {
      const allowedAccountIds = JSON.stringify(["444455556666", ACCOUNT_ID]);
      await new TestAccount().double.configure?.({ allowedAccountIds });
    });
  });

  describe("asked for what it does not know", () => {
    const queue = identity(unknownType, "weights");

    it("refuses the type when the program declares it, with inputs or without", async () => {
      const { double } = new TestAccount();
      await assert.rejects(async () => double.check(queue, {}, undefined), refusedType);
    });

    it("refuses to make the type, also in a preview", async () => {
      const { double } = new TestAccount();
      for (const preview of [true, false])
        await assert.rejects(async () => double.create({ ...queue, inputs: {}, preview }), refusedType);
    });

    it("has no type that these specs do not try", () => {
      assert.deepEqual(Object.keys(AWS_TYPES).sort(), Object.values(TYPES).sort());
    });

    it("refuses a function by name", async () => {
      const { double } = new TestAccount();
      await assert.rejects(async () => double.invoke?.("aws:ec2/getAmi:getAmi", {}), {
        message:
          'the aws double does not know the function "aws:ec2/getAmi:getAmi": teach it that one, or use what it knows',
      });
    });

    it("refuses a region whose zones it does not know", async () => {
      const { double } = new TestAccount("eu-west-1");
      await assert.rejects(async () => double.invoke?.("aws:index/getAvailabilityZones:getAvailabilityZones", {}), {
        message: 'the aws double has no zones for region "eu-west-1": add it to ZONE_PREFIXES',
      });
    });
  });
});
