import assert from "node:assert/strict";
import { QUOTAS } from "../../catalog/quotas";
import type { AccountFacts } from "../../infra/account";
import {
  checkAccount,
  endedBlockProblems,
  type QuotaNeed,
  quotaNeeds,
  quotaNotes,
  quotaProblems,
  supportProblem,
  upgradeProblem,
} from "../../infra/checks";
import { type InfraSettings, readInfraSettings } from "../../infra/settings";
import type { CapacitySettings } from "../../infra/settings/gpuPools";
import { readPool } from "../support/infraSettings";
import { configure, loggedBy, problemsOf, rehearsed } from "../support/settings";
import { configOf, STACKS } from "../support/stackFiles";

const settingsOf = (stack: (typeof STACKS)[number]): InfraSettings => {
  configure(configOf(stack));
  try {
    return readInfraSettings();
  } finally {
    configure({});
  }
};

const block = (endsAt = "2026-12-20T11:30:00Z"): CapacitySettings => ({
  kind: "capacityBlock",
  reservationId: "cr-0123456789abcdef0",
  endsAt,
  usdPerHour: 43.3,
});
const SPOT: CapacitySettings = { kind: "spot" };

/** Code, number and reason of each need. */
const told = (needs: readonly QuotaNeed[]) => needs.map(({ quota, need, by }) => [quota.code, need, by]);

const P_ON_DEMAND = "L-417A185B";
const P_SPOT = "L-7212CCBC";
const G_ON_DEMAND = "L-DB2E81BA";
const G_SPOT = "L-3819A6DF";
const STANDARD = "L-1216C47A";
const ADDRESSES = "L-0263D0A3";
const VPCS = "L-F678F1CE";

const runningOn = (version: string) => ({ version, endpoint: "https://cluster.test", cidrs: ["203.0.113.0/24"] });

describe("what a stack needs of the account's quotas", () => {
  rehearsed();

  const ofStacks = {
    dev: [
      [P_ON_DEMAND, 192, "pool p5"],
      [STANDARD, 32, "the system pool"],
      [ADDRESSES, 1, "the NAT gateways"],
      [VPCS, 1, "the network"],
    ],
    prod: [
      [P_ON_DEMAND, 384, "pool p5"],
      [P_SPOT, 192, "pool p5e"],
      [STANDARD, 64, "the system pool"],
      [ADDRESSES, 3, "the NAT gateways"],
      [VPCS, 1, "the network"],
    ],
  };
  for (const stack of STACKS)
    it(`is what the ceilings of ${stack} come to`, () =>
      assert.deepEqual(told(quotaNeeds(settingsOf(stack))), ofStacks[stack]));

  const poolNeeds = (...pools: readonly Parameters<typeof readPool>[0][]) => {
    const gpuPools = pools.map(readPool);
    const all = told(quotaNeeds({ ...settingsOf("dev"), gpuPools }));
    return all.filter(([, , by]) => String(by).startsWith("pool "));
  };

  it("sums the pools of one quota and names them all", () =>
    assert.deepEqual(
      poolNeeds(
        { name: "a", maxNodes: 1 },
        { name: "b", capacity: SPOT },
        { name: "c", instanceType: "p5.4xlarge", maxNodes: 3 },
      ),
      [
        [P_ON_DEMAND, 240, "pool a, pool c"],
        [P_SPOT, 384, "pool b"],
      ],
    ));

  it("counts reservations like on-demand nodes, and Capacity Blocks not at all", () =>
    assert.deepEqual(
      poolNeeds(
        { name: "a", maxNodes: 1, capacity: { kind: "reserved", reservationTags: { team: "llm" } } },
        { name: "b", capacity: block() },
      ),
      [[P_ON_DEMAND, 192, "pool a"]],
    ));

  it("counts G types for themselves", () =>
    assert.deepEqual(
      poolNeeds({ name: "a", instanceType: "g6e.12xlarge" }, { name: "b", instanceType: "g5.xlarge", capacity: SPOT }),
      [
        [G_ON_DEMAND, 96, "pool a"],
        [G_SPOT, 8, "pool b"],
      ],
    ));

  const addresses = { none: undefined, single: 1, perZone: 3, regional: 4 } as const;
  for (const nat of ["none", "single", "perZone", "regional"] as const)
    it(`counts ${addresses[nat] ?? "no"} addresses for nat ${nat} in three zones and a fourth of a pool`, () => {
      const { network, ...settings } = settingsOf("dev");
      const gpuPools = [readPool({ zoneIds: ["use2-az1", "use2-az4"] })];
      const needs = quotaNeeds({ ...settings, gpuPools, network: { ...network, nat } });
      assert.equal(needs.find(({ quota }) => quota.code === ADDRESSES)?.need, addresses[nat]);
    });
});

