import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import type { OperationResult, Project } from "../../../rehearsal/engine/pulumi";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import { repositoryCopy } from "../../support/command";
import { type EngineUnderTest, sharedEngine } from "../../support/engine";
import { holdings, NOTHING } from "../../support/holdings";
import { refusedNodePool, withInvalidNodePool } from "../../support/invalidNodePool";
import { withValues } from "../../support/stackFiles";

const NODE_POOL = "NodePool.karpenter.sh/v1//gpu-p5";
const NODE_CLASS = "NodeClass.eks.amazonaws.com/v1//gpu-p5";
const OTHERS = [
  "NodeClass.eks.amazonaws.com/v1//system",
  "NodePool.karpenter.sh/v1//system",
  "StorageClass.storage.k8s.io/v1//llmd-gp3",
];

describe("an infra update that stops halfway on an empty account", () => {
  let engine: EngineUnderTest;
  let infra: Project;
  let copy: string;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    copy = repositoryCopy();
    engine = await sharedEngine();
    infra = engine.project("infra");
    // A rejected update of another spec may have left the stack's own entry in the state.
    await engine.destroy(infra, "--skip-preview");
  });

  after(() => rmSync(copy, { recursive: true, force: true }));

  afterEach("gives everything back", async () => {
    const { exitCode, output } = await engine.destroy(infra, "--skip-preview");
    assert.equal(exitCode, 0, output);
    assert.deepEqual(await holdings(engine), NOTHING);
  });

  const up = () => engine.up(infra, "--skip-preview");

  /** Asserts that the state knows of everything that stands, and of nothing else. */
  const stateAgrees = async (): Promise<void> => {
    const { account, objects, state } = await holdings(engine);
    const idsOf = (resources: readonly { urn: string; id?: string }[]) =>
      resources.map(({ urn, id }) => `${urn} ${id}`).sort();
    assert.deepEqual(idsOf(state.filter(({ type }) => type.startsWith("aws:"))), idsOf(account));
    const inCluster = state.filter(({ type }) => type.startsWith("kubernetes:"));
    assert.equal(inCluster.length, objects.length, objects.join());
  };

  /** Asserts that the next update makes what is missing and keeps what is there. */
  const isCompleted = async ({ created }: OperationResult): Promise<void> => {
    const kept = engine.account.everything();
    const { exitCode, output } = await up();
    assert.equal(exitCode, 0, output);
    await stateAgrees();
    const { account, objects } = await holdings(engine);
    assert.deepEqual(account.slice(0, kept.length), kept);
    assert.equal(new Set(account.map(({ urn }) => urn)).size, account.length);
    assert.deepEqual(objects, [NODE_CLASS, NODE_POOL, ...OTHERS].sort());
    assert.match(output, new RegExp(`^ +${created} unchanged$`, "m"));
  };

  it("because the API server rejects the NodePool, which no preview could ask it about, is completed by the next", async () => {
    const result = await engine.up(withInvalidNodePool(infra, copy));

    assert.equal(result.exitCode, 1, result.output);
    const [preview = "", update = ""] = result.output.split("Updating (dev):");
    assert.doesNotMatch(preview, /error:/);
    assert.match(update, refusedNodePool("gpu-p5"));
    // Whether the engine comes to the others before it stops is a matter of luck.
    const { objects } = await holdings(engine);
    assert.deepEqual(
      objects.filter(object => !OTHERS.includes(object)),
      [NODE_CLASS],
    );
    await stateAgrees();
    await isCompleted(result);
  });

  it("because AWS has no such zone, is completed by the next", async () => {
    const zones = withValues([
      ["llmd-infra:network", "zoneIds"],
      ["use2-az1", "use2-az2", "use2-az9"],
    ]);
    const result = await engine.withConfig(zones, () => engine.up(infra));

    assert.equal(result.exitCode, 1, result.output);
    assert.match(result.output, /Value \(use2-az9\) for parameter availabilityZone is invalid/);
    assert.deepEqual((await holdings(engine)).objects, []);
    await stateAgrees();
    await isCompleted(result);
  });

  it("because the engine is interrupted, is completed by the next", async () => {
    const running = up();
    while (engine.account.everything().length < 5) await new Promise(resolve => setTimeout(resolve, 10));
    engine.pulumi()?.kill("SIGINT");
    const result = await running;

    assert.notEqual(result.exitCode, 0, result.output);
    assert.match(result.output, /\^C received; cancelling/);
    assert.deepEqual((await holdings(engine)).objects, []);
    await stateAgrees();
    await isCompleted(result);
  });
});
