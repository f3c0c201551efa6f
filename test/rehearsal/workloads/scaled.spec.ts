import assert from "node:assert/strict";
import type { KubernetesObject } from "../../../rehearsal/kubernetesApi";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import type { EngineUnderTest } from "../../support/engine";
import { workloads } from "../../support/everything";
import { withValues } from "../../support/stackFiles";

const MODELS = "llmd-workloads:models";
/** Their places in the stack file. */
const [SCHEDULED, WIDE] = [1, 4];

/** The model across nodes is sent home at night as well, so that KEDA owns the number of its groups. */
const NIGHTLY = {
  timezone: "Europe/Berlin",
  up: "0 7 * * 1-5",
  down: "0 19 * * 1-5",
  replicas: 0,
};
const ASLEEP = [[MODELS, WIDE, "schedule"], NIGHTLY] as const;
const LONGER = [
  [[MODELS, SCHEDULED, "maxModelLen"], 8192],
  [[MODELS, WIDE, "maxModelLen"], 8192],
] as const;

describe("servers that were started on demand", () => {
  let engine: EngineUnderTest;
  let scaled: KubernetesObject[];

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await workloads(withValues(ASLEEP));
    const { api } = engine.environment.cluster;
    const all = await Promise.all([
      api.list("apps/v1", "Deployment"),
      api.list("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet"),
    ]);
    scaled = all.flat().filter(({ metadata: { name } }) => /^(qwen3-8b|qwen3-235b)-v1-(decode|prefill)$/.test(name));
    assert.deepEqual(scaled.map(({ kind }) => kind).sort(), ["Deployment", "LeaderWorkerSet", "LeaderWorkerSet"]);
    for (const servers of scaled) await scale(servers, 3);
  });

  after(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    for (const servers of scaled) await scale(servers, 0);
    await workloads();
  });

  /** As KEDA does. */
  async function scale(servers: KubernetesObject, replicas: number): Promise<void> {
    const { api } = engine.environment.cluster;
    const path = `${await api.pathOf(servers)}/scale?fieldManager=keda-operator`;
    await api.call("PATCH", path, { spec: { replicas } }, "application/merge-patch+json");
  }

  const numbers = async (): Promise<unknown[]> => {
    const live = await Promise.all(scaled.map(servers => engine.api.get(servers)));
    return live.map(servers => (servers?.spec as { replicas: number } | undefined)?.replicas);
  };

  it("stay when an update changes all of them", async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    await workloads(withValues(ASLEEP, ...LONGER));
    assert.deepEqual(await numbers(), [3, 3, 3]);
  });

  it("stay, and are proposed to nobody, when nothing is changed", async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    const again = () => engine.up("workloads", "--skip-preview", "--expect-no-changes");
    const { exitCode, output } = await engine.withConfig(withValues(ASLEEP, ...LONGER), again);
    assert.equal(exitCode, 0, output);
    assert.deepEqual(await numbers(), [3, 3, 3]);
  });
});
