import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { QUOTAS } from "../../catalog/quotas";
import { type AccountFacts, lookUpAccount } from "../../infra/account";
import { accountAnswers, CALLER, CLUSTER, CLUSTERS, DEPLOYER, denied, QUOTA, VERSIONS } from "../support/awsAccount";
import { type Answers, refusal, registeredBy } from "../support/mockedProgram";
import { loggedBy } from "../support/settings";

const ASKED = [QUOTAS.onDemandP, QUOTAS.vpcs];

/** The facts, what is logged, and the inputs of every question about something in `changes`. */
async function lookedUp(changes: Answers = {}) {
  const made = {} as { facts: AccountFacts };
  const asked: unknown[] = [];
  const recording = Object.entries(changes).map(([token, answer]): [string, Answers[string]] => [
    token,
    inputs => {
      asked.push(inputs);
      return answer(inputs);
    },
  ]);
  const logged = await loggedBy(() =>
    registeredBy(
      async () => {
        made.facts = await lookUpAccount(new aws.Provider("aws", { region: "us-east-2" }), "llmd-dev", ASKED);
      },
      {},
      { answers: accountAnswers(Object.fromEntries(recording)) },
    ),
  );
  return { ...made, ...logged, asked };
}

const failing = (message: string) => () => {
  throw refusal(message);
};

const THERE: Answers = { [CLUSTERS]: () => ({ names: ["other", "llmd-dev"] }) };

describe("the facts about an account", () => {
  it("are the deployer, the supported versions with their last days, and the value of each quota", async () => {
    const { facts, asked, warnings, notices } = await lookedUp({
      [QUOTA]: ({ quotaCode }) => ({ value: quotaCode === "L-417A185B" ? 192 : 5 }),
    });
    assert.deepEqual(facts, {
      deployerArn: DEPLOYER,
      hasCluster: false,
      cluster: undefined,
      supportedVersions: [
        { version: "1.36", until: "2027-08-02" },
        { version: "1.35", until: "2027-03-27" },
      ],
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

  it("have only versions in standard support", async () => {
    const { asked } = await lookedUp({ [VERSIONS]: () => ({ clusterVersions: [] }) });
    assert.deepEqual(asked, [{ versionStatus: "STANDARD_SUPPORT" }]);
  });

  it("have the stack's cluster, if it exists, and no other", async () => {
    const found = { version: "1.34", endpoint: "https://cluster.test" };
    const cidrs = ["203.0.113.0/24"];
    const { facts, asked } = await lookedUp({
      [CLUSTER]: () => ({ ...found, vpcConfig: { publicAccessCidrs: cidrs } }),
      ...THERE,
    });
    assert.deepEqual([facts.hasCluster, facts.cluster], [true, { ...found, cidrs }]);
    assert.deepEqual(asked.at(-1), { name: "llmd-dev" });
    const { facts: others } = await lookedUp({ [CLUSTERS]: () => ({ names: ["llmd-dev-2"] }) });
    assert.deepEqual([others.hasCluster, others.cluster], [false, undefined]);
  });

  const unreadable: readonly { what: string; answers: Answers; facts: Partial<AccountFacts> }[] = [
    {
      what: "the version and the endpoint of the cluster",
      answers: { ...THERE, [CLUSTER]: denied("eks:DescribeCluster") },
      facts: { hasCluster: true, cluster: undefined },
    },
    {
      what: 'the quota "Running On-Demand P instances"',
      answers: {
        [QUOTA]: ({ quotaCode }) =>
          quotaCode === "L-417A185B" ? denied("servicequotas:GetServiceQuota")() : { value: 5 },
      },
      facts: { quotas: new Map([["L-F678F1CE", 5]]) },
    },
    {
      what: "the Kubernetes versions that EKS supports",
      answers: { [VERSIONS]: denied("eks:DescribeClusterVersions") },
      facts: { supportedVersions: undefined },
    },
    {
      what: "the Kubernetes versions that EKS supports",
      answers: { [VERSIONS]: failing("UnauthorizedOperation: You are not authorized to perform this operation.") },
      facts: { supportedVersions: undefined },
    },
  ];
  for (const { what, answers, facts: expected } of unreadable)
    it(`leave out ${what}, with a notice, where the caller may not read it`, async () => {
      const { facts, notices } = await lookedUp(answers);
      assert.deepEqual(facts, { ...facts, ...expected });
      assert.deepEqual(notices, [`You may not read ${what}: the check is skipped.`]);
    });

  const failures = [
    { token: QUOTA, message: "ThrottlingException: Rate exceeded" },
    { token: QUOTA, message: "NoSuchResourceException: The specified resource does not exist." },
    { token: VERSIONS, message: "InternalFailure: try again" },
    { token: CALLER, message: "ExpiredToken: the token has expired" },
    { token: CALLER, message: "AccessDenied: not authorized" },
    { token: CLUSTERS, message: "AccessDenied: not authorized" },
  ];
  for (const { token, message } of failures)
    it(`are none when ${token} fails with ${message}`, () =>
      assert.rejects(lookedUp({ [token]: failing(message) }), { message: new RegExp(message) }));
});
