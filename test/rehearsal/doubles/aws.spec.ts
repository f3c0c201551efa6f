import assert from "node:assert/strict";
import { isKnown, UNKNOWN, type WireObject } from "../../../rehearsal/doubles/protocol/wire";
import { ACCOUNT_ID, accessPolicy, makeNetwork, makePlatform, TestAccount, TYPES } from "../../support/aws";

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

    it("writes ids and ARNs as AWS does", async () => {
      const aws = new TestAccount();
      const made = await makePlatform(aws);
      const { vpc, subnetB, routeTable } = made;
      const association = { subnetId: subnetB.id, routeTableId: routeTable.id };
      const endpoint = { vpcId: vpc.id, serviceName: "com.amazonaws.us-east-2.s3" };
      const written = [
        [vpc, "vpc", "vpc"],
        [subnetB, "subnet", "subnet"],
        [routeTable, "rtb", "route-table"],
        [made.internetGateway, "igw", "internet-gateway"],
        [made.address, "eipalloc", "elastic-ip"],
        [made.natGateway, "nat", undefined],
        [await aws.make("routeTableAssociation", "b", association), "rtbassoc", undefined],
        [await aws.make("vpcEndpoint", "s3", endpoint), "vpce", "vpc-endpoint"],
      ] as const;
      for (const [{ id, outputs }, prefix, kind] of written) {
        assert.match(id, new RegExp(`^${prefix}-[0-9a-f]{17}$`));
        assert.equal(outputs.arn, kind && `arn:aws:ec2:us-east-2:${ACCOUNT_ID}:${kind}/${id}`);
      }
      assert.match(made.attachment.id, /^llmd-cluster-[0-9a-f]{8}$/);
      assert.match(String(made.role.outputs.uniqueId), /^AROA[0-9A-F]{16}$/);
      const entryArn = new RegExp(`^arn:aws:eks:us-east-2:${ACCOUNT_ID}:access-entry/llmd/[0-9a-f]{17}$`);
      assert.match(String(made.accessEntry.outputs.accessEntryArn), entryArn);
    });

    it("gives an address an IP of the documentation's network, by which a NAT gateway can ask for it", async () => {
      const { address } = await makeNetwork(new TestAccount());
      assert.equal(address.outputs.allocationId, address.id);
      assert.match(String(address.outputs.publicIp), /^198\.51\.100\.([1-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-4])$/);
    });

    it("passes over a reference that is not given", async () => {
      const aws = new TestAccount();
      const { routeTable, natGateway } = await makeNetwork(aws);
      const [routeTableId, destinationCidrBlock, natGatewayId] = [routeTable.id, "0.0.0.0/0", natGateway.id];
      await aws.make("route", "nat", { routeTableId, destinationCidrBlock, natGatewayId, gatewayId: null });
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

    it("finds nothing by nothing", async () => {
      const aws = new TestAccount();
      const { vpc } = await makeNetwork(aws);
      assert.equal(aws.account.find(TYPES.vpc, undefined), undefined);
      for (const reference of [vpc.id, vpc.outputs.arn])
        assert.equal(aws.account.find(TYPES.vpc, reference)?.id, vpc.id);
    });

    it("names a role without a name after its URN", async () => {
      const { id, outputs } = await new TestAccount().make("role", "node", {});
      assert.match(id, /^node-[0-9a-f]{7}$/);
      assert.equal(outputs.name, id);
      assert.equal(outputs.arn, `arn:aws:iam::${ACCOUNT_ID}:role/${id}`);
    });

    it("knows the zone's name of a subnet made by zone id", async () => {
      const aws = new TestAccount();
      const { vpc } = await makeNetwork(aws);
      const inputs = { vpcId: vpc.id, cidrBlock: "10.0.32.0/20", availabilityZoneId: "use2-az3" };
      const { outputs } = await aws.make("subnet", "third", inputs);
      assert.equal(outputs.availabilityZone, "us-east-2c");
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

    it("refuses the new one while the old one is in its way", async () => {
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

  describe("asked for its functions", () => {
    it("names the caller whom EKS makes an administrator of new clusters", async () => {
      const answer = await new TestAccount().double.invoke?.("aws:index/getCallerIdentity:getCallerIdentity", {});
      assert.deepEqual(answer, {
        id: ACCOUNT_ID,
        accountId: ACCOUNT_ID,
        arn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/rehearsal-deployer/rehearsal`,
        userId: "AROAREHEARSAL:rehearsal",
      });
    });

    it("lists the zones of its region, names and ids in the same order", async () => {
      const token = "aws:index/getAvailabilityZones:getAvailabilityZones";
      assert.deepEqual(await new TestAccount("us-west-2").double.invoke?.(token, {}), {
        id: "us-west-2",
        region: "us-west-2",
        names: ["us-west-2a", "us-west-2b", "us-west-2c", "us-west-2d"],
        zoneIds: ["usw2-az1", "usw2-az2", "usw2-az3", "usw2-az4"],
        groupNames: ["us-west-2"],
      });
    });
  });
});
