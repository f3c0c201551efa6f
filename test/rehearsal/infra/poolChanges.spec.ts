import assert from "node:assert/strict";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import type { EngineUnderTest, StateResource } from "../../support/engine";
import { everything } from "../../support/everything";
import { refused } from "../../support/holdings";
import { withReversed, withValues } from "../../support/stackFiles";

interface Step {
  readonly op: string;
  readonly urn: string;
  readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
}

const POOLS = "llmd-infra:gpuPools";

const PLATFORM_ADMIN = "arn:aws:iam::111122223333:role/platform-admin";

const ADDED = {
  name: "added",
  instanceType: "p5.48xlarge",
  capacity: { kind: "onDemand" },
  maxNodes: 1,
  zoneIds: ["use2-az1"],
};

/** What belongs to a pool and to nothing else. */
const poolResources = (name: string): string[] =>
  [
    `llmd:infra:GpuPool llmd-everything-${name}`,
    `aws:iam/role:Role llmd-everything-${name}-node`,
    ...["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly", "further-0"].map(
      policy => `aws:iam/rolePolicyAttachment:RolePolicyAttachment llmd-everything-${name}-node-${policy}`,
    ),
    `aws:eks/accessEntry:AccessEntry llmd-everything-${name}-node`,
    `aws:eks/accessPolicyAssociation:AccessPolicyAssociation llmd-everything-${name}-node`,
    `kubernetes:eks.amazonaws.com/v1:NodeClass ${name}`,
    `kubernetes:karpenter.sh/v1:NodePool ${name}`,
  ].sort();

describe("a change of the stack file's pools", () => {
  let engine: EngineUnderTest;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await everything();
  });

  const infra = () => engine.project("infra");

  it("changes only the pools that it is about, and only what it means", async () => {
    const change = withValues(
      [[POOLS, 3, "maxNodes"], 3],
      [[POOLS, 1, "storageGiB"], 300],
      [[POOLS, 1, "expireAfterHours"], 100],
      [[POOLS, 4, "capacity", "reservationIds"], ["cr-00000000000000001"]],
    );
    const { exitCode, output } = await engine.withConfig(change, () => engine.preview("infra", "--json"));
    assert.equal(exitCode, 0, output);
    const { steps } = JSON.parse(output) as { steps: Step[] };
    assert.deepEqual(
      steps
        .filter(({ op }) => op !== "same")
        .map(({ op, urn, detailedDiff }) => [`${op} ${label(urn)}`, ...Object.keys(detailedDiff ?? {})])
        .sort(),
      [
        ["update kubernetes:eks.amazonaws.com/v1:NodeClass gpu-labelled", "spec.capacityReservationSelectorTerms[1]"],
        ["update kubernetes:eks.amazonaws.com/v1:NodeClass gpu-spot", "spec.ephemeralStorage.size"],
        ["update kubernetes:karpenter.sh/v1:NodePool gpu-small", 'spec.limits["nvidia.com/gpu"]'],
        ["update kubernetes:karpenter.sh/v1:NodePool gpu-spot", "spec.template.spec.expireAfter"],
      ],
    );
  });

  it("is none where an administrator leaves, whose entry alone goes, protected or not", async () => {
    const change = withValues([["llmd:protect"], true], [["llmd-infra:cluster", "admins"], [PLATFORM_ADMIN]]);
    const { exitCode, output } = await engine.withConfig(change, () => engine.preview(infra(), "--json"));
    assert.equal(exitCode, 0, output);
    const { steps } = JSON.parse(output) as { steps: Step[] };
    const gone = steps.filter(({ op }) => op === "delete").map(({ urn }) => label(urn));
    const name = "llmd-everything-access-111122223333-user-on-call";
    assert.deepEqual(gone.sort(), [
      `aws:eks/accessEntry:AccessEntry ${name}`,
      `aws:eks/accessPolicyAssociation:AccessPolicyAssociation ${name}`,
    ]);
    const inCluster = steps.filter(({ op, urn }) => op !== "same" && label(urn).startsWith("kubernetes:"));
    assert.deepEqual(inCluster, []);
  });

  it("is none where only the order differs: of pools, of zones, of administrators", async () => {
    const reversed = withReversed(
      ["llmd-infra:network", "zoneIds"],
      ["llmd-infra:cluster", "admins"],
      [POOLS, 1, "zoneIds"],
      [POOLS, 3, "zoneIds"],
      [POOLS],
    );
    const { exitCode, output } = await engine.withConfig(reversed, () =>
      engine.preview(infra(), "--expect-no-changes"),
    );
    assert.equal(exitCode, 0, output);
  });

  it("makes a further pool's own resources, deletes them again with it, and touches no others", async () => {
    const before = engine.state("infra");
    const account = engine.account.everything();
    const change = withValues([[POOLS, 5], ADDED]);
    const added = await engine.withConfig(change, () => engine.up(infra(), "--skip-preview"));
    assert.equal(added.exitCode, 0, added.output);
    assert.deepEqual(labelsBeside(engine.state("infra"), before), poolResources("gpu-added"));
    assert.deepEqual(labelsBeside(before, engine.state("infra")), []);
    assert.match(added.output, /Resources:\n +\+ 9 created\n +\d+ unchanged\n/);

    const removed = await engine.up(infra(), "--skip-preview");
    assert.equal(removed.exitCode, 0, removed.output);
    assert.match(removed.output, /Resources:\n +- 9 deleted\n +\d+ unchanged\n/);
    assert.deepEqual(labelsBeside(engine.state("infra"), before), []);
    assert.deepEqual(engine.account.everything(), account);
  });

  it("is refused by the API server, in the preview already, where a pool of fixed size would become another", () =>
    refused(
      engine,
      () => engine.withConfig(withValues([[POOLS, 2, "staticNodes"], undefined]), () => engine.preview(infra())),
      /NodePool\.karpenter\.sh "gpu-static" is invalid: spec: Invalid value: Cannot transition NodePool between static/,
    ));
});

/** Type and name, without the stack and the parents' types. */
function label(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split("$").at(-1)} ${name}`;
}

const labelsBeside = (all: readonly StateResource[], others: readonly StateResource[]): string[] => {
  const known = new Set(others.map(({ urn, id }) => `${urn} ${id}`));
  return all
    .filter(({ urn, id }) => !known.has(`${urn} ${id}`))
    .map(({ urn }) => label(urn))
    .sort();
};
