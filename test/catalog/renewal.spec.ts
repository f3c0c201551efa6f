import assert from "node:assert/strict";
import { Cron } from "croner";
import fc from "fast-check";
import { knownModel, MODELS, publishedBytes } from "../../catalog/models";
import {
  DRAIN_MINUTES,
  outsideWindow,
  RENEWAL_NOTE,
  type RenewalWindow,
  type RenewedPool,
  renewalOf,
  renewedAtOnce,
  WEEKDAYS,
} from "../../catalog/renewal";
import { estimateStart, readyAfterMinutes } from "../../catalog/startup";
import { DRAIN_SECONDS } from "../../platform/gateways/pods";
import { SHUTDOWN } from "../../workloads/servers/conventions";

const HOUR_MS = 3_600_000;

const windows = fc.record({
  weekday: fc.constantFrom(...WEEKDAYS),
  hourUtc: fc.integer({ min: 0, max: 23 }),
  hours: fc.integer({ min: 1, max: 24 }),
});

/** Whether a budget is active, as Karpenter decides: pkg/apis/v1/nodepool.go, `IsActive`. */
function isActive({ schedule, duration }: ReturnType<typeof outsideWindow>, now: Date): boolean {
  const start = new Date(now.getTime() - Number.parseInt(duration, 10) * HOUR_MS);
  const next = new Cron(schedule, { paused: true, timezone: "UTC" }).nextRun(start);
  return next !== null && next <= now;
}

/** Whether a moment is in a window, told without a schedule. */
function isOpen({ weekday, hourUtc, hours }: RenewalWindow, now: Date): boolean {
  const hour = now.getUTCDay() * 24 + now.getUTCHours();
  const sinceOpening = (hour - (WEEKDAYS.indexOf(weekday) * 24 + hourUtc) + 168) % 168;
  return sinceOpening < hours;
}

describe("the window of renewals", () => {
  it("is four hours of Sunday morning when a budget forbids the rest of the week", () =>
    assert.deepEqual(outsideWindow({ weekday: "sunday", hourUtc: 1, hours: 4 }), {
      schedule: "0 5 * * 0",
      duration: "164h",
    }));

  it("goes on after midnight, and from Saturday to Sunday", () =>
    assert.deepEqual(outsideWindow({ weekday: "saturday", hourUtc: 22, hours: 4 }), {
      schedule: "0 2 * * 0",
      duration: "164h",
    }));

  it("is exactly the hours in which the budget is not active, whatever the day", () =>
    fc.assert(
      fc.property(windows, fc.integer({ min: 0, max: 3000 }), (window, halfHours) => {
        // Half past an hour: on the hour itself one second decides.
        const now = new Date(Date.UTC(2026, 10, 1, 0, 30) + halfHours * HOUR_MS);
        assert.equal(isActive(outsideWindow(window), now), !isOpen(window, now));
      }),
    ));
});

describe("the nodes that are renewed at a time", () => {
  const window = (hours: number): RenewalWindow => ({ weekday: "sunday", hourUtc: 1, hours });
  const cases = [
    { maxNodes: 1, hours: 4, nodes: 1 },
    { maxNodes: 6, hours: 4, nodes: 1 },
    { maxNodes: 7, hours: 4, nodes: 2 },
    { maxNodes: 64, hours: 4, nodes: 11 },
    { maxNodes: 64, hours: 24, nodes: 2 },
    { maxNodes: 2, hours: 1, nodes: 2 },
  ];
  for (const { maxNodes, hours, nodes } of cases)
    it(`are ${nodes} of ${maxNodes} in ${hours} hours`, () =>
      assert.equal(renewedAtOnce(maxNodes, window(hours)), nodes));

  it("are enough for the whole pool in one window, and never more than the pool", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), windows, (maxNodes, { weekday, hourUtc, hours }) => {
        const nodes = renewedAtOnce(maxNodes, { weekday, hourUtc, hours });
        const turns = Math.max(1, Math.floor((hours * 60) / 37));
        assert.ok(nodes * turns >= maxNodes && nodes >= 1 && nodes <= maxNodes);
      }),
    ));
});

