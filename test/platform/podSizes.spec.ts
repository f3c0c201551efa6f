import assert from "node:assert/strict";
import * as fc from "fast-check";
import { nodeRoom, type PodGroup, type Room, roomOf } from "../../catalog/systemRoom";
import { oneMore, platformPods, platformRoomProblems, type SizedPlatform, systemCpus } from "../../platform/podSizes";
import { entrySchema } from "../../platform/settings/entry";
import { featuresSchema } from "../../platform/settings/features";
import { sizedPlatform } from "../support/sizedPlatform";

const DEV = sizedPlatform("dev");
const ALL: SizedPlatform = {
  entry: entrySchema.parse({ exposure: "internal", replicas: { min: 4, max: 9 } }),
  features: featuresSchema.parse({
    payloadProcessor: true,
    payloadProcessorImage: `ghcr.io/acme/processor@sha256:${"0".repeat(64)}`,
    gpuOperator: true,
    certManager: true,
  }),
  limits: { gpus: 64 },
};

const requestsOf = (groups: readonly PodGroup[]): Room =>
  groups
    .flatMap(({ replicas, requests }) => Array.from({ length: replicas }, () => roomOf(requests)))
    .reduce((a, b) => ({ milliCpus: a.milliCpus + b.milliCpus, mib: a.mib + b.mib }));

describe("the platform's part of the system pool", () => {
  it("is what a trial counted of dev, 7.4 CPUs and 17 GiB, with metrics-server and without DaemonSets", () => {
    const { milliCpus, mib } = requestsOf(platformPods(DEV, "min"));
    assert.equal(milliCpus, 7510);
    assert.equal(Math.round(mib / 1024), 17);
  });

  it("is nodes of 8 vCPUs in dev and prod, and of 24 when all autoscalers have made what they may", () => {
    assert.deepEqual(systemCpus(DEV), { fewest: 8, most: 24 });
    assert.deepEqual(systemCpus(sizedPlatform("prod")), { fewest: 8, most: 24 });
  });

  it("grows with every part", () => {
    const cpusOf = (settings: SizedPlatform) => requestsOf(platformPods(settings, "min")).milliCpus;
    const none: SizedPlatform = {
      entry: entrySchema.parse({ exposure: "none" }),
      features: featuresSchema.parse({ keda: false, leaderWorkerSet: false }),
      limits: DEV.limits,
    };
    assert.equal(cpusOf(DEV) - cpusOf(none), 1000 + 600 + 400);
    assert.equal(cpusOf(ALL) - cpusOf(DEV), 1000 + 1000 + 250 + 310);
  });

  it("keeps replicas apart, half of the fewest on a node", () => {
    const apart = new Map(platformPods(ALL, "max").map(({ name, perNode }) => [name, perNode]));
    assert.deepEqual([apart.get("entry"), apart.get("istiod"), apart.get("Grafana")], [2, 1, undefined]);
  });

  it("has room for the largest pod that is replaced by one that starts first", () =>
    assert.deepEqual(oneMore(platformPods(DEV, "min")).requests, { cpu: "2", memory: "4Gi" }));

  for (const [what, settings] of [
    ["dev", DEV],
    ["every part", ALL],
  ] as const)
    it(`holds the pods of ${what} in whatever order they come, one more apart`, () =>
      fc.assert(
        fc.property(inAnyOrder(platformPods(settings, "min")), pods => {
          const withSurge = platformRoomNeeded(settings);
          assert.ok(nodesOf(pods) * 4 <= withSurge);
        }),
      ));

  it("is refused where the pool is too small for it alone, with the number needed", () => {
    assert.deepEqual(platformRoomProblems(DEV, { maxCpus: 12, maxMemoryGiB: 48 }), []);
    assert.deepEqual(platformRoomProblems(DEV, { maxCpus: 8, maxMemoryGiB: 32 }), [
      '"llmd-infra:systemPool.maxCpus": 8 is too small: nodes of 12 vCPUs are needed (12 for the platform and for a pod ' +
        'that replaces another). Set it to 12 or more and run "pulumi -C infra up"',
      '"llmd-infra:systemPool.maxMemoryGiB": 32 is too small: nodes of 12 vCPUs have 48 GiB. Set it to 48 or more and run ' +
        '"pulumi -C infra up"',
    ]);
  });

  it("is refused where Prometheus watches more GPUs than a node has memory for", () => {
    const many = { ...DEV, limits: { gpus: 800 } };
    const room = { maxCpus: 64, maxMemoryGiB: 256 };
    assert.deepEqual(platformRoomProblems(many, room), [
      '"llmd-infra:systemPool.maxNodeCpus": 8 is too small: Prometheus asks for 0.51 CPUs and 33 GiB, a node of 8 vCPUs ' +
        'has room for 7.85 CPUs and 27.9 GiB. Set it to 16 and run "pulumi -C infra up"',
    ]);
    assert.deepEqual(platformRoomProblems(many, { ...room, maxNodeCpus: 16 }), []);
  });
});

/** What the layer refuses less than, found by asking it. */
function platformRoomNeeded(settings: SizedPlatform): number {
  const sizes = Array.from({ length: 128 }, (_, index) => (index + 2) * 4);
  return sizes.find(maxCpus => platformRoomProblems(settings, { maxCpus, maxMemoryGiB: 4096 }).length === 0) ?? 0;
}

const inAnyOrder = (groups: readonly PodGroup[]) => {
  const pods = groups.flatMap(group => Array.from({ length: group.replicas }, () => group));
  return fc.shuffledSubarray(pods, { minLength: pods.length });
};

/** Nodes of four vCPUs that Karpenter and the scheduler fill, a pod on the first that has room for it, never moved. */
function nodesOf(pods: readonly PodGroup[]): number {
  const nodes: { free: Room; names: string[] }[] = [];
  for (const { name, requests, perNode = pods.length } of pods) {
    const { milliCpus, mib } = roomOf(requests);
    const mayTake = ({ free, names }: (typeof nodes)[number]) =>
      free.milliCpus >= milliCpus && free.mib >= mib && names.filter(other => other === name).length < perNode;
    const node = nodes.find(mayTake) ?? { free: nodeRoom(4), names: [] };
    if (!nodes.includes(node)) nodes.push(node);
    node.names.push(name);
    node.free = { milliCpus: node.free.milliCpus - milliCpus, mib: node.free.mib - mib };
  }
  return nodes.length;
}