describe("what of the account does not fit", () => {
  rehearsed();

  const NEEDS: readonly QuotaNeed[] = [
    { quota: QUOTAS.onDemandP, need: 384, by: "pool a, pool b" },
    { quota: QUOTAS.onDemandStandard, need: 32, by: "the system pool" },
    { quota: QUOTAS.elasticIps, need: 3, by: "the NAT gateways" },
  ];

  it("is a quota below its need, with both numbers, who needs it and what to do", () =>
    assert.deepEqual(
      quotaProblems(
        NEEDS,
        new Map([
          [P_ON_DEMAND, 383],
          [STANDARD, 5],
          [ADDRESSES, 3],
        ]),
        "us-east-2",
      ),
      [
        `The quota "Running On-Demand P instances" (L-417A185B) in us-east-2 is 383 vCPUs, 384 are needed with every ceiling full (pool a, pool b): request more in Service Quotas, which takes days, or lower the ceilings.`,
        `The quota "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances" (L-1216C47A) in us-east-2 is 5 vCPUs, 32 are needed with every ceiling full (the system pool): request more in Service Quotas, which takes days, or lower the ceilings.`,
      ],
    ));

  it("is no quota that could not be read", () => assert.deepEqual(quotaProblems(NEEDS, new Map(), "us-east-2"), []));

  it("is worth a note where AWS would let more GPUs run, and only of GPUs", () => {
    const text = `The quota "Running On-Demand P instances" (L-417A185B) is 385 vCPUs, 384 are needed (pool a, pool b): AWS itself would let more run than the pools may have.`;
    assert.deepEqual(
      quotaNotes(
        NEEDS,
        new Map([
          [P_ON_DEMAND, 385],
          [STANDARD, 1000],
          [ADDRESSES, 50],
        ]),
      ),
      [{ text, isOutage: false }],
    );
    assert.deepEqual(quotaNotes(NEEDS, new Map([[P_ON_DEMAND, 384]])), []);
    assert.deepEqual(quotaNotes(NEEDS, new Map()), []);
  });

  describe("when nodes are renewed", () => {
    const ofPools = (...pools: readonly Parameters<typeof readPool>[0][]) =>
      quotaNeeds({ ...settingsOf("dev"), gpuPools: pools.map(readPool) });
    const notesOf = (needs: readonly QuotaNeed[], value: number) => quotaNotes(needs, new Map([[P_ON_DEMAND, value]]));
    const told = (value: number, text: string) =>
      `The quota "Running On-Demand P instances" (L-417A185B) is ${value} vCPUs, 576 are needed (pool a, pool b): ${text}`;
    const MORE = "AWS itself would let more run than the pools may have, and while nodes are renewed up to";
    const PARTLY = "do. If all expire at once, servers of some are away while they load.";
    const OUTAGE =
      "with full pools a node that expires has to go before its successor starts, and its servers are away while they load. " +
      "Request 768 to have nodes renewed one at a time without an outage.";
    const notes = [
      { value: 575, note: undefined },
      { value: 576, note: { text: OUTAGE, isOutage: true } },
      { value: 767, note: { text: OUTAGE, isOutage: true } },
      { value: 768, note: { text: `${MORE} 768 ${PARTLY}`, isOutage: false } },
      { value: 1151, note: { text: `${MORE} 1151 ${PARTLY}`, isOutage: false } },
      { value: 1152, note: { text: `${MORE} 1152 do, without an outage.`, isOutage: false } },
      { value: 5000, note: { text: `${MORE} 1152 do, without an outage.`, isOutage: false } },
    ];
    for (const { value, note } of notes)
      it(`is ${note ? `${note.isOutage ? "an outage" : "an overlap"}` : "no matter"} with a quota of ${value} for three nodes of 192`, () =>
        assert.deepEqual(
          notesOf(ofPools({ name: "a", maxNodes: 1 }, { name: "b", maxNodes: 2 }), value),
          note ? [{ ...note, text: told(value, note.text) }] : [],
        ));

    it("counts the largest node, whichever pool has it", () => {
      const needs = ofPools({ name: "a", instanceType: "p5.4xlarge", maxNodes: 2 }, { name: "b", maxNodes: 1 });
      assert.deepEqual(needs[0]?.renewal, { ofOne: 192, ofAll: 224 });
    });

    it("is no matter of static pools, whose limit has room for successors", () => {
      const needs = ofPools({ name: "a", maxNodes: 3, staticNodes: 2 });
      assert.deepEqual(notesOf(needs, 576), []);
      assert.deepEqual(notesOf(needs, 577), [
        {
          text: `The quota "Running On-Demand P instances" (L-417A185B) is 577 vCPUs, 576 are needed (pool a): AWS itself would let more run than the pools may have.`,
          isOutage: false,
        },
      ]);
    });
  });

  const SUPPORTED = [
    { version: "1.36", until: "2027-08-02" },
    { version: "1.34", until: "2026-12-02" },
  ];
  const OLD = `"llmd-infra:kubernetesVersion": "1.33" is not in standard support, outside of which a cluster costs $0.50 an hour more or cannot be made: take one of 1.34 (until 2026-12-02), 1.36 (until 2027-08-02)`;
  const OUTDATED = `"llmd-infra:kubernetesVersion": "1.33" is not in standard support, outside of which a cluster costs $0.50 an hour more or cannot be made: upgrade the cluster to "1.34"`;
  const versions = [
    { what: "a version in standard support", version: "1.34", supported: SUPPORTED, problem: undefined },
    { what: "a version outside of it", version: "1.33", supported: SUPPORTED, problem: OLD },
    { what: "any version when nobody may ask", version: "1.33", supported: undefined, problem: undefined },
    {
      what: "a version outside of it that the cluster runs",
      version: "1.33",
      supported: SUPPORTED,
      running: "1.33",
      problem: OUTDATED,
    },
    {
      what: "a version outside of it that is a step of an upgrade",
      version: "1.33",
      supported: SUPPORTED,
      running: "1.32",
    },
  ];
  for (const { what, version, supported, running, problem } of versions)
    it(`is ${problem ? "" : "not "}${what}`, () =>
      assert.equal(
        supportProblem(version, { supportedVersions: supported, cluster: running ? runningOn(running) : undefined }),
        problem,
      ));

  const upgrades = [
    { running: undefined, version: "1.36", problem: undefined },
    { running: "1.35", version: "1.35", problem: undefined },
    { running: "1.35", version: "1.36", problem: undefined },
    {
      running: "1.33",
      version: "1.35",
      problem: `"llmd-infra:kubernetesVersion": "1.35" skips a minor version, which EKS does not: the cluster runs 1.33. Set it to "1.34", run up, and go on from there`,
    },
    {
      running: "1.35",
      version: "1.34",
      problem: `"llmd-infra:kubernetesVersion": "1.34" is older than the 1.35 that the cluster runs, and EKS takes no version back: set it to "1.35"`,
    },
    {
      running: "1.9",
      version: "1.31",
      problem: `"llmd-infra:kubernetesVersion": "1.31" skips a minor version, which EKS does not: the cluster runs 1.9. Set it to "1.10", run up, and go on from there`,
    },
  ];
  for (const { running, version, problem } of upgrades)
    it(`is ${problem ? "" : "not "}${version} for ${running ? `a cluster of ${running}` : "a new cluster"}`, () =>
      assert.equal(upgradeProblem(version, running), problem));

  it("is a Capacity Block that has ended, from that very moment", () => {
    const pools = [readPool(), readPool({ name: "block", capacity: block() })];
    const ended = `"llmd-infra:gpuPools[1].capacity.endsAt": the Capacity Block ended at 2026-12-20T11:30:00Z: remove the pool, or name a reservation that still runs`;
    assert.deepEqual(endedBlockProblems(pools, new Date("2026-12-20T11:29:59Z")), []);
    assert.deepEqual(endedBlockProblems(pools, new Date("2026-12-20T11:30:00Z")), [ended]);
  });
});

