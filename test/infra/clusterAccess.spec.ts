import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { administratorsToAdd, ClusterAccess, entryKey } from "../../infra/clusterAccess";
import { denied, ENTRY as GET_ENTRY } from "../support/awsAccount";
import {
  type Answers,
  assertPartsOf,
  built,
  inputsOf,
  ofType,
  only,
  type Registered,
  refusal,
  registeredBy,
  settled,
} from "../support/mockedProgram";
import { loggedBy } from "../support/settings";

const ENTRY = "aws:eks/accessEntry:AccessEntry";
const ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation";

const ADMIN = "arn:aws:iam::111122223333:role/platform/admin";
const DEPLOYER = "arn:aws:iam::111122223333:role/llmd-dev-deploy";

const accessOf = (administrators: Readonly<Record<string, pulumi.Input<string>>>) =>
  built(() => new ClusterAccess("llmd-dev-access", { clusterName: "llmd-dev", administrators }));

describe("the access to the cluster", () => {
  let registered: Registered[];
  let access: ClusterAccess;

  before(async () => {
    ({ registered, component: access } = await accessOf({ admin: ADMIN, deploy: pulumi.output(DEPLOYER) }));
  });

  it("is an entry for each administrator, one whose ARN is only known later included", () =>
    assert.deepEqual(
      inputsOf(registered, ENTRY),
      [ADMIN, DEPLOYER].map(principalArn => ({ clusterName: "llmd-dev", principalArn, type: "STANDARD" })),
    ));

  it("lets each administer the whole cluster", () =>
    assert.deepEqual(
      inputsOf(registered, ASSOCIATION),
      [ADMIN, DEPLOYER].map(principalArn => ({
        clusterName: "llmd-dev",
        principalArn,
        policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        accessScope: { type: "cluster" },
      })),
    ));

  for (const key of ["admin", "deploy"])
    it(`makes ${key}'s entry before its permissions`, () =>
      assert.deepEqual(only(registered, ASSOCIATION, `llmd-dev-access-${key}`).dependencies, [
        `${ENTRY}::llmd-dev-access-${key}`,
      ]));

  it("hands over the permissions of all, in the order given, for others to wait for", async () => {
    const urns = await Promise.all(access.entries.map(({ urn }) => settled(urn)));
    assert.deepEqual(
      urns.map(urn => urn.split("$").at(-1)),
      ["admin", "deploy"].map(key => `${ASSOCIATION}::llmd-dev-access-${key}`),
    );
  });

  it("is nobody's where nobody is named", async () => {
    const { registered: none, component: empty } = await accessOf({});
    assert.deepEqual([...ofType(none, ENTRY), ...ofType(none, ASSOCIATION), ...empty.entries], []);
  });

  it("names everything after itself, under itself and only once", () =>
    assertPartsOf(registered, "llmd:infra:ClusterAccess", "llmd-dev-access"));
});

describe("the name of an administrator's entry", () => {
  const keys = {
    [ADMIN]: "111122223333-role-admin",
    "arn:aws:iam::111122223333:role/admin": "111122223333-role-admin",
    "arn:aws:iam::111122223333:user/admin": "111122223333-user-admin",
    "arn:aws:iam::210987654321:role/admin": "210987654321-role-admin",
  };
  for (const [arn, key] of Object.entries(keys))
    it(`is ${key} for ${arn}, without the path, which no name needs to be unique`, () =>
      assert.equal(entryKey(arn), key));
});

