import assert from "node:assert/strict";
import { DeployRole, type DeployRoleArgs, githubTrust } from "../../infra/deployRole";
import {
  arnOf,
  assertNamed,
  inputsOf,
  ofType,
  only,
  type Registered,
  registeredBy,
  settled,
} from "../support/mockedProgram";
import { statement, statementsIn } from "../support/policies";

const COMPONENT = "llmd:infra:DeployRole";
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

const ARGS: DeployRoleArgs = {
  accountId: "111122223333",
  region: "us-east-2",
  subjects: [PLAIN, IMMUTABLE],
  createProvider: true,
};

const build = async (args: Partial<DeployRoleArgs> = {}) => {
  const made = {} as { deploy: DeployRole };
  const registered = await registeredBy(() => {
    made.deploy = new DeployRole("llmd-dev", { ...ARGS, ...args });
  });
  return { ...made, registered };
};

const trusted = (Sid: string, Condition: object) => ({
  Sid,
  Effect: "Allow",
  Principal: { Federated: GITHUB_ARN },
  Action: ["sts:AssumeRoleWithWebIdentity"],
  Condition,
});

describe("whom the deploy role trusts", () => {
  const exact = (...subjects: string[]) =>
    trusted("ExactSubjects", { StringEquals: { ...AUDIENCE, [SUBJECT]: subjects } });
  const patterns = (...subjects: string[]) =>
    trusted("SubjectPatterns", { StringEquals: AUDIENCE, StringLike: { [SUBJECT]: subjects } });

  const cases = [
    { given: "both forms of a subject, to the letter", subjects: [PLAIN, IMMUTABLE], trust: [exact(PLAIN, IMMUTABLE)] },
    { given: "a pattern as a pattern", subjects: [PATTERN], trust: [patterns(PATTERN)] },
    {
      given: "subjects and patterns apart, or a token would have to match both",
      subjects: [PATTERN, PLAIN],
      trust: [exact(PLAIN), patterns(PATTERN)],
    },
  ];
  for (const { given, subjects, trust } of cases)
    it(`is ${given}`, () => assert.deepEqual(githubTrust(GITHUB_ARN, subjects), trust));

  it("is nobody where no subject is given", () => assert.deepEqual(githubTrust(GITHUB_ARN, []), []));
});

describe("the deploy role", () => {
  let registered: Registered[];
  let deploy: DeployRole;

  before(async () => {
    ({ registered, deploy } = await build());
  });

  it("makes the provider of GitHub's tokens, for AWS only", () =>
    assert.deepEqual(only(registered, PROVIDER).inputs, {
      url: "https://token.actions.githubusercontent.com",
      clientIdLists: ["sts.amazonaws.com"],
    }));

  it("trusts the provider it made, for an hour at most", () => {
    const { assumeRolePolicy, maxSessionDuration } = only(registered, ROLE).inputs;
    assert.equal(maxSessionDuration, 3600);
    assert.deepEqual(statementsIn(assumeRolePolicy), githubTrust(arnOf("llmd-dev-github"), ARGS.subjects));
  });

  it("trusts the account's provider where another stack made that", async () => {
    const { registered: others } = await build({ createProvider: false });
    assert.deepEqual(ofType(others, PROVIDER), []);
    assert.deepEqual(
      statementsIn(only(others, ROLE).inputs.assumeRolePolicy),
      githubTrust(GITHUB_ARN, [PLAIN, IMMUTABLE]),
    );
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

  it("may do what the tables say of its stack", () => {
    const { policy } = only(registered, POLICY, "llmd-dev-deploy-cluster").inputs;
    assert.deepEqual(statement(statementsIn(policy), "ChangeCluster").Resource, [
      "arn:aws:eks:us-east-2:111122223333:cluster/llmd-dev",
    ]);
  });

  it("reaches Pulumi's state where that is in the account", async () => {
    const state = { bucketArn: "arn:aws:s3:::acme-state", keyArn: "arn:aws:kms:us-east-2:111122223333:key/5678" };
    const { registered: withState } = await build({ state });
    const { policy } = only(withState, POLICY, "llmd-dev-deploy-services").inputs;
    assert.deepEqual(statement(statementsIn(policy), "KeepSecrets").Resource, [state.keyArn]);
  });

  it("reaches no state, and no cluster by an entry of its own, unless told to", () => {
    const { policy } = only(registered, POLICY, "llmd-dev-deploy-services").inputs;
    const sids = statementsIn(policy).map(({ Sid }) => Sid);
    assert.deepEqual(
      sids.filter(sid => ["FindState", "KeepState", "KeepSecrets"].includes(sid)),
      [],
    );
    assert.deepEqual(ofType(registered, "aws:eks/accessEntry:AccessEntry"), []);
  });

  it("is handed over by ARN", async () => assert.equal(await settled(deploy.roleArn), arnOf("llmd-dev-deploy")));

  it("names everything after itself, under itself and only once", () => {
    assertNamed(registered, "llmd-dev");
    for (const { type, parent } of registered)
      if (type !== COMPONENT) assert.equal(parent, `${COMPONENT}::llmd-dev`, `parent of ${type}`);
  });
});
