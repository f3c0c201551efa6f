import assert from "node:assert/strict";
import { DeployRole, type DeployRoleArgs } from "../../infra/deployRole";
import {
  arnOf,
  assertPartsOf,
  built,
  inputsOf,
  ofType,
  only,
  type Registered,
  settled,
} from "../support/mockedProgram";
import { statement, statementsIn } from "../support/policies";

const PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider";
const ROLE = "aws:iam/role:Role";
const POLICY = "aws:iam/policy:Policy";
const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";

const GITHUB_ARN = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
const AUDIENCE = { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" };
const SUBJECT = "token.actions.githubusercontent.com:sub";

const PLAIN = "repo:acme/llm:environment:prod";
const IMMUTABLE = "repo:acme@123/llm@456:environment:prod";
const PATTERN = "repo:acme@123/llm@456:ref:refs/heads/release/*";
const CHARACTER = "repo:acme/llm:ref:refs/heads/v?";

const roleOf = (args: Partial<DeployRoleArgs> = {}) =>
  built(
    () =>
      new DeployRole("llmd-dev", {
        accountId: "111122223333",
        region: "us-east-2",
        subjects: [PLAIN, IMMUTABLE],
        createProvider: true,
        ...args,
      }),
  );

const trust = (Sid: string, Condition: object, Federated = GITHUB_ARN) => ({
  Sid,
  Effect: "Allow",
  Principal: { Federated },
  Action: ["sts:AssumeRoleWithWebIdentity"],
  Condition,
});
const exact = (subjects: string[], provider?: string) =>
  trust("ExactSubjects", { StringEquals: { ...AUDIENCE, [SUBJECT]: subjects } }, provider);
const patterns = (...subjects: string[]) =>
  trust("SubjectPatterns", { StringEquals: AUDIENCE, StringLike: { [SUBJECT]: subjects } });

describe("the deploy role", () => {
  let registered: Registered[];
  let deploy: DeployRole;

  before(async () => {
    ({ registered, component: deploy } = await roleOf());
  });

  it("makes the provider of GitHub's tokens, for AWS only", () =>
    assert.deepEqual(only(registered, PROVIDER).inputs, {
      url: "https://token.actions.githubusercontent.com",
      clientIdLists: ["sts.amazonaws.com"],
    }));

  it("trusts the provider it made, for an hour at most", () => {
    const { assumeRolePolicy, maxSessionDuration } = only(registered, ROLE).inputs;
    assert.equal(maxSessionDuration, 3600);
    assert.deepEqual(statementsIn(assumeRolePolicy), [exact([PLAIN, IMMUTABLE], arnOf("llmd-dev-github"))]);
  });

  const cases = [
    {
      what: "both forms of a subject, to the letter",
      subjects: [PLAIN, IMMUTABLE],
      trusted: [exact([PLAIN, IMMUTABLE])],
    },
    { what: "patterns as patterns", subjects: [PATTERN, CHARACTER], trusted: [patterns(PATTERN, CHARACTER)] },
    {
      what: "subjects and patterns apart: in one statement a token would have to match both",
      subjects: [PATTERN, PLAIN],
      trusted: [exact([PLAIN]), patterns(PATTERN)],
    },
    { what: "nobody without a subject", subjects: [], trusted: [] },
  ];
  for (const { what, subjects, trusted } of cases)
    it(`trusts the account's provider where another stack made that, and ${what}`, async () => {
      const { registered: others } = await roleOf({ createProvider: false, subjects });
      assert.deepEqual(ofType(others, PROVIDER), []);
      assert.deepEqual(statementsIn(only(others, ROLE).inputs.assumeRolePolicy), trusted);
    });

  const THEMES = ["cluster", "identity", "network", "services"];

  it("has a policy for each theme and no other", () => {
    assert.deepEqual(
      ofType(registered, POLICY).map(({ name }) => name),
      THEMES.map(theme => `llmd-dev-deploy-${theme}`),
    );
    assert.deepEqual(
      inputsOf(registered, ATTACHMENT),
      THEMES.map(theme => ({ role: "llmd-dev-deploy", policyArn: arnOf(`llmd-dev-deploy-${theme}`) })),
    );
  });

  it("may do what the tables say, with its own stack", () => {
    const { policy } = only(registered, POLICY, "llmd-dev-deploy-cluster").inputs;
    assert.deepEqual(statement(statementsIn(policy), "ChangeCluster").Resource, [
      "arn:aws:eks:us-east-2:111122223333:cluster/llmd-dev",
    ]);
  });

  it("reaches no cluster by an entry of its own", () =>
    assert.deepEqual(ofType(registered, "aws:eks/accessEntry:AccessEntry"), []));

  it("is handed over by ARN", async () => assert.equal(await settled(deploy.roleArn), arnOf("llmd-dev-deploy")));

  it("names everything after itself, under itself and only once", () =>
    assertPartsOf(registered, "llmd:infra:DeployRole", "llmd-dev"));
});
