import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ClusterAccess, entryKey } from "../../infra/clusterAccess";
import { assertNamed, inputsOf, ofType, only, type Registered, registeredBy, settled } from "../support/mockedProgram";

const COMPONENT = "llmd:infra:ClusterAccess";
const ENTRY = "aws:eks/accessEntry:AccessEntry";
const ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation";

const ADMIN = "arn:aws:iam::111122223333:role/platform/admin";
const DEPLOYER = "arn:aws:iam::111122223333:role/llmd-dev-deploy";

const build = async (administrators: Readonly<Record<string, pulumi.Input<string>>>) => {
  const made = {} as { access: ClusterAccess };
  const registered = await registeredBy(() => {
    made.access = new ClusterAccess("llmd-dev-access", { clusterName: "llmd-dev", administrators });
  });
  return { ...made, registered };
};

describe("the access to the cluster", () => {
  let registered: Registered[];
  let access: ClusterAccess;

  before(async () => {
    ({ registered, access } = await build({ admin: ADMIN, deploy: pulumi.output(DEPLOYER) }));
  });

  it("is an entry for each administrator, an ARN known only later included", () =>
    assert.deepEqual(inputsOf(registered, ENTRY), [
      { clusterName: "llmd-dev", principalArn: ADMIN, type: "STANDARD" },
      { clusterName: "llmd-dev", principalArn: DEPLOYER, type: "STANDARD" },
    ]));

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
    it(`makes ${key}'s entry before its rights`, () =>
      assert.deepEqual(only(registered, ASSOCIATION, `llmd-dev-access-${key}`).dependencies, [
        `${ENTRY}::llmd-dev-access-${key}`,
      ]));

  it("hands over the rights of all, in the order given, for others to wait for", async () => {
    const urns = await Promise.all(access.entries.map(({ urn }) => settled(urn)));
    assert.deepEqual(
      urns.map(urn => urn.split("$").at(-1)),
      ["admin", "deploy"].map(key => `${ASSOCIATION}::llmd-dev-access-${key}`),
    );
  });

  it("is nobody's where nobody is named", async () => {
    const { registered: none, access: empty } = await build({});
    assert.deepEqual([...ofType(none, ENTRY), ...ofType(none, ASSOCIATION)], []);
    assert.deepEqual(empty.entries, []);
  });

  it("names everything after itself, under itself and only once", () => {
    assertNamed(registered, "llmd-dev-access");
    for (const { type, parent } of registered)
      if (type !== COMPONENT) assert.equal(parent, `${COMPONENT}::llmd-dev-access`, `parent of ${type}`);
  });
});

describe("the name of an administrator's entry", () => {
  const keys = {
    [ADMIN]: "111122223333-role-admin",
    "arn:aws:iam::111122223333:role/admin": "111122223333-role-admin",
    "arn:aws:iam::111122223333:user/admin": "111122223333-user-admin",
    "arn:aws:iam::210987654321:role/admin": "210987654321-role-admin",
  };
  for (const [arn, key] of Object.entries(keys))
    it(`is ${key} for ${arn}, whose path AWS does not tell names apart by`, () => assert.equal(entryKey(arn), key));
});
