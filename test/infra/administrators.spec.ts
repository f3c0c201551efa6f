import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { administratorsToAdd, isDeployer } from "../../infra/administrators";
import { CLUSTERS, DEPLOYER, denied, ENTRY } from "../support/awsAccount";
import { type Answers, refusal, registeredBy } from "../support/mockedProgram";
import { loggedBy } from "../support/settings";

const HUMAN = "arn:aws:iam::111122223333:role/platform-admin";
const DEPLOYING = "arn:aws:iam::111122223333:role/deployer";

const elsewhere = (admin: string): string =>
  `${admin} administers the cluster by an entry from elsewhere: it gets none of this stack's.`;

/** Who of both gets an entry, and what is said of the other. */
async function added(answers: Answers) {
  const made = {} as { admins: string[] };
  const { notices } = await loggedBy(() =>
    registeredBy(
      async () => {
        const provider = new aws.Provider("aws", { region: "us-east-2" });
        const args = {
          clusterName: "llmd-dev",
          stackTag: "llmd-dev",
          admins: [HUMAN, DEPLOYING],
          deployerArn: DEPLOYER,
        };
        made.admins = await administratorsToAdd(args, provider);
      },
      {},
      { answers },
    ),
  );
  return { ...made, notices };
}

const there: Answers = { [CLUSTERS]: () => ({ names: ["other", "llmd-dev"] }) };

/** Entries of the cluster by principal, with the tags they carry. */
const entries = (tagsOf: Readonly<Record<string, object>>): Answers => ({
  ...there,
  [ENTRY]: ({ clusterName, principalArn }) => {
    assert.equal(clusterName, "llmd-dev");
    const tags = tagsOf[String(principalArn)];
    if (!tags) throw refusal("ResourceNotFoundException: The specified principalArn could not be found");
    return { tags };
  },
});

describe("the administrators of a cluster", () => {
  it("are all but whoever deploys while there is no cluster: EKS makes that entry", async () =>
    assert.deepEqual(await added({ [CLUSTERS]: () => ({ names: ["llmd-prod"] }) }), {
      admins: [HUMAN],
      notices: [elsewhere(DEPLOYING)],
    }));

  it("are all but whoever made the cluster, once it is there", async () =>
    assert.deepEqual(await added(entries({ [DEPLOYING]: {}, [HUMAN]: { stack: "llmd-dev" } })), {
      admins: [HUMAN],
      notices: [elsewhere(DEPLOYING)],
    }));

  it("keep their entries when one of them deploys later, who did not make the cluster", async () =>
    assert.deepEqual(await added(entries({ [DEPLOYING]: { stack: "llmd-dev" }, [HUMAN]: { stack: "llmd-dev" } })), {
      admins: [HUMAN, DEPLOYING],
      notices: [],
    }));

  it("get entries that they do not have yet, whoever deploys", async () =>
    assert.deepEqual(await added(entries({})), { admins: [HUMAN, DEPLOYING], notices: [] }));

  it("are not given entries that another stack made", async () =>
    assert.deepEqual(await added(entries({ [HUMAN]: { stack: "llmd-prod" } })), {
      admins: [DEPLOYING],
      notices: [elsewhere(HUMAN)],
    }));

  it("stop the deployment when nobody can tell who has one", async () =>
    assert.rejects(added({ ...there, [ENTRY]: denied("eks:DescribeAccessEntry") }), /AccessDeniedException/));
});

describe("whether a principal is whoever deploys", () => {
  const ACCOUNT = "111122223333";
  const role = (path: string) => `arn:aws:iam::${ACCOUNT}:role/${path}`;
  const user = (path: string) => `arn:aws:iam::${ACCOUNT}:user/${path}`;
  const session = (name: string, account = ACCOUNT) => `arn:aws:sts::${account}:assumed-role/${name}/alice`;

  const cases: readonly { what: string; principal: string; deployer: string; is: boolean }[] = [
    { what: "a role and a session of it", principal: role("admin"), deployer: session("admin"), is: true },
    { what: "a role with a path", principal: role("teams/llm/admin"), deployer: session("admin"), is: true },
    {
      what: "a role of IAM Identity Center",
      principal: role("aws-reserved/sso.amazonaws.com/us-east-2/AWSReservedSSO_Admin_0123456789abcdef"),
      deployer: session("AWSReservedSSO_Admin_0123456789abcdef"),
      is: true,
    },
    { what: "a user", principal: user("alice"), deployer: user("alice"), is: true },
    { what: "a user with a path", principal: user("teams/alice"), deployer: user("teams/alice"), is: true },
    {
      what: "a role in another account",
      principal: role("admin"),
      deployer: session("admin", "210987654321"),
      is: false,
    },
    { what: "another role with the same beginning", principal: role("admin"), deployer: session("admin-2"), is: false },
    { what: "another role with the same end", principal: role("admin"), deployer: session("llm-admin"), is: false },
    { what: "another user", principal: user("bob"), deployer: user("alice"), is: false },
    {
      what: "a user named like the path of another",
      principal: user("teams"),
      deployer: user("teams/alice"),
      is: false,
    },
    { what: "a user named like the role", principal: user("admin"), deployer: session("admin"), is: false },
    { what: "a role named like the session", principal: role("alice"), deployer: session("admin"), is: false },
  ];
  for (const { what, principal, deployer, is } of cases)
    it(`is ${is ? "" : "not "}so for ${what}`, () => assert.equal(isDeployer(principal, deployer), is));
});