describe("the administrators that need an entry", () => {
  /** The administrators that get one, and what is said of the others. */
  async function added(admins: readonly string[], deployerArn: string, hasCluster: boolean, answers: Answers = {}) {
    const made = {} as { admins: string[] };
    const { notices } = await loggedBy(() =>
      registeredBy(
        async () => {
          const provider = new aws.Provider("aws", { region: "us-east-2" });
          const account = { deployerArn, hasCluster };
          made.admins = await administratorsToAdd({ name: "llmd-dev", admins, account }, provider);
        },
        {},
        { answers },
      ),
    );
    return { ...made, notices };
  }

  const elsewhere = (admin: string): string =>
    `${admin} administers the cluster by an entry that this stack did not make: it gets no second one.`;

  const ACCOUNT = "111122223333";
  const role = (path: string) => `arn:aws:iam::${ACCOUNT}:role/${path}`;
  const user = (path: string) => `arn:aws:iam::${ACCOUNT}:user/${path}`;
  const session = (name: string, account = ACCOUNT) => `arn:aws:sts::${account}:assumed-role/${name}/alice`;

  const HUMAN = role("platform-admin");
  const DEPLOYING = role("deployer");

  describe("while there is no cluster", () => {
    const cases: readonly { what: string; admin: string; deployer: string; deploys: boolean }[] = [
      { what: "a role whose session deploys", admin: role("admin"), deployer: session("admin"), deploys: true },
      { what: "such a role with a path", admin: role("teams/llm/admin"), deployer: session("admin"), deploys: true },
      {
        what: "such a role of IAM Identity Center",
        admin: role("aws-reserved/sso.amazonaws.com/us-east-2/AWSReservedSSO_Admin_0123456789abcdef"),
        deployer: session("AWSReservedSSO_Admin_0123456789abcdef"),
        deploys: true,
      },
      { what: "a user who deploys", admin: user("alice"), deployer: user("alice"), deploys: true },
      { what: "such a user with a path", admin: user("teams/alice"), deployer: user("teams/alice"), deploys: true },
      {
        what: "a role in another account",
        admin: role("admin"),
        deployer: session("admin", "210987654321"),
        deploys: false,
      },
      { what: "a role with the same beginning", admin: role("admin"), deployer: session("admin-2"), deploys: false },
      { what: "a role with the same end", admin: role("admin"), deployer: session("llm-admin"), deploys: false },
      { what: "another user", admin: user("bob"), deployer: user("alice"), deploys: false },
      { what: "a user named like a path", admin: user("teams"), deployer: user("teams/alice"), deploys: false },
      { what: "a user named like the role", admin: user("admin"), deployer: session("admin"), deploys: false },
      { what: "a role named like the session", admin: role("alice"), deployer: session("admin"), deploys: false },
    ];
    for (const { what, admin, deployer, deploys } of cases)
      it(`${deploys ? "do not include" : "include"} ${what}`, async () =>
        assert.deepEqual(
          await added([admin, HUMAN], deployer, false),
          deploys ? { admins: [HUMAN], notices: [elsewhere(admin)] } : { admins: [admin, HUMAN], notices: [] },
        ));
  });

  describe("of a cluster", () => {
    /** Entries of the cluster by principal, with their tags. */
    const entries =
      (tagsOf: Readonly<Record<string, object>>): Answers[string] =>
      ({ clusterName, principalArn }) => {
        assert.equal(clusterName, "llmd-dev");
        const tags = tagsOf[String(principalArn)];
        if (!tags) throw refusal("ResourceNotFoundException: The specified principalArn could not be found");
        return { tags };
      };
    const OWN = { stack: "llmd-dev" };
    const cases = [
      { what: "all but the one that made it", tags: { [DEPLOYING]: {}, [HUMAN]: OWN }, admins: [HUMAN] },
      {
        what: "the one that deploys, if it did not make the cluster",
        tags: { [DEPLOYING]: OWN, [HUMAN]: OWN },
        admins: [HUMAN, DEPLOYING],
      },
      { what: "all that have none yet", tags: {}, admins: [HUMAN, DEPLOYING] },
      {
        what: "none that another stack gave one",
        tags: { [HUMAN]: { stack: "llmd-prod" } },
        admins: [DEPLOYING],
      },
    ];
    for (const { what, tags, admins } of cases)
      it(`are ${what}`, async () =>
        assert.deepEqual(await added([HUMAN, DEPLOYING], session("deployer"), true, { [GET_ENTRY]: entries(tags) }), {
          admins,
          notices: [HUMAN, DEPLOYING].filter(admin => !admins.includes(admin)).map(elsewhere),
        }));

    it("stop the deployment when nobody may read the entries", () =>
      assert.rejects(
        added([HUMAN], session("deployer"), true, { [GET_ENTRY]: denied("eks:DescribeAccessEntry") }),
        /AccessDeniedException/,
      ));
  });
});
