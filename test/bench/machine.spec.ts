import assert from "node:assert/strict";
import { secondsOf, type UsageProbe, usageByPs, usageOnLinux } from "../../bench/machine";

const MIB = 2 ** 20;
/** Above the highest process id of any system. */
const GONE = 2 ** 22 + 1;

describe("the usage of a process", () => {
  const probes: Readonly<Record<string, UsageProbe>> = { usageOnLinux, usageByPs };
  for (const [name, probe] of Object.entries(probes))
    it(`is read by ${name}, which notices that a process is gone`, async function () {
      if (name === "usageOnLinux" && process.platform !== "linux") this.skip();
      const usage = await probe(process.pid);
      assert.ok(usage);
      const ownMiB = process.memoryUsage().rss / MIB;
      assert.ok(usage.memoryMiB > ownMiB / 2 && usage.memoryMiB < ownMiB * 4, `${usage.memoryMiB}, really ${ownMiB}`);
      const { user, system } = process.cpuUsage();
      const ownSeconds = (user + system) / 1e6;
      // `ps` prints whole seconds on Linux.
      assert.ok(Math.abs(usage.cpuSeconds - ownSeconds) < 1.1, `${usage.cpuSeconds} s, really ${ownSeconds} s`);
      assert.equal(await probe(GONE), undefined);
    });

  for (const { time, seconds } of [
    { time: "00:01:05", seconds: 65 },
    { time: "1-02:03:04", seconds: 93_784 },
    { time: "2:03.45", seconds: 123.45 },
  ])
    it(`has ${seconds} s of processor time for ${time}`, () => assert.equal(secondsOf(time), seconds));
});
