import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Cron } from "croner";
import { worstCase } from "../../catalog/cost";
import { IDLE_SECONDS } from "../../catalog/startup";
import { infraBill, infraRenewal } from "../../infra/bill";
import { readInfraSettings } from "../../infra/settings";
import { platformBill } from "../../platform/bill";
import { readPlatformSettings } from "../../platform/settings";
import { readWorkloadsSettings } from "../../workloads/settings";
import { configure, rehearsed } from "../support/settings";
import { configOf, STACKS } from "../support/stackFiles";

const read = (file: string): string => readFileSync(join(__dirname, "../..", file), "utf8");

const usd = (amount: number): string =>
  amount.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

const HOUR_MS = 3_600_000;

/** A week without a change of the clocks. */
const MONDAY = new Date("2026-11-02T00:00:00+01:00");

/** Hours of a week from each `up` to the next `down`, with something added to each of them. */
function upHours({ up, down, timezone }: { up: string; down: string; timezone: string }, more = 0): number {
  const end = new Date(MONDAY.getTime() + 168 * HOUR_MS);
  const [ups, downs] = [up, down].map(time => new Cron(time, { paused: true, timezone }));
  const starts = ups?.nextRuns(100, new Date(MONDAY.getTime() - 1)).filter(start => start < end) ?? [];
  return starts.reduce((sum, start) => sum + (Number(downs?.nextRun(start)) - start.getTime()) / HOUR_MS + more, 0);
}

describe("the figures in README and stack files", () => {
  rehearsed();
  afterEach(() => configure({}));

  for (const stack of STACKS)
    it(`have what ${stack} costs at its ceilings, and beside them while nodes are renewed`, () => {
      configure(configOf(stack));
      const infra = readInfraSettings();
      const bill = [...infraBill(infra), ...platformBill(readPlatformSettings(), infra.network.zoneIds.length)];
      const { gpus, usdPerHour, usdPerMonth } = worstCase(bill);
      const renewal = infraRenewal(infra);
      const peak = `${gpus + renewal.extraGpus}, ${usd(usdPerHour + renewal.extraUsdPerHour)}`;
      const [row = ""] = read("README.md")
        .split("\n")
        .filter(line => line.startsWith(`| \`Pulumi.${stack}.yaml\` |`));
      const cells = row.split("|").map(cell => cell.trim());
      assert.equal(Number.parseInt(cells[2] ?? "", 10), gpus);
      assert.deepEqual(cells.slice(3), [
        usd(usdPerHour),
        usd(usdPerMonth),
        `${infra.limits.usdPerHour} an hour`,
        `${peak}, ${usd(renewal.usdPerMonth)}`,
        "",
      ]);
    });

  it("have how many hours a week dev's schedule pays for its node, which stays until it has been empty for a while", () => {
    configure(configOf("dev"));
    const [model] = readWorkloadsSettings().models;
    const [pool] = readInfraSettings().gpuPools;
    assert.ok(model?.schedule && pool);
    const untilGone = IDLE_SECONDS / 3600 + pool.keepEmptyMinutes / 60;
    const [served, paid] = [upHours(model.schedule), Math.ceil(upHours(model.schedule, untilGone))];
    assert.match(
      read("Pulumi.dev.yaml"),
      new RegExp(`the node is removed: ${paid} of 168 hours a week are paid, ${served} of them`),
    );
  });
});
