import assert from "node:assert/strict";
import { isKnown, secret, UNKNOWN, type WireObject, type WireValue } from "../../../../rehearsal/doubles/protocol/wire";
import {
  ACCOUNT_ID,
  accessPolicy,
  identity,
  makeNetwork,
  makePlatform,
  TestAccount,
  TYPES,
  type TypeName,
} from "../../../support/aws";

const unknownType = "aws:sqs/queue:Queue";
const rejectedType = {
  message: `the aws double does not know the resource type "${unknownType}": add it to the double, or use one that it knows`,
};

describe("the aws double", () => {
  describe("as the account of a deployment", () => {
    it("takes a whole platform and gives it back in reverse", async () => {
      const aws = new TestAccount();
      const { cluster, nodeRole, routeTable, vpc, subnetB, natGateway, ...made } = await makePlatform(aws);
      const more = [
        await aws.make("route", "internet", {
          routeTableId: routeTable.id,
          destinationCidrBlock: "0.0.0.0/0",
          natGatewayId: natGateway.id,
        }),
        await aws.make("routeTableAssociation", "b", { subnetId: subnetB.id, routeTableId: routeTable.id }),
        await aws.make("vpcEndpoint", "s3", {
          vpcId: vpc.id,
          serviceName: "com.amazonaws.us-east-2.s3",
          routeTableIds: [routeTable.id],
        }),
        await aws.make("addon", "coredns", { clusterName: cluster.id, addonName: "coredns" }),
        await aws.make("accessPolicy", "nodes", {
          clusterName: cluster.id,
          principalArn: nodeRole.outputs.arn,
          policyArn: accessPolicy("AmazonEKSAutoNodePolicy"),
        }),
      ];
      const network = [natGateway, subnetB, made.subnetA, routeTable, made.internetGateway, made.address];
      const rest = [made.accessEntry, cluster, nodeRole, made.attachment, made.role, ...network];
      for (const resource of [...more.reverse(), ...rest, made.spareAddress, made.spareVpc, vpc])
        await aws.remove(resource);
      assert.deepEqual(aws.contents(), []);
    });

    it("gives the same URN the same ids and outputs in two accounts", async () => {
      const [one, other] = [await makePlatform(new TestAccount()), await makePlatform(new TestAccount())];
      assert.deepEqual(one, other);
    });

    it("gives each resource an id of its own", async () => {
      const ids = Object.values(await makePlatform(new TestAccount())).map(({ id }) => id);
      assert.deepEqual(ids, [...new Set(ids)]);
    });

    it("gives an address an IP of the documentation's network, by which a NAT gateway can ask for it", async () => {
      const { address } = await makeNetwork(new TestAccount());
      assert.equal(address.outputs.allocationId, address.id);
      assert.match(String(address.outputs.publicIp), /^198\.51\.100\.([1-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-4])$/);
    });

    it("makes a cluster whose outputs lead to the rehearsal's API server", async () => {
      const { cluster, vpc, subnetA, subnetB } = await makePlatform(new TestAccount());
      const { endpoint, certificateAuthority, arn, status, vpcConfig } = cluster.outputs;
      assert.deepEqual(
        { endpoint, certificateAuthority, arn, status },
        {
          endpoint: "https://127.0.0.1:1",
          certificateAuthority: { data: "Y2E=" },
          arn: `arn:aws:eks:us-east-2:${ACCOUNT_ID}:cluster/llmd`,
          status: "ACTIVE",
        },
      );
      const { clusterSecurityGroupId, ...given } = vpcConfig as WireObject;
      assert.deepEqual(given, { subnetIds: [subnetA.id, subnetB.id], vpcId: vpc.id });
      assert.match(String(clusterSecurityGroupId), /^sg-[0-9a-f]{17}$/);
      const issuer = /^https:\/\/oidc\.eks\.us-east-2\.amazonaws\.com\/id\/[0-9A-F]{32}$/;
      const [
        {
          oidcs: [oidc],
        },
      ] = cluster.outputs.identities as [{ oidcs: [{ issuer: string }] }];
      assert.match(oidc.issuer, issuer);
    });

    it("finds nothing without a reference", async () => {
      const aws = new TestAccount();
      const { vpc } = await makeNetwork(aws);
      assert.equal(aws.account.find(TYPES.vpc, undefined), undefined);
      for (const reference of [vpc.id, vpc.outputs.arn])
        assert.equal(aws.account.find(TYPES.vpc, reference)?.id, vpc.id);
    });

    it("takes the deletion of what is gone already", async () => {
      const aws = new TestAccount();
      const role = await aws.make("role", "role", {});
      await aws.remove(role);
      await aws.remove(role);
    });

    it("reads what is there and not what is gone", async () => {
      const aws = new TestAccount();
      const role = await aws.make("role", "role", {});
      assert.deepEqual(await aws.read(role), role.outputs);
      await aws.remove(role);
      assert.equal(await aws.read(role), undefined);
    });
  });

  describe("when a resource is replaced", () => {
    it("holds the new one beside the old until that is deleted", async () => {
      const aws = new TestAccount();
      const old = await aws.make("role", "node", { name: "before" });
      const replacement = await aws.make("role", "node", { name: "after" });
      assert.deepEqual(aws.contents(), ["aws:iam/role:Role before", "aws:iam/role:Role after"]);
      await aws.remove(old);
      assert.deepEqual(aws.contents(), ["aws:iam/role:Role after"]);
      assert.deepEqual(await aws.read(replacement), replacement.outputs);
      assert.equal(await aws.read(old), undefined);
    });

    it("gives the new one another id, so that what refers to the old one moves over", async () => {
      const aws = new TestAccount();
      const old = await aws.make("vpc", "vpc", { cidrBlock: "10.0.0.0/16" });
      const replacement = await aws.make("vpc", "vpc", { cidrBlock: "10.1.0.0/16" });
      assert.notEqual(replacement.id, old.id);
      assert.notEqual(replacement.outputs.mainRouteTableId, old.outputs.mainRouteTableId);
      const updated = await aws.update(replacement, { ...replacement.inputs, tags: { a: "b" } });
      assert.equal(updated.mainRouteTableId, replacement.outputs.mainRouteTableId);
    });

    it("rejects the new one while the old one is in its way", async () => {
      const aws = new TestAccount();
      const { subnetB } = await makeNetwork(aws);
      await assert.rejects(aws.make("subnet", subnetB.name, { ...subnetB.inputs, availabilityZone: "us-east-2c" }), {
        message: "InvalidSubnet.Conflict: The CIDR '10.0.16.0/20' conflicts with another subnet",
      });
    });
  });

  describe("in a preview", () => {
    it("stores nothing and leaves what AWS decides unknown", async () => {
      const aws = new TestAccount();
      assert.deepEqual(await aws.preview("vpc", "vpc", { cidrBlock: "10.0.0.0/16" }), {
        cidrBlock: "10.0.0.0/16",
        arn: UNKNOWN,
        ownerId: UNKNOWN,
        mainRouteTableId: UNKNOWN,
        tagsAll: {},
      });
      assert.deepEqual(aws.contents(), []);
    });

    it("shows what was given, also inside a property that AWS completes", async () => {
      const subnetIds = [UNKNOWN, UNKNOWN];
      const inputs = { name: "llmd", roleArn: UNKNOWN, vpcConfig: { subnetIds, endpointPublicAccess: false } };
      const outputs = await new TestAccount().preview("cluster", "cluster", inputs);
      assert.equal(outputs.name, "llmd");
      assert.deepEqual(outputs.vpcConfig, {
        subnetIds,
        endpointPublicAccess: false,
        vpcId: UNKNOWN,
        clusterSecurityGroupId: UNKNOWN,
      });
      assert.deepEqual([outputs.endpoint, outputs.arn, outputs.identities], [UNKNOWN, UNKNOWN, UNKNOWN]);
      assert.equal(isKnown(outputs.certificateAuthority), false);
    });

    it("of an update keeps what AWS decided before, and stores nothing", async () => {
      const aws = new TestAccount();
      const { cluster } = await makePlatform(aws);
      const vpcConfig = { ...(cluster.inputs.vpcConfig as WireObject), endpointPublicAccess: false };
      const inputs = { ...cluster.inputs, vpcConfig, tags: { team: "serving" } };

      const previewed = await aws.update(cluster, inputs, true);
      assert.deepEqual(await aws.read(cluster), cluster.outputs);
      assert.deepEqual(previewed, await aws.update(cluster, inputs));
    });
  });

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

    it("rejects to work in another account than those allowed", async () => {
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

    it("rejects the type when the program declares it, with inputs or without", async () => {
      const { double } = new TestAccount();
      await assert.rejects(async () => double.check(queue, {}, undefined), rejectedType);
    });

    it("rejects to make the type, also in a preview", async () => {
      const { double } = new TestAccount();
      for (const preview of [true, false])
        await assert.rejects(async () => double.create({ ...queue, inputs: {}, preview }), rejectedType);
    });

    it("rejects a function by name", async () => {
      const { double } = new TestAccount();
      await assert.rejects(async () => double.invoke?.("aws:ec2/getAmi:getAmi", {}), {
        message:
          'the aws double does not know the function "aws:ec2/getAmi:getAmi": add it to the double, or use one that it knows',
      });
    });

    it("rejects a region whose zones it does not know", async () => {
      const { double } = new TestAccount("eu-west-1");
      await assert.rejects(async () => double.invoke?.("aws:index/getAvailabilityZones:getAvailabilityZones", {}), {
        message: 'the aws double has no zones for region "eu-west-1": add it to ZONE_PREFIXES',
      });
    });
  });

  describe("comparing inputs", () => {
    const diff = (type: TypeName, before: WireObject, after: WireObject, ...changed: string[]) =>
      new TestAccount().double.diff({
        ...identity(TYPES[type], "one"),
        id: "one",
        oldInputs: before,
        newInputs: after,
        changed,
      });

    it("replaces for one property of several that change", async () => {
      const { replaces } = await diff("vpc", {}, {}, "tags.a", "cidrBlock", "enableDnsSupport");
      assert.deepEqual(replaces, ["cidrBlock"]);
    });

    it("updates a cluster's subnets and a key's alias in place", async () => {
      assert.deepEqual((await diff("cluster", {}, {}, "vpcConfig.subnetIds[1]")).replaces, []);
      assert.deepEqual((await diff("alias", {}, {}, "targetKeyId")).replaces, []);
    });

    it("deletes a cluster first when its replacement has the same name", async () => {
      const before = { name: "llmd", roleArn: "a" };
      const result = await diff("cluster", before, { name: "llmd", roleArn: "b" }, "roleArn");
      assert.deepEqual(result, { replaces: ["roleArn"], deleteBeforeReplace: true });
      const bucket = await diff("bucket", { bucket: "a" }, { bucket: "a" }, "objectLockEnabled");
      assert.equal(bucket.deleteBeforeReplace, true);
    });

    it("makes the replacement first when its name is new or there is none", async () => {
      const renamed = await diff("cluster", { name: "llmd" }, { name: "other" }, "name");
      const unnamed = await diff("vpc", { cidrBlock: "a" }, { cidrBlock: "b" }, "cidrBlock");
      const bucket = await diff("bucket", { bucket: "a" }, { bucket: "b" }, "objectLockEnabled");
      for (const { deleteBeforeReplace } of [renamed, unnamed, bucket]) assert.equal(deleteBeforeReplace, false);
    });
  });
});
