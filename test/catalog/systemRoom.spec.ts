import assert from "node:assert/strict";
import * as fc from "fast-check";
import { LARGEST_NODE_CPUS, nodeSizes } from "../../catalog/systemPool";
import {
  halfNodeCpu,
  nodeRoom,
  type PackedNode,
  type PodGroup,
  pack,
  roomOf,
  shareOf,
  systemPoolProblems,
  tooLargeProblem,
  vcpusOf,
  wholeNodeCpu,
  wholeNodes,
} from "../../catalog/systemRoom";

const size = fc.constantFrom(...LARGEST_NODE_CPUS);
const requests = fc
  .tuple(fc.integer({ min: 10, max: 9000 }), fc.integer({ min: 16, max: 32_000 }))
  .map(([milliCpus, mib]) => ({ cpu: `${milliCpus}m`, memory: `${mib}Mi` }));
const groups = fc.array(
  fc.record({
    replicas: fc.integer({ min: 1, max: 4 }),
    requests,
    perNode: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
  }),
  { maxLength: 12 },
);
const named = (list: readonly Omit<PodGroup, "name">[]): PodGroup[] =>
  list.map((group, index) => ({ ...group, name: `group ${index}` }));

describe("a node of the system pool", () => {
  it("keeps of 4 vCPUs and 16 GiB what kubelet, the hypervisor and DaemonSets take", () =>
    assert.deepEqual(nodeRoom(4), { milliCpus: 3860, mib: 13_430 }));

  it("has room for what two of half its size have", () => {
    for (const [smaller, larger] of [
      [4, 8],
      [8, 16],
      [16, 32],
      [32, 64],
    ] as const) {
      assert.ok(nodeRoom(larger).milliCpus >= 2 * nodeRoom(smaller).milliCpus);
      assert.ok(nodeRoom(larger).mib >= 2 * nodeRoom(smaller).mib);
    }
  });

  it("takes a pod of as many cores as it has, with 160 thousandths to spare on the smallest", () => {
    for (const cores of nodeSizes(64)) {
      const { milliCpus } = roomOf({ cpu: wholeNodeCpu(cores), memory: "8Gi" });
      assert.equal(milliCpus, cores * 1000 - 300);
      assert.ok(nodeRoom(cores).milliCpus >= milliCpus);
    }
    assert.equal(nodeRoom(4).milliCpus - 3700, 160);
  });
});

describe("the share of a pod", () => {
  const memory = "3Gi";
  it("is half of the smallest node where two fit it", () => {
    assert.equal(shareOf({ cpu: halfNodeCpu(2), memory }), 2);
    assert.equal(shareOf({ cpu: "2", memory }), 4);
    assert.equal(shareOf({ cpu: "100m", memory: "7Gi" }), 4);
  });

  it("is the smallest node that it fits, by CPUs or by memory", () => {
    assert.equal(shareOf({ cpu: wholeNodeCpu(4), memory: "8Gi" }), 4);
    assert.equal(shareOf({ cpu: "4", memory: "8Gi" }), 8);
    assert.equal(shareOf({ cpu: "1", memory: "20Gi" }), 8);
    assert.equal(shareOf({ cpu: wholeNodeCpu(9), memory: "8Gi" }, 16), 16);
  });

  it("is none where the pool has no such node", () => {
    assert.equal(shareOf({ cpu: wholeNodeCpu(9), memory: "8Gi" }), undefined);
    assert.equal(shareOf({ cpu: "1", memory: "300Gi" }, 64), undefined);
  });

  it("never shrinks when a pod asks for more", () =>
    fc.assert(
      fc.property(requests, requests, size, (one, other, maxNodeCpus) => {
        const larger = {
          cpu: `${Math.max(roomOf(one).milliCpus, roomOf(other).milliCpus)}m`,
          memory: `${Math.max(roomOf(one).mib, roomOf(other).mib)}Mi`,
        };
        const none = Number.POSITIVE_INFINITY;
        return (shareOf(larger, maxNodeCpus) ?? none) >= (shareOf(one, maxNodeCpus) ?? none);
      }),
    ));

  it("is what the pods need together: their shares are nodes that hold them", () =>
    fc.assert(
      fc.property(fc.array(requests, { maxLength: 20 }), size, (pods, maxNodeCpus) => {
        const shares = pods.flatMap(pod => shareOf(pod, maxNodeCpus) ?? []);
        const fitting = pods.filter(pod => shareOf(pod, maxNodeCpus) !== undefined);
        const total = wholeNodes(shares.reduce((sum, share) => sum + share, 0));
        assert.ok(vcpusOf(inShares(fitting, maxNodeCpus)) <= total);
      }),
    ));
});

