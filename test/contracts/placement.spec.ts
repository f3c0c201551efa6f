import assert from "node:assert/strict";
import * as fc from "fast-check";
import { replicasPerNode, spreadConstraints } from "../../contracts/placement";

describe("replicas that are spread out", () => {
  it("wait for a second node and a second zone, whatever there is, and mind neither GPU nodes nor an older ReplicaSet", () => {
    const common = {
      minDomains: 2,
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: { matchLabels: { app: "istiod" } },
      matchLabelKeys: ["pod-template-hash"],
      nodeTaintsPolicy: "Honor",
    };
    assert.deepEqual(spreadConstraints({ app: "istiod" }), [
      { ...common, topologyKey: "topology.kubernetes.io/zone", maxSkew: 1 },
      { ...common, topologyKey: "kubernetes.io/hostname", maxSkew: 1 },
    ]);
  });

  it("need no node each where there are many", () =>
    assert.deepEqual(
      spreadConstraints({ app: "entry" }, 9).map(({ maxSkew }) => maxSkew),
      [1, 5],
    ));

  it("never lose more than half, rounded up, with a node", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fewest => {
        const most = replicasPerNode(fewest);
        return most >= 1 && most <= Math.ceil(fewest / 2);
      }),
    ));
});
