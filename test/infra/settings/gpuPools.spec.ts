import assert from "node:assert/strict";
import { fullProblems, refusedWith, WRITTEN_POOL } from "../../support/infraSettings";
import { configure, rehearsed } from "../../support/settings";

interface PoolCase {
  /** The rule it breaks, as the code calls it. */
  readonly rule: string;
  readonly what: string;
  /** What differs from a pool that is right. */
  readonly pool: object;
  /** Without the path of the pool. */
  readonly problem: string;
}

const refusedPools = (...pools: readonly object[]) =>
  refusedWith({ "llmd-infra:gpuPools": pools.map(pool => ({ ...WRITTEN_POOL, ...pool })) });

const RESERVATION = "cr-0123456789abcdef0";
const BLOCK = {
  kind: "capacityBlock",
  reservationId: RESERVATION,
  endsAt: "2026-12-20T11:30:00Z",
  usdPerHour: 43.3,
};
const P5E = { instanceType: "p5e.48xlarge" };
const TYPES =
  "p5.48xlarge, p5.4xlarge, p5e.48xlarge, p5en.48xlarge, p6-b200.48xlarge, p4d.24xlarge, p4de.24xlarge, " +
  ["g6e", "g6", "g5"]
    .flatMap(family => ["", 2, 4, 8, 12, 16, 24, 48].map(size => `${family}.${size}xlarge`))
    .join(", ");

const NAME =
  "lower-case letters, digits and dashes, a letter first, no dash last, 31 at most. Name of the pool, by which models choose it.";
const USD = "US dollars an hour for one node: what you expect to pay, or, of a Capacity Block, what you paid.";
const RESERVATION_ID = "the id of a reservation looks like cr-0123456789abcdef0";
const ENDS_AT = "End of the block. AWS takes its nodes half an hour before.";
const ONE_OF_TWO =
  "name the reservations by reservationIds or by reservationTags, one of the two. Purchase option. AWS may take spot nodes back at two minutes' notice.";
const KEEP_EMPTY =
  "Minutes an empty node is kept, 5 to 120: a model server that comes back would load for minutes on a new one.";
const EXPIRE = "Hours after which a node is replaced, 24 to 504: AWS ends every node of Auto Mode after 21 days.";
const WEIGHT = "Preference among pools that fit, 1 to 100; higher goes first.";
const STATIC = "Nodes that run whether or not pods ask for them.";
const MAX_NODES = "Nodes the pool may have, 1 to 64.";
const HOUR = "Hour at which the window opens, 0 to 23, in UTC.";
const HOURS = "Hours for which the window is open, 1 to 24: the shorter, the more nodes are renewed at a time.";
const STORAGE = "Size of a node's EBS volume, 20 to 1000 GiB: what it costs is in no bill.";
const GROUP = "Name of an existing placement group.";

/** A number on either side of its range, and one that is not whole. */
const ranges = [
  { key: "maxNodes", low: 0, least: 1, high: 65, most: 64, way: MAX_NODES },
  { key: "keepEmptyMinutes", low: 4, least: 5, high: 121, most: 120, way: KEEP_EMPTY },
  { key: "expireAfterHours", low: 23, least: 24, high: 505, most: 504, way: EXPIRE },
  { key: "weight", low: 0, least: 1, high: 101, most: 100, way: WEIGHT },
  { key: "staticNodes", low: 0, least: 1, high: 65, most: 64, way: STATIC },
  { key: "storageGiB", low: 19, least: 20, high: 1001, most: 1000, way: STORAGE },
].flatMap(({ key, low, least, high, most, way }): PoolCase[] =>
  [
    { value: low, why: `is too small: at least ${least}` },
    { value: high, why: `is too large: at most ${most}` },
    { value: least + 0.5, why: "is not a whole number" },
  ].map(({ value, why }) => ({
    rule: `the range of ${key}`,
    what: `${key} ${value}`,
    pool: { [key]: value },
    problem: `.${key}": ${value} ${why}. ${way}`,
  })),
);