/** Two halves to a node, everything else on its own; whether each fits is looked at here once more. */
function inShares(pods: readonly PodGroup["requests"][], maxNodeCpus: number): PackedNode[] {
  const [halves, others] = [2, undefined].map(share =>
    pods.filter(pod => (shareOf(pod, maxNodeCpus) === 2 ? 2 : undefined) === share),
  ) as [PodGroup["requests"][], PodGroup["requests"][]];
  const pairs = halves.flatMap((pod, index) => (index % 2 === 0 ? [[pod, halves[index + 1]]] : []));
  return [...pairs, ...others.map(pod => [pod])].map(together => {
    const there = together.filter(pod => pod !== undefined);
    const vcpus = Math.max(4, ...there.map(pod => shareOf(pod, maxNodeCpus) ?? 0));
    const used = there.map(roomOf).reduce((a, b) => ({ milliCpus: a.milliCpus + b.milliCpus, mib: a.mib + b.mib }));
    const free = { milliCpus: nodeRoom(vcpus).milliCpus - used.milliCpus, mib: nodeRoom(vcpus).mib - used.mib };
    assert.ok(free.milliCpus >= 0 && free.mib >= 0);
    return { vcpus, pods: [], free };
  });
}

describe("nodes that pods are packed onto", () => {
  it("hold every pod that fits one, none of them more than it has room for or may have of a kind", () =>
    fc.assert(
      fc.property(groups, size, (list, maxNodeCpus) => {
        const pods = named(list);
        const nodes = pack(pods, maxNodeCpus);
        for (const { free, vcpus } of nodes) {
          assert.ok(free.milliCpus >= 0 && free.mib >= 0);
          assert.ok(nodeSizes(maxNodeCpus).includes(vcpus));
        }
        for (const { name, replicas, requests: asked, perNode = replicas } of pods) {
          const counts = nodes.map(node => node.pods.filter(pod => pod === name).length);
          const placed = counts.reduce((sum, count) => sum + count, 0);
          assert.equal(placed, shareOf(asked, maxNodeCpus) === undefined ? 0 : replicas);
          assert.ok(Math.max(0, ...counts) <= perNode);
        }
      }),
    ));

  it("are two for two replicas that must stand apart, however small they are", () =>
    assert.deepEqual(
      pack([{ name: "a", replicas: 2, requests: { cpu: "10m", memory: "16Mi" }, perNode: 1 }]).map(
        ({ vcpus }) => vcpus,
      ),
      [4, 4],
    ));
});

describe("what is wrong with a system pool", () => {
  const needs = [
    { who: "the platform", vcpus: 8 },
    { who: "5 endpoint pickers", vcpus: 20 },
    { who: "1 copy of weights", vcpus: 2 },
  ];

  it("is nothing where it has exactly what is needed, in whole nodes", () =>
    assert.deepEqual(systemPoolProblems({ maxCpus: 32, maxMemoryGiB: 128 }, needs), []));

  it("is said of vCPUs and of memory, with what is needed of each and for what", () =>
    assert.deepEqual(systemPoolProblems({ maxCpus: 31, maxMemoryGiB: 127 }, needs, ", or serve fewer models"), [
      '"llmd-infra:systemPool.maxCpus": 31 is too small: nodes of 32 vCPUs are needed (8 for the platform, 20 for 5 ' +
        'endpoint pickers, 2 for 1 copy of weights). Set it to 32 or more and run "pulumi -C infra up", or serve fewer models',
      '"llmd-infra:systemPool.maxMemoryGiB": 127 is too small: nodes of 32 vCPUs have 128 GiB. Set it to 128 or more and ' +
        'run "pulumi -C infra up", or serve fewer models',
    ]));

  it("is said of a pod that is larger than its nodes, with the size that holds it", () => {
    const large = { cpu: "8700m", memory: "8Gi" };
    assert.equal(tooLargeProblem("the endpoint picker of big v1", large, 16), undefined);
    assert.equal(
      tooLargeProblem("the endpoint picker of big v1", large),
      '"llmd-infra:systemPool.maxNodeCpus": 8 is too small: the endpoint picker of big v1 asks for 8.7 CPUs and 8 GiB, a ' +
        'node of 8 vCPUs has room for 7.85 CPUs and 27.9 GiB. Set it to 16 and run "pulumi -C infra up"',
    );
    assert.match(tooLargeProblem("Prometheus", { cpu: "1", memory: "300Gi" }, 64) ?? "", /No node has room for it$/);
  });

  it("never goes away when more is needed", () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1 }),
        fc.integer({ min: 8, max: 512 }),
        (vcpus, maxCpus) => {
          const limits = { maxCpus, maxMemoryGiB: maxCpus * 4 };
          const all = vcpus.map(each => ({ who: "pods", vcpus: each }));
          return systemPoolProblems(limits, all).length >= systemPoolProblems(limits, all.slice(1)).length;
        },
      ),
    ));
});
