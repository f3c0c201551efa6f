import assert from "node:assert/strict";
import { ACCOUNT_ID, makePlatform, TestAccount } from "../../support/aws";

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
      it(`refuses ${unknown.serviceCode}/${unknown.quotaCode}, which is not there`, async () => {
        await assert.rejects(new TestAccount().ask(QUOTA, unknown), {
          message: "NoSuchResourceException: The specified resource does not exist.",
        });
      });

    it("refuses a deployer that may not read them", async () => {
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
    it("finds the one of a URL or an ARN, by whomever it was made", async () => {
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

    it("refuses one that is not there", async () => {
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

    it("tells an entry's tags, and of whoever made the cluster that it has none", async () => {
      const aws = new TestAccount();
      const { role } = await makePlatform(aws);
      const principalArn = String(role.outputs.arn);
      const tags = { stack: "llmd-dev" };
      await aws.make("accessEntry", "admin", { clusterName: "llmd", principalArn, tags, tagsAll: tags });
      assert.deepEqual((await aws.ask(ENTRY, { clusterName: "llmd", principalArn })).tags, tags);
      assert.deepEqual((await aws.ask(ENTRY, { clusterName: "llmd", principalArn: deployer })).tags, {});
    });

    it("refuses what is not there, in EKS's words", async () => {
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
});