const WINDOWS = [
  { key: "hourUtc", value: -1, problem: `is too small: at least 0. ${HOUR}` },
  { key: "hourUtc", value: 24, problem: `is too large: at most 23. ${HOUR}` },
  { key: "hours", value: 0, problem: `is too small: at least 1. ${HOURS}` },
  { key: "hours", value: 25, problem: `is too large: at most 24. ${HOURS}` },
].map(
  ({ key, value, problem }): PoolCase => ({
    rule: "the window of renewals",
    what: `a window with ${key} ${value}`,
    pool: { renewalWindow: { [key]: value } },
    problem: `.renewalWindow.${key}": ${value} ${problem}`,
  }),
);

const CASES: readonly PoolCase[] = [
  ...ranges,
  ...WINDOWS,
  {
    rule: "the window of renewals",
    what: "a window on a day that is none",
    pool: { renewalWindow: { weekday: "Sunday" } },
    problem:
      '.renewalWindow.weekday": "Sunday" is not allowed: take one of sunday, monday, tuesday, wednesday, thursday, friday, saturday. Day on which the window opens, in UTC.',
  },
  ...["P5", "5p", "p5-", "p_5", "a".repeat(32)].map(name => ({
    rule: "entryName",
    what: `the name ${name}`,
    pool: { name },
    problem: `.name": "${name}" is refused: ${NAME}`,
  })),
  {
    rule: "known instance types",
    what: "an instance type that is not in the catalogue",
    pool: { instanceType: "p5.2xlarge" },
    problem: `.instanceType": "p5.2xlarge" is not allowed: take one of ${TYPES}. EC2 instance type of every node.`,
  },
  {
    rule: "kinds of capacity",
    what: "an unknown kind of capacity",
    pool: { capacity: { kind: "rented" } },
    problem: `.capacity.kind": "rented" is not allowed: take one of onDemand, spot, reserved, capacityBlock. Purchase option. AWS may take spot nodes back at two minutes' notice.`,
  },
  ...["onDemand", "spot"].map(kind => ({
    rule: "prices above zero",
    what: `free ${kind} nodes`,
    pool: { capacity: { kind, usdPerHour: 0 } },
    problem: `.capacity.usdPerHour": 0 is too small: more than 0. ${USD}`,
  })),
  {
    rule: "prices above zero",
    what: "a free Capacity Block",
    pool: { capacity: { ...BLOCK, usdPerHour: 0 } },
    problem: `.capacity.usdPerHour": 0 is too small: more than 0. ${USD}`,
  },
  {
    rule: "the price of a Capacity Block",
    what: "a Capacity Block whose price nobody says",
    pool: { capacity: { ...BLOCK, usdPerHour: undefined } },
    problem: `.capacity.usdPerHour" is missing. ${USD}`,
  },
  {
    rule: "the form of a reservation's id",
    what: "a Capacity Block without the id of one",
    pool: { capacity: { ...BLOCK, reservationId: "cb-0123456789abcdef0" } },
    problem: `.capacity.reservationId": "cb-0123456789abcdef0" is refused: ${RESERVATION_ID}. Id of the Capacity Block.`,
  },
  {
    rule: "the form of a reservation's id",
    what: "a reservation by something else than its id",
    pool: { capacity: { kind: "reserved", reservationIds: [RESERVATION, "llm"] } },
    problem: `.capacity.reservationIds[1]": "llm" is refused: ${RESERVATION_ID}`,
  },
  {
    rule: "the form of a time",
    what: "a Capacity Block that ends on a day without an hour",
    pool: { capacity: { ...BLOCK, endsAt: "2026-12-20" } },
    problem: `.capacity.endsAt": "2026-12-20" is refused: a time looks like "2026-12-20T11:30:00Z", in quotes. ${ENDS_AT}`,
  },
  {
    rule: "one reservation at least",
    what: "an empty list of reservations",
    pool: { capacity: { kind: "reserved", reservationIds: [] } },
    problem: `.capacity.reservationIds": [] is too short: at least 1 entry. Reservations by id.`,
  },
  {
    rule: "one tag at least",
    what: "reservations by no tag",
    pool: { capacity: { kind: "reserved", reservationTags: {} } },
    problem: `.capacity.reservationTags": {} is refused: without a tag it names no reservation: give one or more. Reservations by tags.`,
  },
  {
    rule: "unknown keys of a capacity",
    what: "a reservation for on-demand nodes",
    pool: { capacity: { kind: "onDemand", reservationId: RESERVATION } },
    problem: `.capacity.reservationId" is not a key that is known: did you mean "reservationIds"?`,
  },
  {
    rule: "unsoldCapacity",
    what: "p5e on demand, which AWS does not offer",
    pool: { instanceType: "p5e.48xlarge" },
    problem: `.capacity.kind": "onDemand" is refused: AWS makes no on-demand offer of p5e.48xlarge in any Region: use {kind: spot}, or a Capacity Block. Purchase option. AWS may take spot nodes back at two minutes' notice.`,
  },
  {
    rule: "wrongReservations, neither",
    what: "a reservation that nothing names",
    pool: { capacity: { kind: "reserved" } },
    problem: `.capacity.kind": "reserved" is refused: ${ONE_OF_TWO}`,
  },
  {
    rule: "wrongReservations, both",
    what: "reservations by ids and by tags",
    pool: { capacity: { kind: "reserved", reservationIds: [RESERVATION], reservationTags: { team: "llm" } } },
    problem: `.capacity.kind": "reserved" is refused: ${ONE_OF_TWO}`,
  },
  {
    rule: "wrongReservations, zones",
    what: "a Capacity Block in two zones",
    pool: { capacity: BLOCK, zoneIds: ["use2-az1", "use2-az2"] },
    problem: `.zoneIds": ["use2-az1","use2-az2"] is refused: a Capacity Block is in one zone: name that one. Zones that nodes start in, by id.`,
  },
  {
    rule: "wrongReservations, placement group",
    what: "a Capacity Block in a placement group",
    pool: { capacity: BLOCK, placementGroup: "llm" },
    problem: `.placementGroup": "llm" is refused: AWS puts no Capacity Block into a placement group: leave it out. ${GROUP}`,
  },
  {
    rule: "missingEfa",
    what: "EFA for a type that has none",
    pool: { instanceType: "g6e.4xlarge", efa: true },
    problem: `.efa": true is refused: g6e.4xlarge has no EFA interface: leave efa out, or choose a larger type. EFA between nodes, which only some serving paths need (docs/workloads.md).`,
  },
  ...[
    { what: "EFA", fields: { efa: true }, why: "EFA does not cross zones" },
    { what: "a placement group", fields: { placementGroup: "llm" }, why: "a placement group is in one zone" },
    {
      what: "EFA in a placement group",
      fields: { efa: true, placementGroup: "llm" },
      why: "EFA does not cross zones",
    },
  ].map(({ what, fields, why }) => ({
    rule: "tooManyZones",
    what: `${what} in two zones`,
    pool: { ...fields, zoneIds: ["use2-az1", "use2-az2"] },
    problem: `.zoneIds": ["use2-az1","use2-az2"] is refused: ${why}: name one, and make a pool for each other. Zones that nodes start in, by id.`,
  })),
  {
    rule: "wrongStaticNodes, room",
    what: "as many static nodes as the pool may have",
    pool: { staticNodes: 2, maxNodes: 2 },
    problem: `.staticNodes": 2 is refused: maxNodes is 2, but a successor starts before a node leaves: set maxNodes to at least 3. ${STATIC}`,
  },
  {
    rule: "wrongStaticNodes, weight",
    what: "a weight of static nodes",
    pool: { staticNodes: 1, maxNodes: 2, weight: 5 },
    problem: `.weight": 5 is refused: Karpenter does not weigh static pools: leave it out. ${WEIGHT}`,
  },
  {
    rule: "tooMuchStorage",
    what: "a volume as large as the NVMe",
    pool: { instanceType: "g6e.2xlarge", storageGiB: 419 },
    problem: `.storageGiB": 419 is refused: g6e.2xlarge has 419 GiB of NVMe, which nodes use only while the volume is smaller: stay below it. ${STORAGE}`,
  },
  {
    rule: "tooMuchStorage",
    what: "a volume larger than the NVMe of a small type",
    pool: { instanceType: "g6e.xlarge", storageGiB: 1000 },
    problem: `.storageGiB": 1000 is refused: g6e.xlarge has 232 GiB of NVMe, which nodes use only while the volume is smaller: stay below it. ${STORAGE}`,
  },
  ...[
    { label: "kubernetes.io/os", domain: "kubernetes.io" },
    { label: "node-role.kubernetes.io/gpu", domain: "node-role.kubernetes.io" },
    { label: "k8s.io/team", domain: "k8s.io" },
    { label: "karpenter.sh/nodepool", domain: "karpenter.sh" },
    { label: "eks.amazonaws.com/instance-family", domain: "eks.amazonaws.com" },
  ].map(({ label, domain }) => ({
    rule: "reservedLabels",
    what: `the label ${label}`,
    pool: { labels: { [label]: "x" } },
    problem: `.labels.${label}": "x" is refused: labels of ${domain} are reserved: use a domain of your own`,
  })),
  {
    rule: "labels are text",
    what: "a label that is a number",
    pool: { labels: { team: 1 } },
    problem: `.labels.team": 1 is not text`,
  },
  {
    rule: "zonesWithoutType",
    what: "a zone in which AWS does not offer the type",
    pool: { zoneIds: ["use2-az1", "use2-az4"] },
    problem: `.zoneIds[1]": "use2-az4" is refused: AWS offers p5.48xlarge in use2-az1, use2-az2, use2-az3 of that Region: choose from these`,
  },
  {
    rule: "rejectDuplicates of zones",
    what: "a zone twice",
    pool: { zoneIds: ["use2-az1", "use2-az2", "use2-az1"] },
    problem: `.zoneIds[2]": "use2-az1" is refused: it is in the list already`,
  },
  {
    rule: "one zone at least",
    what: "a pool without a zone",
    pool: { zoneIds: [] },
    problem: `.zoneIds": [] is too short: at least 1 entry. Zones that nodes start in, by id.`,
  },
  {
    rule: "a placement group's name",
    what: "a placement group without a name",
    pool: { placementGroup: "" },
    problem: `.placementGroup": "" is too small: at least 1 character. ${GROUP}`,
  },
  {
    rule: "unknown keys",
    what: "a misspelt key",
    pool: { maxNode: 2 },
    problem: `.maxNode" is not a key that is known: did you mean "maxNodes"?`,
  },
];