describe("the drain of a node", () => {
  it("leaves every pod its own grace period, of model servers and of gateways", () => {
    assert.ok(DRAIN_MINUTES.gpu * 60 > SHUTDOWN.graceSeconds);
    assert.ok(DRAIN_MINUTES.system * 60 >= DRAIN_SECONDS + 300);
  });

  it("leaves time for the first server of every known model to answer on the new node, when weights come from S3", () => {
    for (const { shape, publications } of MODELS)
      for (const { repository, precision } of publications) {
        const known = knownModel(repository);
        assert.ok(known);
        const request = { model: shape, precision, bytes: publishedBytes(known), source: "s3" } as const;
        const start = estimateStart({ ...request, instanceType: "p5.48xlarge", tensorParallel: 2 });
        assert.ok(readyAfterMinutes(start) + SHUTDOWN.graceSeconds / 60 <= DRAIN_MINUTES.gpu, repository);
      }
  });
});

const P5 = { name: "gpu pool p5", usdPerHour: 57.68, gpus: 8 };
const gpuPool = (changes: Partial<RenewedPool> = {}): RenewedPool => ({
  lineItem: P5,
  kind: "gpu",
  expireAfterHours: 480,
  countsLeavingNodes: false,
  ...changes,
});
const SYSTEM: RenewedPool = {
  lineItem: { name: "system pool", usdPerHour: 1.81 },
  kind: "system",
  expireAfterHours: 336,
  countsLeavingNodes: false,
};

describe("what renewals come to", () => {
  const numbersOf = (...pools: readonly RenewedPool[]) => {
    const { extraGpus, extraUsdPerHour, usdPerMonth } = renewalOf(pools);
    return [extraGpus, extraUsdPerHour, usdPerMonth];
  };

  it("is the pool a second time at the peak, and in a month 37 minutes for each week", () =>
    // 730 / 168 renewals, each 7 minutes of start and 30 of drain.
    assert.deepEqual(numbersOf(gpuPool()), [8, 57.68, 154.56]));

  it("is more often where nodes expire before a week is over", () =>
    assert.deepEqual(numbersOf(gpuPool({ expireAfterHours: 24 })), [8, 57.68, 1081.9]));

  it("sums the pools, the system pool with its shorter drain and without GPUs", () =>
    assert.deepEqual(numbersOf(gpuPool(), SYSTEM), [8, 59.49, 157.7]));

  it("is nothing for a pool whose limit counts leaving nodes, and for no pools", () => {
    assert.deepEqual(numbersOf(gpuPool({ countsLeavingNodes: true })), [0, 0, 0]);
    assert.deepEqual(renewalOf([]), { extraGpus: 0, extraUsdPerHour: 0, usdPerMonth: 0, note: RENEWAL_NOTE });
  });

  it("is in a month never more than if every node ran twice all month, and at the peak exactly that for an hour", () =>
    fc.assert(
      fc.property(
        fc.array(fc.record({ usd: fc.nat(500), gpus: fc.nat(64), hours: fc.integer({ min: 24, max: 504 }) }), {
          maxLength: 6,
        }),
        given => {
          const pools = given.map(({ usd, gpus, hours }, index) =>
            gpuPool({ lineItem: { name: `pool ${index}`, usdPerHour: usd, gpus }, expireAfterHours: hours }),
          );
          const [gpus, usdPerHour, usdPerMonth = 0] = numbersOf(...pools);
          assert.equal(
            gpus,
            given.reduce((sum, pool) => sum + pool.gpus, 0),
          );
          assert.equal(
            usdPerHour,
            given.reduce((sum, pool) => sum + pool.usd, 0),
          );
          assert.ok(usdPerMonth <= Number(usdPerHour) * 730);
        },
      ),
    ));

  it("never falls when a pool grows, or expires sooner", () =>
    fc.assert(
      fc.property(
        fc.nat(500),
        fc.nat(500),
        fc.integer({ min: 24, max: 504 }),
        fc.nat(480),
        (usd, more, hours, sooner) => {
          const of = (usdPerHour: number, expireAfterHours: number) =>
            renewalOf([gpuPool({ lineItem: { ...P5, usdPerHour }, expireAfterHours })]).usdPerMonth;
          assert.ok(of(usd + more, Math.max(24, hours - sooner)) >= of(usd, hours));
        },
      ),
    ));
});
