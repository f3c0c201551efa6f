import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { QUOTAS } from "../../catalog/quotas";
import { type AccountFacts, lookUpAccount } from "../../infra/account";
import { accountAnswers, CALLER, CLUSTER, CLUSTERS, DEPLOYER, denied, QUOTA, VERSIONS } from "../support/awsAccount";
import { type Answers, refusal, registeredBy } from "../support/mockedProgram";
import { loggedBy } from "../support/settings";

const ASKED = [QUOTAS.onDemandP, QUOTAS.vpcs];

/** What is found out, and what is said on the way. */
async function lookedUp(changes: Answers = {}) {
  const made = {} as { facts: AccountFacts };
  const logged = await loggedBy(() =>
    registeredBy(
      async () => {
        made.facts = await lookUpAccount(new aws.Provider("aws", { region: "us-east-2" }), "llmd-dev", ASKED);
      },
      {},
      { answers: accountAnswers(changes) },
    ),
  );
  return { ...made, ...logged };
}

const SUPPORTED = [
  { version: "1.36", until: "2027-08-02" },
  { version: "1.35", until: "2027-03-27" },
];

describe("what AWS says of the account", () => {
  it("is who deploys, which versions are supported until when, and the value of each quota", async () => {
    const asked: unknown[] = [];
    const { facts, warnings, notices } = await lookedUp({
      [QUOTA]: inputs => {
        asked.push(inputs);
        return { value: inputs.quotaCode === "L-417A185B" ? 192 : 5 };
      },
    });
    assert.deepEqual(facts, {
      deployerArn: DEPLOYER,
      cluster: undefined,
      supportedVersions: SUPPORTED,
      quotas: new Map([
        ["L-417A185B", 192],
        ["L-F678F1CE", 5],
      ]),
    });
    assert.deepEqual(asked, [
      { serviceCode: "ec2", quotaCode: "L-417A185B" },
      { serviceCode: "vpc", quotaCode: "L-F678F1CE" },
    ]);
    assert.deepEqual({ warnings, notices }, { warnings: [], notices: [] });
  });

  it("asks for versions in standard support only", async () => {
    const asked: unknown[] = [];
    await lookedUp({
      [VERSIONS]: inputs => {
        asked.push(inputs);
        return { clusterVersions: [] };
      },
    });
    assert.deepEqual(asked, [{ versionStatus: "STANDARD_SUPPORT" }]);
  });

  it("is the stack's cluster, where it is there already", async () => {
    const RUNNING = { version: "1.34", endpoint: "https://cluster.test" };
    const cidrs = ["203.0.113.0/24"];
    const asked: unknown[] = [];
    const cluster: Answers[string] = inputs => {
      asked.push(inputs);
      return { ...RUNNING, vpcConfig: { publicAccessCidrs: cidrs } };
    };
    const { facts } = await lookedUp({ [CLUSTERS]: () => ({ names: ["other", "llmd-dev"] }), [CLUSTER]: cluster });
    assert.deepEqual(facts.cluster, { ...RUNNING, cidrs });
    assert.deepEqual(asked, [{ name: "llmd-dev" }]);
    assert.equal((await lookedUp({ [CLUSTERS]: () => ({ names: ["llmd-dev-2"] }) })).facts.cluster, undefined);
  });

  it("leaves out the cluster when the caller may not read it, and says so", async () => {
    const { facts, notices } = await lookedUp({ [CLUSTERS]: denied("eks:ListClusters") });
    assert.equal(facts.cluster, undefined);
    assert.deepEqual(notices, ["You may not read whether the cluster is there, and its version: it is not checked."]);
  });

  it("leaves out a quota that the caller may not read, and says which", async () => {
    const { facts, notices } = await lookedUp({
      [QUOTA]: inputs => (inputs.quotaCode === "L-417A185B" ? denied("servicequotas:GetServiceQuota")() : { value: 5 }),
    });
    assert.deepEqual(facts.quotas, new Map([["L-F678F1CE", 5]]));
    assert.deepEqual(notices, [`You may not read the quota "Running On-Demand P instances": it is not checked.`]);
  });

  it("leaves out the versions when the caller may not read them, and says so", async () => {
    const { facts, notices } = await lookedUp({ [VERSIONS]: denied("eks:DescribeClusterVersions") });
    assert.equal(facts.supportedVersions, undefined);
    assert.equal(facts.quotas.size, 2);
    assert.deepEqual(notices, ["You may not read the Kubernetes versions that EKS supports: it is not checked."]);
  });

  it("takes UnauthorizedOperation, as EC2 says it, for the same", async () => {
    const { facts } = await lookedUp({
      [VERSIONS]: () => {
        throw refusal("UnauthorizedOperation: You are not authorized to perform this operation.");
      },
    });
    assert.equal(facts.supportedVersions, undefined);
  });

  const failures = [
    { what: "a throttled look-up of quotas", token: QUOTA, message: "ThrottlingException: Rate exceeded" },
    {
      what: "an unknown quota",
      token: QUOTA,
      message: "NoSuchResourceException: The specified resource does not exist.",
    },
    { what: "a failed look-up of versions", token: VERSIONS, message: "InternalFailure: try again" },
    { what: "a caller that AWS does not know", token: CALLER, message: "ExpiredToken: the token has expired" },
    { what: "a caller that may not even ask who it is", token: CALLER, message: "AccessDenied: not authorized" },
  ];
  for (const { what, token, message } of failures)
    it(`fails on ${what}`, () =>
      assert.rejects(
        lookedUp({
          [token]: () => {
            throw refusal(message);
          },
        }),
        { message: new RegExp(message) },
      ));
});