describe("the GPU pools' settings", () => {
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

  for (const { rule, what, pool, problem } of CASES)
    it(`refuse ${what} (${rule})`, () => assert.deepEqual(refusedPools(pool), fullProblems([`gpuPools[0]${problem}`])));

  it("refuse a configuration without a pool (one pool at least)", () =>
    assert.deepEqual(refusedWith({ "llmd-infra:gpuPools": [] }), [
      `"llmd-infra:gpuPools": [] is too short: at least 1 entry. Pools of GPU nodes.`,
    ]));

  it("refuse the second and every further pool of the same name (rejectSameNames)", () =>
    assert.deepEqual(
      refusedWith({
        "llmd-infra:gpuPools": [WRITTEN_POOL, { ...WRITTEN_POOL, name: "other" }, WRITTEN_POOL, WRITTEN_POOL],
      }),
      [2, 3].map(
        index =>
          `"llmd-infra:gpuPools[${index}].name": "p5" is refused: another pool has this name: every pool needs its own. Name of the pool, by which models choose it.`,
      ),
    ));

  it("report every mistake of every pool at once, those between keys beside those of one", () => {
    const problems = refusedPools(
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
    );
    assert.deepEqual(problems.map(problem => /gpuPools(\[\d\]\.[^"]*)"/.exec(problem)?.[1]).sort(), [
      "[0].capacity.kind",
      "[0].efa",
      "[0].keepEmptyMinutes",
      "[0].labels.karpenter.sh/nodepool",
      "[0].staticNodes",
      "[0].weight",
      "[1].capacity.endsAt",
      "[1].efa",
      "[1].placementGroup",
      "[1].storageGiB",
      "[1].zoneIds",
    ]);
  });

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
