import assert from "node:assert/strict";
import { QUOTAS } from "../../catalog/quotas";
import type { AccountFacts } from "../../infra/account";
import { accountFindings, findings, type QuotaNeed, quotaNeeds } from "../../infra/checks";
import { type InfraSettings, readInfraSettings } from "../../infra/settings";
import type { CapacitySettings } from "../../infra/settings/gpuPools";
import { readPool } from "../support/infraSettings";
import { configure, rehearsed } from "../support/settings";
import { configOf, STACKS } from "../support/stackFiles";

const settingsOf = (stack: (typeof STACKS)[number]): InfraSettings => {
  configure(configOf(stack));
  try {
    return readInfraSettings();
  } finally {
    configure({});
  }
};

type PoolFields = Parameters<typeof readPool>[0];

/** The stack dev with other pools. */
const devWithPools = (...pools: readonly PoolFields[]): InfraSettings => ({
  ...settingsOf("dev"),
  gpuPools: pools.map(readPool),
});

const block = (endsAt = "2026-12-20T11:30:00Z"): CapacitySettings => ({
  kind: "capacityBlock",
  reservationId: "cr-0123456789abcdef0",
  endsAt,
  usdPerHour: 43.3,
});
const SPOT: CapacitySettings = { kind: "spot" };

/** Code, number and reason of each need. */
const told = (needs: readonly QuotaNeed[]) => needs.map(({ quota, need, by }) => [quota.code, need, by]);

const P_ON_DEMAND = QUOTAS.onDemandP.code;
const P_SPOT = QUOTAS.spotP.code;
const STANDARD = QUOTAS.onDemandStandard.code;
const ADDRESSES = QUOTAS.elasticIps.code;
const VPCS = QUOTAS.vpcs.code;

describe("the quotas that a stack needs", () => {
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
    it(`are those of ${stack} with every ceiling full`, () =>
      assert.deepEqual(told(quotaNeeds(settingsOf(stack))), ofStacks[stack]));

  const cases: readonly { what: string; pools: readonly PoolFields[]; needs: readonly unknown[] }[] = [
    {
      what: "sum the pools of one quota and name them all",
      pools: [
        { name: "a", maxNodes: 1 },
        { name: "b", capacity: SPOT },
        { name: "c", instanceType: "p5.4xlarge", maxNodes: 3 },
      ],
      needs: [
        [P_ON_DEMAND, 240, "pool a, pool c"],
        [P_SPOT, 384, "pool b"],
      ],
    },
    {
      what: "count reservations like on-demand nodes, and Capacity Blocks not at all",
      pools: [
        { name: "a", maxNodes: 1, capacity: { kind: "reserved", reservationTags: { team: "llm" } } },
        { name: "b", capacity: block() },
      ],
      needs: [[P_ON_DEMAND, 192, "pool a"]],
    },
    {
      what: "have G types of their own",
      pools: [
        { name: "a", instanceType: "g6e.12xlarge" },
        { name: "b", instanceType: "g5.xlarge", capacity: SPOT },
      ],
      needs: [
        [QUOTAS.onDemandG.code, 96, "pool a"],
        [QUOTAS.spotG.code, 8, "pool b"],
      ],
    },
  ];
  for (const { what, pools, needs } of cases)
    it(what, () =>
      assert.deepEqual(
        told(quotaNeeds(devWithPools(...pools))).filter(([, , by]) => String(by).startsWith("pool ")),
        needs,
      ),
    );

  it("have an address for each NAT gateway, those in zones of pools included, and none without", () => {
    const { network, ...settings } = devWithPools({ zoneIds: ["use2-az1", "use2-az4"] });
    const addresses = (["none", "single", "perZone", "regional"] as const).map(
      nat =>
        quotaNeeds({ ...settings, network: { ...network, nat } }).find(({ quota }) => quota.code === ADDRESSES)?.need,
    );
    assert.deepEqual(addresses, [undefined, 1, 3, 4]);
  });
});