describe("the check of the account", () => {
  rehearsed();

  const facts = (changes: Partial<AccountFacts> = {}): AccountFacts => ({
    deployerArn: "arn:aws:sts::111122223333:assumed-role/deployer/alice",
    cluster: undefined,
    supportedVersions: [{ version: "1.35", until: "2027-03-27" }],
    // As much as a fully renewed prod needs.
    quotas: new Map([
      [P_ON_DEMAND, 768],
      [P_SPOT, 384],
    ]),
    ...changes,
  });

  async function checked(settings: InfraSettings, given: AccountFacts) {
    let thrown: unknown;
    const logged = await loggedBy(async () => {
      try {
        await checkAccount(settings, quotaNeeds(settings), given);
      } catch (error) {
        thrown = error;
      }
    });
    const problems = problemsOf(() => {
      if (thrown) throw thrown;
    });
    return { problems, ...logged };
  }

  const P_QUOTA = (value: number, need: number) =>
    `The quota "Running On-Demand P instances" (L-417A185B) in us-east-2 is ${value} vCPUs, ${need} are needed with every ceiling full (pool p5): request more in Service Quotas, which takes days, or lower the ceilings.`;
  const SPOT_QUOTA = `The quota "All P Spot Instance Requests" (L-7212CCBC) in us-east-2 is 0 vCPUs, 192 are needed with every ceiling full (pool p5e): request more in Service Quotas, which takes days, or lower the ceilings.`;
  const VERSION = `"llmd-infra:kubernetesVersion": "1.35" is not in standard support, outside of which a cluster costs $0.50 an hour more or cannot be made: take one of 1.36 (until 2027-08-02)`;
  const TOO_LITTLE = new Map([
    [P_ON_DEMAND, 192],
    [P_SPOT, 0],
  ]);
  const NEW_ONLY = [{ version: "1.36", until: "2027-08-02" }];
  const NOTHING = { problems: [], warnings: [], notices: [] };

  it("only mentions what runs while nodes are renewed where everything fits", async () =>
    assert.deepEqual(await checked(settingsOf("prod"), facts()), {
      ...NOTHING,
      notices: [
        `The quota "Running On-Demand P instances" (L-417A185B) is 768 vCPUs, 384 are needed (pool p5): AWS itself would let more run than the pools may have, and while nodes are renewed up to 768 do, without an outage.`,
        `The quota "All P Spot Instance Requests" (L-7212CCBC) is 384 vCPUs, 192 are needed (pool p5e): AWS itself would let more run than the pools may have, and while nodes are renewed up to 384 do, without an outage.`,
      ],
    }));

  it("warns, and stops nothing, where a quota lets no node be renewed without an outage", async () =>
    assert.deepEqual(await checked(settingsOf("prod"), facts({ quotas: new Map([[P_ON_DEMAND, 384]]) })), {
      ...NOTHING,
      warnings: [
        `The quota "Running On-Demand P instances" (L-417A185B) is 384 vCPUs, 384 are needed (pool p5): with full pools a node that expires has to go before its successor starts, and its servers are away while they load. Request 576 to have nodes renewed one at a time without an outage.`,
      ],
    }));

  it("stops a protected stack with everything at once", async () =>
    assert.deepEqual(await checked(settingsOf("prod"), facts({ quotas: TOO_LITTLE, supportedVersions: NEW_ONLY })), {
      ...NOTHING,
      problems: [VERSION, P_QUOTA(192, 384), SPOT_QUOTA],
    }));

  it("warns any other stack of quotas", async () =>
    assert.deepEqual(await checked(settingsOf("dev"), facts({ quotas: new Map([[P_ON_DEMAND, 0]]) })), {
      ...NOTHING,
      warnings: [P_QUOTA(0, 192)],
    }));

  it("stops any stack with a version that EKS would charge more for", async () =>
    assert.deepEqual((await checked(settingsOf("dev"), facts({ supportedVersions: NEW_ONLY }))).problems, [VERSION]));

  it("stops any stack with an upgrade that skips a version, and says only that of the version", async () =>
    assert.deepEqual(
      (await checked(settingsOf("dev"), facts({ supportedVersions: NEW_ONLY, cluster: runningOn("1.33") }))).problems,
      [
        `"llmd-infra:kubernetesVersion": "1.35" skips a minor version, which EKS does not: the cluster runs 1.33. Set it to "1.34", run up, and go on from there`,
      ],
    ));

  it("stops any stack with a Capacity Block that has ended", async () => {
    const gpuPools = [readPool({ capacity: block("2020-01-01T11:30:00Z") })];
    assert.deepEqual((await checked({ ...settingsOf("dev"), gpuPools }, facts())).problems, [
      `"llmd-infra:gpuPools[0].capacity.endsAt": the Capacity Block ended at 2020-01-01T11:30:00Z: remove the pool, or name a reservation that still runs`,
    ]);
  });
});
