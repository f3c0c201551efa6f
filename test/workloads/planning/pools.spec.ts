import assert from "node:assert/strict";
import { BASELINE, SCHEDULE, withSettings } from "../settings/fixtures";
import { type Layers, planOf, pool } from "./fixtures";

const LAYERS: Layers = { pools: [pool("static", { staticNodes: 2, maxNodes: 3 }), pool("p5")] };

const onStatic = { ...BASELINE, pool: "static", replicas: 2 };

const warning = (key: string) =>
  `"llmd-workloads:models[0].${key}": pool "static" is static: its 2 nodes run, and are billed, while the servers are away. ` +
  "That frees GPUs for other models, and no node: take a pool without staticNodes to save money.";

describe("a plan on a static pool", () => {
  withSettings();

  const warningsOf = (...models: readonly object[]) => planOf(models, LAYERS).warnings;

  it("has room for servers on all of its staticNodes", () =>
    assert.deepEqual(warningsOf({ ...onStatic, replicas: 8 }), []));

  it("warns of a schedule, which gives no node back, once for a model and its canary", () =>
    assert.deepEqual(
      warningsOf({ ...onStatic, schedule: SCHEDULE, canary: { revision: "v2", percent: 0, replicas: 1 } }),
      [warning("schedule")],
    ));

  it("warns of a model that may be empty, which gives no node back either", () =>
    assert.deepEqual(warningsOf({ ...onStatic, replicas: { min: 0, max: 4 } }), [warning("replicas")]));

  it("warns of nothing where the pool gives its nodes back", () =>
    assert.deepEqual(warningsOf({ ...BASELINE, schedule: SCHEDULE }), []));

  it("starts servers without waiting for a node", () => {
    const secondsOf = (name: string) =>
      planOf([{ ...onStatic, pool: name }], LAYERS).plans[0]?.revisions[0].plan.roles[0].start?.nodeSeconds;
    assert.deepEqual([secondsOf("static"), secondsOf("p5")], [0, 420]);
  });
});
