import assert from "node:assert/strict";
import { fullProblems, refusedWith, WRITTEN_POOL } from "../../support/infraSettings";
import { configure, rehearsed } from "../../support/settings";

const refusedPools = (...pools: readonly object[]) =>
  refusedWith({ "llmd-infra:gpuPools": pools.map(pool => ({ ...WRITTEN_POOL, ...pool })) });

const RESERVATION = "cr-0123456789abcdef0";
const BLOCK = { kind: "capacityBlock", reservationId: RESERVATION, endsAt: "2026-12-20T11:30:00Z", usdPerHour: 43.3 };
const P5E = { instanceType: "p5e.48xlarge" };

describe("the settings of GPU pools", () => {
  rehearsed();
  afterEach(() => configure({}));

  const taken: readonly { what: string; pools: readonly object[] }[] = [
    { what: "p5e as spot capacity", pools: [{ ...P5E, capacity: { kind: "spot" } }] },
    { what: "p5en on demand", pools: [{ instanceType: "p5en.48xlarge" }] },
    { what: "an expected price of on-demand nodes", pools: [{ capacity: { kind: "onDemand", usdPerHour: 20 } }] },
    { what: "a Capacity Block of p5e", pools: [{ ...P5E, capacity: BLOCK }] },
    {
      what: "reservations by ids",
      pools: [{ capacity: { kind: "reserved", reservationIds: ["cr-01234567", RESERVATION] } }],
    },
    { what: "reservations by tags", pools: [{ capacity: { kind: "reserved", reservationTags: { team: "llm" } } }] },
    { what: "several pools of different names in the same zone", pools: [{}, { name: "other" }] },
    { what: "a name of 31 letters", pools: [{ name: "a".repeat(31) }] },
    { what: "a name of one letter", pools: [{ name: "a" }] },
    {
      what: "the least of every number",
      pools: [{ maxNodes: 1, keepEmptyMinutes: 5, expireAfterHours: 24, weight: 1, storageGiB: 20 }],
    },
    {
      what: "the most of every number",
      pools: [{ maxNodes: 64, keepEmptyMinutes: 120, expireAfterHours: 504, weight: 100, storageGiB: 1000 }],
    },
    { what: "a volume a GiB smaller than the NVMe", pools: [{ instanceType: "g6e.xlarge", storageGiB: 231 }] },
    { what: "several zones without EFA and placement group", pools: [{ zoneIds: ["use2-az1", "use2-az2"] }] },
    { what: "EFA and a placement group in one zone", pools: [{ efa: true, placementGroup: "llm" }] },
    { what: "one static node fewer than the pool may have", pools: [{ maxNodes: 64, staticNodes: 63 }] },
    { what: "EFA for the smallest type that has it", pools: [{ instanceType: "g6.8xlarge", efa: true }] },
    {
      what: "labels of a domain of one's own, and of none",
      pools: [{ labels: { "acme.dev/team": "llm", team: "llm", "mykubernetes.io/x": "y" } }],
    },
    {
      what: "a type in a zone that nobody has looked at",
      pools: [{ instanceType: "g6e.xlarge", zoneIds: ["use2-az4"] }],
    },
  ];
  for (const { what, pools } of taken) it(`take ${what}`, () => assert.deepEqual(refusedPools(...pools), []));

  it("report every mistake of every pool at once, those between keys beside those of one", () =>
    assert.deepEqual(
      [
        ...refusedPools(
          {
            ...P5E,
            efa: "yes",
            maxNodes: 2,
            staticNodes: 5,
            weight: 5,
            labels: { "karpenter.sh/nodepool": "mine" },
            keepEmptyMinutes: 1,
          },
          {
            name: "block",
            instanceType: "g6e.xlarge",
            capacity: { ...BLOCK, endsAt: "soon" },
            zoneIds: ["use2-az1", "use2-az2"],
            placementGroup: "llm",
            efa: true,
            storageGiB: 500,
          },
        ),
      ].sort(),
      fullProblems([
        `gpuPools[0].capacity.kind": "onDemand" is refused: AWS makes no on-demand offer of p5e.48xlarge in any Region: use {kind: spot}, or a Capacity Block. Purchase option. AWS may take spot nodes back at two minutes' notice.`,
        `gpuPools[0].efa": "yes" is not true or false. EFA between nodes, which only some serving paths need (docs/workloads.md).`,
        `gpuPools[0].keepEmptyMinutes": 1 is too small: at least 5. Minutes an empty node is kept, 5 to 120: a model server that comes back would load for minutes on a new one.`,
        `gpuPools[0].labels.karpenter.sh/nodepool": "mine" is refused: labels of karpenter.sh are not yours to give: take a domain of your own`,
        `gpuPools[0].staticNodes": 5 is refused: maxNodes is 2: a node is replaced by one that starts first, so set maxNodes to at least 6. Nodes that run whether or not pods ask for them.`,
        `gpuPools[0].weight": 5 is refused: Karpenter does not weigh static pools: leave it out. Preference among pools that fit, 1 to 100; higher goes first.`,
        `gpuPools[1].capacity.endsAt": "soon" is refused: a time looks like "2026-12-20T11:30:00Z", in quotes. End of the block. AWS takes its nodes half an hour before.`,
        `gpuPools[1].efa": true is refused: g6e.xlarge has no EFA interface: leave efa out, or take a larger type. EFA between nodes, which only some serving paths need (docs/workloads.md).`,
        `gpuPools[1].placementGroup": "llm" is refused: AWS puts no Capacity Block into a placement group: leave it out. Name of an existing placement group.`,
        `gpuPools[1].storageGiB": 500 is refused: g6e.xlarge has 232 GiB of NVMe, which nodes use only while the volume is smaller: stay below it. Size of a node's EBS volume, 20 to 1000 GiB: what it costs is in no bill.`,
        `gpuPools[1].zoneIds": ["use2-az1","use2-az2"] is refused: a Capacity Block is in one zone: name that one. Zones that nodes start in, by id.`,
      ]).sort(),
    ));

  const bySet = [
    { given: { capacity: { kind: "rented" } }, path: "capacity.kind" },
    { given: { capacity: undefined }, path: "capacity" },
    { given: { instanceType: "p7.48xlarge" }, path: "instanceType" },
    { given: { zoneIds: "use2-az1" }, path: "zoneIds" },
    { given: { labels: "team" }, path: "labels" },
  ];
  for (const { given, path } of bySet)
    it(`ask no rule about ${path} while that is wrong in itself`, () => {
      const problems = refusedPools({ ...given, efa: false });
      assert.equal(problems.length, 1);
      assert.ok(problems[0]?.startsWith(`"llmd-infra:gpuPools[0].${path}"`), problems[0]);
    });
});
