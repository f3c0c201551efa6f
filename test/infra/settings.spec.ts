import assert from "node:assert/strict";
import { readInfraSettings } from "../../infra/settings";
import { configure, problemsOf, rehearsed } from "../support/settings";
import { configOf, STACKS } from "../support/stackFiles";

/** The dev stack's configuration with some values replaced. */
const dev = (values: Readonly<Record<string, unknown>>): Record<string, string> => ({
  ...configOf("dev"),
  ...Object.fromEntries(Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)])),
});

const POOL = {
  name: "p5",
  instanceType: "p5.48xlarge",
  capacity: { kind: "onDemand" },
  maxNodes: 1,
  zoneIds: ["use2-az1"],
};

const POOLS = "llmd-infra:gpuPools";
const CLUSTER = "llmd-infra:cluster";
const NETWORK = "llmd-infra:network";

const POOL_KEYS =
  "name, instanceType, capacity, maxNodes, zoneIds, keepEmptyMinutes, " +
  "efa, expireAfterHours, labels, weight, staticNodes, storageGiB";
const NO_SUBNET =
  "the network has no subnet there: take one of use2-az1, use2-az2, use2-az3, or add it to network.zoneIds";
const RANGE = "A range with room for a /20 in each zone and one more, e.g. 10.40.0.0/16.";
const SAME_NAME = "another pool has this name: every pool needs its own";
const NO_ENDPOINT = "a cluster needs a public or a private endpoint: set one of them to true";
const OPEN_ENDPOINT =
  "a public endpoint without ranges is open to everyone: name the ranges that may reach it. " +
  "Ranges that may reach the public endpoint.";
const KEEP_EMPTY =
  "Minutes an empty node is kept, 5 to 120: a model server that comes back would load for minutes on a new one.";

const refusedWith = (values: Readonly<Record<string, unknown>>): readonly string[] => {
  configure(dev(values));
  return problemsOf(readInfraSettings);
};

