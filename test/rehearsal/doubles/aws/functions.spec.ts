import assert from "node:assert/strict";
import type { WireObject } from "../../../../rehearsal/doubles/protocol/wire";
import { ACCOUNT_ID, makePlatform, TestAccount } from "../../../support/aws";

const QUOTA = "aws:servicequotas/getServiceQuota:getServiceQuota";
const OIDC = "aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider";
const GITHUB = "https://token.actions.githubusercontent.com";

describe("the aws double, asked", () => {
  describe("for quotas", () => {
    const GRANTED: readonly [string, string, number, number][] = [
      ["ec2", "L-417A185B", 1152, 0],
      ["ec2", "L-7212CCBC", 1152, 0],
      ["ec2", "L-DB2E81BA", 768, 0],
      ["ec2", "L-3819A6DF", 768, 0],
      ["ec2", "L-1216C47A", 256, 5],
      ["ec2", "L-34B43A08", 256, 5],
      ["ec2", "L-0263D0A3", 20, 5],
      ["vpc", "L-F678F1CE", 10, 5],
    ];
    for (const [serviceCode, quotaCode, value, defaultValue] of GRANTED)
      it(`tells what the account was granted of ${serviceCode}/${quotaCode}, and what AWS gives at first`, async () => {
        const answer = await new TestAccount().ask(QUOTA, { serviceCode, quotaCode });
        assert.deepEqual([answer.value, answer.defaultValue, answer.quotaCode], [value, defaultValue, quotaCode]);
      });

    it("answers whole, also by name", async () => {
      const arn = `arn:aws:servicequotas:us-east-2:${ACCOUNT_ID}:ec2/L-417A185B`;
      const quota = { serviceCode: "ec2", quotaName: "Running On-Demand P instances" };
      assert.deepEqual(await new TestAccount().ask(QUOTA, quota), {
        id: arn,
        arn,
        region: "us-east-2",
        serviceCode: "ec2",
        serviceName: "Amazon Elastic Compute Cloud (Amazon EC2)",
        quotaCode: "L-417A185B",
        quotaName: "Running On-Demand P instances",
        value: 1152,
        defaultValue: 0,
        adjustable: true,
        globalQuota: false,
        usageMetrics: [],
      });
    });

    it("tells what a spec grants, in that account alone", async () => {
      const aws = new TestAccount();
      aws.account.grant("ec2/L-417A185B", 0);
      const quota = { serviceCode: "ec2", quotaCode: "L-417A185B" };
      assert.equal((await aws.ask(QUOTA, quota)).value, 0);
      assert.equal((await new TestAccount().ask(QUOTA, quota)).value, 1152);
      assert.throws(() => aws.account.grant("ec2/L-0", 1), {
        message: 'the aws double has no quota "ec2/L-0": add it to QUOTAS',
      });
    });

    for (const unknown of [
      { serviceCode: "ec2", quotaCode: "L-0" },
      { serviceCode: "vpc", quotaCode: "L-417A185B" },
    ])
      it(`rejects ${unknown.serviceCode}/${unknown.quotaCode}, which is not there`, async () => {
        await assert.rejects(new TestAccount().ask(QUOTA, unknown), {
          message: "NoSuchResourceException: The specified resource does not exist.",
        });
      });

    it("rejects a deployer that may not read them", async () => {
      const aws = new TestAccount();
      aws.account.mayReadQuotas = false;
      await assert.rejects(aws.ask(QUOTA, { serviceCode: "ec2", quotaCode: "L-417A185B" }), {
        message:
          `AccessDeniedException: User: arn:aws:sts::${ACCOUNT_ID}:assumed-role/rehearsal-deployer/rehearsal is not ` +
          "authorized to perform: servicequotas:GetServiceQuota because no identity-based policy allows the " +
          "servicequotas:GetServiceQuota action",
      });
    });
  });

  describe("for an identity provider", () => {
    it("finds the one of a URL or an ARN, whatever made it", async () => {
      const aws = new TestAccount();
      const inputs = { url: GITHUB, clientIdLists: ["sts.amazonaws.com"], tags: { team: "platform" } };
      const { id } = await aws.make("oidcProvider", "github", inputs);
      const found = {
        id,
        arn: id,
        url: "token.actions.githubusercontent.com",
        clientIdLists: ["sts.amazonaws.com"],
        thumbprintLists: [],
        tags: { team: "platform" },
      };
      assert.deepEqual(await aws.ask(OIDC, { url: GITHUB }), found);
      assert.deepEqual(await aws.ask(OIDC, { arn: id }), found);

      const other = new TestAccount();
      other.account.assume("aws:iam/openIdConnectProvider:OpenIdConnectProvider", id, { url: GITHUB });
      assert.equal((await other.ask(OIDC, { url: GITHUB })).arn, id);
    });

    it("rejects one that is not there", async () => {
      const arn = `arn:aws:iam::${ACCOUNT_ID}:oidc-provider/elsewhere`;
      await assert.rejects(new TestAccount().ask(OIDC, { url: GITHUB }), {
        message: `finding IAM OIDC Provider by url (${GITHUB}): not found`,
      });
      await assert.rejects(new TestAccount().ask(OIDC, { arn }), {
        message: `NoSuchEntity: OpenIDConnect Provider not found for arn ${arn}`,
      });
    });
  });

  describe("for clusters and who may enter them", () => {
    const CLUSTERS = "aws:eks/getClusters:getClusters";
    const ENTRY = "aws:eks/getAccessEntry:getAccessEntry";
    const deployer = `arn:aws:iam::${ACCOUNT_ID}:role/rehearsal-deployer`;

    it("names the clusters that are there", async () => {
      const aws = new TestAccount();
      assert.deepEqual((await aws.ask(CLUSTERS, {})).names, []);
      await makePlatform(aws);
      assert.deepEqual((await aws.ask(CLUSTERS, {})).names, ["llmd"]);
    });

    it("tells the version of a cluster that is there, and of no other", async () => {
      const CLUSTER = "aws:eks/getCluster:getCluster";
      const aws = new TestAccount();
      await assert.rejects(aws.ask(CLUSTER, { name: "llmd" }), {
        message: "ResourceNotFoundException: No cluster found for name: llmd.",
      });
      const { cluster } = await makePlatform(aws);
      const { id, version, status } = await aws.ask(CLUSTER, { name: "llmd" });
      assert.deepEqual([id, version, status], ["llmd", cluster.outputs.version, "ACTIVE"]);
    });

    it("tells an entry's tags, and none for the creator of the cluster", async () => {
      const aws = new TestAccount();
      const { role } = await makePlatform(aws);
      const principalArn = String(role.outputs.arn);
      const tags = { stack: "llmd-dev" };
      await aws.make("accessEntry", "admin", { clusterName: "llmd", principalArn, tags, tagsAll: tags });
      assert.deepEqual((await aws.ask(ENTRY, { clusterName: "llmd", principalArn })).tags, tags);
      assert.deepEqual((await aws.ask(ENTRY, { clusterName: "llmd", principalArn: deployer })).tags, {});
    });

    it("rejects what is not there, with EKS's message", async () => {
      const aws = new TestAccount();
      await assert.rejects(aws.ask(ENTRY, { clusterName: "llmd", principalArn: deployer }), {
        message: "ResourceNotFoundException: No cluster found for name: llmd.",
      });
      await makePlatform(aws);
      const principalArn = `arn:aws:iam::${ACCOUNT_ID}:role/nobody`;
      await assert.rejects(aws.ask(ENTRY, { clusterName: "llmd", principalArn }), {
        message: `ResourceNotFoundException: The specified principalArn could not be found: ${principalArn}`,
      });
    });
  });

  it("for its partition, names the public one", async () => {
    assert.deepEqual(await new TestAccount().ask("aws:index/getPartition:getPartition", {}), {
      id: "aws",
      partition: "aws",
      dnsSuffix: "amazonaws.com",
      reverseDnsPrefix: "com.amazonaws",
    });
  });

  describe("for versions of EKS", () => {
    const versions = async (args: WireObject, aws = new TestAccount()) =>
      (await aws.ask("aws:eks/getClusterVersions:getClusterVersions", args)).clusterVersions as WireObject[];
    const names = async (args: WireObject, aws?: TestAccount) =>
      (await versions(args, aws)).map(({ clusterVersion }) => clusterVersion);

    it("lists those it supports, newest first", async () => {
      assert.deepEqual(await names({}), ["1.36", "1.35", "1.34", "1.33", "1.32", "1.31"]);
    });

    it("lists those in standard support", async () => {
      assert.deepEqual(await names({ versionStatus: "STANDARD_SUPPORT" }), ["1.36", "1.35", "1.34"]);
      assert.deepEqual(await names({ versionStatus: "EXTENDED_SUPPORT" }), ["1.33", "1.32", "1.31"]);
      assert.deepEqual(await names({ versionStatus: "UNSUPPORTED" }), []);
    });

    it("lists the ones asked for, and its default", async () => {
      assert.deepEqual(await names({ clusterVersionsOnlies: ["1.35", "1.12"] }), ["1.35"]);
      assert.deepEqual(await names({ defaultOnly: true }), ["1.36"]);
    });

    it("leaves out what went out of support, unless all are asked for", async () => {
      const aws = new TestAccount();
      aws.account.today = () => new Date("2027-12-31");
      assert.deepEqual(await names({}, aws), ["1.36", "1.35"]);
      assert.equal((await names({ includeAll: true }, aws)).length, 6);
    });

    it("tells until when it supports one", async () => {
      assert.deepEqual(await versions({ clusterVersionsOnlies: ["1.34"] }), [
        {
          clusterType: "eks",
          clusterVersion: "1.34",
          defaultVersion: false,
          releaseDate: "2025-10-02",
          endOfStandardSupportDate: "2026-12-02",
          endOfExtendedSupportDate: "2027-12-02",
          versionStatus: "STANDARD_SUPPORT",
        },
      ]);
    });
  });

  it("for its caller, names the role that EKS makes an administrator of new clusters", async () => {
    const answer = await new TestAccount().ask("aws:index/getCallerIdentity:getCallerIdentity", {});
    assert.deepEqual(answer, {
      id: ACCOUNT_ID,
      accountId: ACCOUNT_ID,
      arn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/rehearsal-deployer/rehearsal`,
      userId: "AROAREHEARSAL:rehearsal",
    });
  });

  it("for zones, lists those of its region, names and ids in the same order", async () => {
    const token = "aws:index/getAvailabilityZones:getAvailabilityZones";
    assert.deepEqual(await new TestAccount("us-west-2").ask(token, {}), {
      id: "us-west-2",
      region: "us-west-2",
      names: ["us-west-2a", "us-west-2b", "us-west-2c", "us-west-2d"],
      zoneIds: ["usw2-az1", "usw2-az2", "usw2-az3", "usw2-az4"],
      groupNames: ["us-west-2"],
    });
  });
});