describe("the findings about an account", () => {
  rehearsed();

  const facts = (changes: Partial<AccountFacts> = {}): AccountFacts => ({
    deployerArn: "arn:aws:sts::111122223333:assumed-role/deployer/alice",
    hasCluster: false,
    cluster: undefined,
    supportedVersions: [{ version: "1.35", until: "2027-03-27" }],
    quotas: new Map(),
    ...changes,
  });

  const running = (version: string): Partial<AccountFacts> => ({
    hasCluster: true,
    cluster: { version, endpoint: "https://cluster.test", cidrs: ["203.0.113.0/24"] },
  });

  const found = (settings: InfraSettings, changes: Partial<AccountFacts> = {}, now?: Date) =>
    accountFindings(settings, quotaNeeds(settings), facts(changes), now);

  const P_QUOTA = (value: number, need: number, by = "pool p5") =>
    `The quota "Running On-Demand P instances" (L-417A185B) in us-east-2 is ${value} vCPUs, ${need} are needed with every ceiling full (${by}): request more in Service Quotas, which takes days, or lower the ceilings.`;
  const STANDARD_QUOTA = `The quota "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances" (L-1216C47A) in us-east-2 is 5 vCPUs, 64 are needed with every ceiling full (the system pool): request more in Service Quotas, which takes days, or lower the ceilings.`;

  it("are none where nothing is known", () => assert.deepEqual(found(settingsOf("prod")), findings()));

  it("stop a protected stack with every quota that is too small", () =>
    assert.deepEqual(
      found(settingsOf("prod"), {
        quotas: new Map([
          [P_ON_DEMAND, 383],
          [STANDARD, 5],
          [ADDRESSES, 3],
        ]),
      }),
      findings({ problems: [P_QUOTA(383, 384), STANDARD_QUOTA] }),
    ));

  it("warn any other stack of them", () =>
    assert.deepEqual(
      found(settingsOf("dev"), { quotas: new Map([[P_ON_DEMAND, 191]]) }),
      findings({ warnings: [P_QUOTA(191, 192)] }),
    ));

  describe("about a GPU quota that is large enough", () => {
    const text = (value: number, need: number, by: string, effect: string) =>
      `The quota "Running On-Demand P instances" (L-417A185B) is ${value} vCPUs, ${need} are needed (${by}): ${effect}`;
    const MORE = "AWS allows more than the limits of the pools.";
    const upTo = (vcpus: number) => `${MORE} While nodes are renewed, up to ${vcpus} run`;
    const PARTLY = ". If all nodes expire at once, some servers are unavailable while they load.";
    const OUTAGE =
      "while the pools are full, a node that expires has to go before its successor starts, and its servers are " +
      "unavailable while they load. Request 768 to renew nodes one at a time without an outage.";

    const effects = [
      { value: 576, warning: OUTAGE },
      { value: 767, warning: OUTAGE },
      { value: 768, notice: upTo(768) + PARTLY },
      { value: 1151, notice: upTo(1151) + PARTLY },
      { value: 1152, notice: `${upTo(1152)}, without an outage.` },
      { value: 5000, notice: `${upTo(1152)}, without an outage.` },
    ];
    for (const { value, warning, notice } of effects)
      it(`tell what renewing three nodes of 192 vCPUs means with ${value}`, () => {
        const settings = devWithPools({ name: "a", maxNodes: 1 }, { name: "b", maxNodes: 2 });
        const texts = (effect: string | undefined) =>
          effect === undefined ? [] : [text(value, 576, "pool a, pool b", effect)];
        assert.deepEqual(
          found(settings, { quotas: new Map([[P_ON_DEMAND, value]]) }),
          findings({ warnings: texts(warning), notices: texts(notice) }),
        );
      });

    it("count the largest node, whichever pool has it", () => {
      const needs = quotaNeeds(
        devWithPools({ name: "a", instanceType: "p5.4xlarge", maxNodes: 2 }, { name: "b", maxNodes: 1 }),
      );
      assert.deepEqual(needs[0]?.renewal, { ofOne: 192, ofAll: 224 });
    });

    it("tell only that it allows more where all pools are static: their limit has room for successors", () => {
      const settings = devWithPools({ name: "a", maxNodes: 3, staticNodes: 2 });
      assert.deepEqual(found(settings, { quotas: new Map([[P_ON_DEMAND, 576]]) }), findings());
      assert.deepEqual(
        found(settings, { quotas: new Map([[P_ON_DEMAND, 577]]) }),
        findings({ notices: [text(577, 576, "pool a", MORE)] }),
      );
    });

    it("tell nothing of quotas that count no GPUs", () =>
      assert.deepEqual(
        found(settingsOf("prod"), {
          quotas: new Map([
            [STANDARD, 1000],
            [ADDRESSES, 50],
          ]),
        }),
        findings(),
      ));
  });

  describe("about the Kubernetes version", () => {
    const path = (version: string) => `"llmd-infra:kubernetesVersion": "${version}"`;
    const UNSUPPORTED = `${path("1.33")} is not in standard support. Outside of it a cluster costs $0.50 an hour more, or cannot be made:`;
    const supportedVersions = [
      { version: "1.36", until: "2027-08-02" },
      { version: "1.34", until: "2026-12-02" },
    ];
    const skips = (version: string, from: string, next: string) =>
      `${path(version)} skips a minor version. EKS upgrades one at a time, and the cluster runs ${from}: set it to "${next}", run up, and continue from there`;

    const cases: readonly { what: string; version: string; facts?: Partial<AccountFacts>; problem?: string }[] = [
      { what: "are none in standard support", version: "1.34" },
      {
        what: "are a problem outside of it",
        version: "1.33",
        problem: `${UNSUPPORTED} use one of 1.34 (until 2026-12-02), 1.36 (until 2027-08-02)`,
      },
      {
        what: "are none where the versions may not be read",
        version: "1.33",
        facts: { supportedVersions: undefined },
      },
      {
        what: "ask for an upgrade of a cluster that runs it outside of standard support",
        version: "1.33",
        facts: running("1.33"),
        problem: `${UNSUPPORTED} upgrade the cluster to "1.34"`,
      },
      {
        what: "are none for a step of an upgrade, even outside of standard support",
        version: "1.33",
        facts: running("1.32"),
      },
      { what: "are none for the version that the cluster runs", version: "1.36", facts: running("1.36") },
      { what: "are none for the next version", version: "1.36", facts: running("1.35") },
      {
        what: "are a problem for a version after the next, even in standard support",
        version: "1.36",
        facts: running("1.34"),
        problem: skips("1.36", "1.34", "1.35"),
      },
      {
        what: "tell only of the skipped version, not of its support, too",
        version: "1.35",
        facts: running("1.33"),
        problem: skips("1.35", "1.33", "1.34"),
      },
      {
        what: "are a problem for an older version",
        version: "1.34",
        facts: running("1.35"),
        problem: `${path("1.34")} is older than 1.35, the version of the cluster. EKS does not downgrade: set it to "1.35"`,
      },
      {
        what: "compare minor versions as numbers",
        version: "1.31",
        facts: running("1.9"),
        problem: skips("1.31", "1.9", "1.10"),
      },
    ];
    for (const { what, version, facts: changes, problem } of cases)
      it(what, () =>
        assert.deepEqual(
          found({ ...settingsOf("dev"), kubernetesVersion: version }, { supportedVersions, ...changes }),
          findings({ problems: problem === undefined ? [] : [problem] }),
        ),
      );
  });

  it("stop any stack with a Capacity Block that has ended, from that very moment", () => {
    const settings = devWithPools({}, { name: "block", capacity: block() });
    assert.deepEqual(found(settings, {}, new Date("2026-12-20T11:29:59Z")), findings());
    assert.deepEqual(
      found(settings, {}, new Date("2026-12-20T11:30:00Z")),
      findings({
        problems: [
          `"llmd-infra:gpuPools[1].capacity.endsAt": the Capacity Block ended at 2026-12-20T11:30:00Z: remove the pool, or name a reservation that has not ended`,
        ],
      }),
    );
  });

  it("hold a Capacity Block against the present time", () =>
    assert.equal(found(devWithPools({ capacity: block("2020-01-01T11:30:00Z") })).problems.length, 1));
});