describe("the infra layer's settings", () => {
  rehearsed();
  afterEach(() => configure({}));

  for (const stack of STACKS)
    it(`of ${stack} are read from its stack file`, () => {
      configure(configOf(stack));
      const { kubernetesVersion, accountId, region, protect } = readInfraSettings();
      assert.deepEqual(
        { kubernetesVersion, accountId, region, protect },
        { kubernetesVersion: "1.35", accountId: "111122223333", region: "us-east-2", protect: stack === "prod" },
      );
    });

  it("keep empty nodes for half an hour unless told otherwise", () => {
    configure(dev({}));
    assert.deepEqual(
      readInfraSettings().gpuPools.map(({ keepEmptyMinutes }) => keepEmptyMinutes),
      [30],
    );
  });

  it("report all mistakes of all namespaces at once", () => {
    const { "aws:region": _, ...config } = dev({
      [POOLS]: [
        POOL,
        { ...POOL, name: "P5", capacity: { kind: "reserved" }, maxNodes: 65, zoneIds: ["us-east-2a"], gpus: 8 },
      ],
      [NETWORK]: { cidr: "10.40.0.0", zoneIds: ["use2-az1"], nat: "none" },
      [CLUSTER]: { endpoint: { public: false, private: false } },
      "llmd:limits": { gpus: 0, usdPerHour: 68 },
      "llmd-infra:gpuPool": [],
    });
    configure({ ...config, "llmd:accountId": "1234", "llmd:protect": "yes", "llmd:owner": "" });
    assert.deepEqual(
      [...problemsOf(readInfraSettings)].sort(),
      [
        `"aws:region" is missing`,
        `"llmd:accountId": "1234" is refused: an AWS account id has 12 digits. The only account the AWS provider accepts.`,
        `"llmd:owner": "" is too small: at least 1 character. Tag on everything.`,
        `"llmd:protect": "yes" is not true or false. Deletion protection on what holds data or the cluster.`,
        `"llmd:limits.gpus": 0 is too small: more than 0. GPUs over all pools.`,
        `"llmd:limits.usdPerMonth" is missing. US dollars for 730 hours with every ceiling full.`,
        `"llmd-infra:network.cidr": "10.40.0.0" is refused: Invalid IPv4 range. A range with room for a /20 in each zone and one more, e.g. 10.40.0.0/16.`,
        `"llmd-infra:network.zoneIds": ["use2-az1"] is too short: at least 2 entries. Zones of the subnets, by id: names differ between accounts.`,
        `"llmd-infra:network.nat": "none" is not allowed: take one of single, perZone. One NAT gateway, or one in each zone.`,
        `"llmd-infra:cluster.endpoint.private": false is refused: ${NO_ENDPOINT}`,
        `"llmd-infra:gpuPools[1].name": "P5" is refused: lower-case letters, digits and dashes, a letter first, no dash last, 31 at most`,
        `"llmd-infra:gpuPools[1].capacity.kind": "reserved" is not allowed: take one of onDemand, spot`,
        `"llmd-infra:gpuPools[1].maxNodes": 65 is too large: at most 64. Nodes the pool may have, 1 to 64.`,
        `"llmd-infra:gpuPools[1].zoneIds[0]": "us-east-2a" is refused: a zone id looks like use2-az1`,
        `"llmd-infra:gpuPools[1].gpus" is not a key that is known: the keys here are ${POOL_KEYS}`,
        `"llmd-infra:gpuPool" is not a key that is known: did you mean "gpuPools"?`,
      ].sort(),
    );
  });

  const refusedPools: readonly { what: string; pool: object; problem: string }[] = [
    {
      what: "an instance type that is not in the catalogue",
      pool: { instanceType: "p4d.24xlarge" },
      problem: `.instanceType": "p4d.24xlarge" is not allowed: take one of p5.48xlarge, p5.4xlarge, p5e.48xlarge, p5en.48xlarge`,
    },
    {
      what: "half a node",
      pool: { maxNodes: 1.5 },
      problem: `.maxNodes": 1.5 is not a whole number. Nodes the pool may have, 1 to 64.`,
    },
    {
      what: "no node",
      pool: { maxNodes: 0 },
      problem: `.maxNodes": 0 is too small: at least 1. Nodes the pool may have, 1 to 64.`,
    },
    {
      what: "no zone",
      pool: { zoneIds: [] },
      problem: `.zoneIds": [] is too short: at least 1 entry. Zones whose private subnets nodes start in.`,
    },
    {
      what: "a free spot price",
      pool: { capacity: { kind: "spot", usdPerHour: 0 } },
      problem: `.capacity.usdPerHour": 0 is too small: more than 0. US dollars an hour that you expect to pay for a node.`,
    },
    {
      what: "a price for on-demand capacity, which AWS sets",
      pool: { capacity: { kind: "onDemand", usdPerHour: 20 } },
      problem: `.capacity.usdPerHour" is not a key that is known: the keys here are kind`,
    },
    {
      what: "nodes given back at once",
      pool: { keepEmptyMinutes: 4 },
      problem: `.keepEmptyMinutes": 4 is too small: at least 5. ${KEEP_EMPTY}`,
    },
    {
      what: "nodes kept for hours",
      pool: { keepEmptyMinutes: 121 },
      problem: `.keepEmptyMinutes": 121 is too large: at most 120. ${KEEP_EMPTY}`,
    },
    {
      what: "a misspelt key",
      pool: { maxNode: 2 },
      problem: `.maxNode" is not a key that is known: did you mean "maxNodes"?`,
    },
    {
      what: "a name of 32 letters",
      pool: { name: "a".repeat(32) },
      problem: `.name": "${"a".repeat(32)}" is refused: lower-case letters, digits and dashes, a letter first, no dash last, 31 at most`,
    },
    {
      what: "a name that ends with a dash, as no object may",
      pool: { name: "p5-" },
      problem: `.name": "p5-" is refused: lower-case letters, digits and dashes, a letter first, no dash last, 31 at most`,
    },
    {
      what: "p5e on demand, which AWS does not offer",
      pool: { instanceType: "p5e.48xlarge" },
      problem: `.capacity.kind": "onDemand" is refused: AWS makes no on-demand offer of p5e.48xlarge in any Region: use {kind: spot}`,
    },
    {
      what: "a zone without a subnet",
      pool: { zoneIds: ["use2-az1", "use2-az4"] },
      problem: `.zoneIds[1]": "use2-az4" is refused: ${NO_SUBNET}`,
    },
  ];
  for (const { what, pool, problem } of refusedPools)
    it(`refuse ${what}`, () => {
      assert.deepEqual(refusedWith({ [POOLS]: [{ ...POOL, ...pool }] }), [`"${POOLS}[0]${problem}`]);
    });

  it("refuse a configuration without a pool", () =>
    assert.deepEqual(refusedWith({ [POOLS]: [] }), [`"${POOLS}": [] is too short: at least 1 entry`]));

  for (const version of ["1.5", "v1.35", "1.35.2", "latest"])
    it(`refuse ${version} as the version of Kubernetes`, () => {
      configure({ ...dev({}), "llmd-infra:kubernetesVersion": version });
      assert.deepEqual(problemsOf(readInfraSettings), [
        `"llmd-infra:kubernetesVersion": "${version}" is refused: a Kubernetes version looks like "1.35"`,
      ]);
    });

  it("refuse a zone that a pool names twice", () =>
    assert.deepEqual(refusedWith({ [POOLS]: [{ ...POOL, zoneIds: ["use2-az1", "use2-az2", "use2-az1"] }] }), [
      `"${POOLS}[0].zoneIds[2]": "use2-az1" is refused: it is in the list already`,
    ]));

  it("refuse the second and every further pool of the same name", () =>
    assert.deepEqual(refusedWith({ [POOLS]: [POOL, { ...POOL, name: "other" }, POOL, POOL] }), [
      `"${POOLS}[2].name": "p5" is refused: ${SAME_NAME}`,
      `"${POOLS}[3].name": "p5" is refused: ${SAME_NAME}`,
    ]));

  it("refuse every zone without a subnet, in every pool", () =>
    assert.deepEqual(
      refusedWith({
        [POOLS]: [
          { ...POOL, zoneIds: ["use2-az4", "use2-az1"] },
          { ...POOL, name: "other", zoneIds: ["use2-az2", "use2-az5"] },
        ],
      }),
      [
        `"${POOLS}[0].zoneIds[0]": "use2-az4" is refused: ${NO_SUBNET}`,
        `"${POOLS}[1].zoneIds[1]": "use2-az5" is refused: ${NO_SUBNET}`,
      ],
    ));

  const endpoints: readonly { what: string; endpoint: object; problems: readonly string[] }[] = [
    {
      what: "refuse a public endpoint whose ranges are left out",
      endpoint: { public: true, private: true },
      problems: [`.cidrs": [] is refused: ${OPEN_ENDPOINT}`],
    },
    {
      what: "refuse a public endpoint with an empty list of ranges",
      endpoint: { public: true, cidrs: [], private: false },
      problems: [`.cidrs": [] is refused: ${OPEN_ENDPOINT}`],
    },
    {
      what: "refuse an address that is no range",
      endpoint: { public: true, cidrs: ["10.0.0.0/8", "10.0.0.1"], private: true },
      problems: [`.cidrs[1]": "10.0.0.1" is refused: Invalid IPv4 range`],
    },
    {
      what: "refuse a cluster with neither endpoint",
      endpoint: { public: false, private: false },
      problems: [`.private": false is refused: ${NO_ENDPOINT}`],
    },
    {
      what: "refuse a cluster with neither endpoint, whatever its ranges",
      endpoint: { public: false, cidrs: ["10.0.0.0/8"], private: false },
      problems: [`.private": false is refused: ${NO_ENDPOINT}`],
    },
    { what: "take a private endpoint without ranges", endpoint: { public: false, private: true }, problems: [] },
    {
      what: "take a public endpoint with ranges alone",
      endpoint: { public: true, cidrs: ["10.0.0.0/8"], private: false },
      problems: [],
    },
  ];
  for (const { what, endpoint, problems } of endpoints)
    it(what, () =>
      assert.deepEqual(
        refusedWith({ [CLUSTER]: { endpoint } }),
        problems.map(problem => `"${CLUSTER}.endpoint${problem}`),
      ),
    );

  const networks = [
    { cidr: "10.0.0.0/8", problem: "AWS makes no VPC larger than /16: take a smaller range" },
    { cidr: "10.40.0.0/19", problem: "10.40.0.0/19 has room for 1 zones of a /20, not for 2: take a larger range" },
  ];
  for (const { cidr, problem } of networks)
    it(`refuse the range ${cidr}, before anything is divided`, () =>
      assert.deepEqual(refusedWith({ [NETWORK]: { cidr, zoneIds: ["use2-az1", "use2-az2"], nat: "single" } }), [
        `"${NETWORK}.cidr": "${cidr}" is refused: ${problem}. ${RANGE}`,
      ]));

  const takenPools: readonly { what: string; pools: readonly object[] }[] = [
    { what: "p5e as spot capacity", pools: [{ ...POOL, instanceType: "p5e.48xlarge", capacity: { kind: "spot" } }] },
    { what: "p5en on demand", pools: [{ ...POOL, instanceType: "p5en.48xlarge" }] },
    { what: "several pools of different names in the same zone", pools: [POOL, { ...POOL, name: "other" }] },
    { what: "a name of 31 letters", pools: [{ ...POOL, name: "a".repeat(31) }] },
    { what: "the least of nodes and minutes", pools: [{ ...POOL, maxNodes: 1, keepEmptyMinutes: 5 }] },
    { what: "the most of nodes and minutes", pools: [{ ...POOL, maxNodes: 64, keepEmptyMinutes: 120 }] },
  ];
  for (const { what, pools } of takenPools)
    it(`take ${what}`, () => assert.deepEqual(refusedWith({ [POOLS]: pools }), []));

  it("report every cross-field mistake at once, beside values out of their range", () =>
    assert.deepEqual(
      refusedWith({
        [CLUSTER]: { endpoint: { public: true, private: true } },
        [POOLS]: [POOL, { ...POOL, instanceType: "p5e.48xlarge", maxNodes: 65, zoneIds: ["use2-az4"] }],
      }),
      [
        `"${CLUSTER}.endpoint.cidrs": [] is refused: ${OPEN_ENDPOINT}`,
        `"${POOLS}[1].maxNodes": 65 is too large: at most 64. Nodes the pool may have, 1 to 64.`,
        `"${POOLS}[1].capacity.kind": "onDemand" is refused: AWS makes no on-demand offer of p5e.48xlarge in any Region: use {kind: spot}`,
        `"${POOLS}[1].name": "p5" is refused: ${SAME_NAME}`,
        `"${POOLS}[1].zoneIds[0]": "use2-az4" is refused: ${NO_SUBNET}`,
      ],
    ));
});
