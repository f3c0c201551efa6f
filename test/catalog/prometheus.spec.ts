import assert from "node:assert/strict";
import fc from "fast-check";
import {
  fitsOnDisk,
  gibPerDay,
  longestRetentionDays,
  memoryGib,
  smallestDiskGib,
  usableGib,
} from "../../catalog/prometheus";

const gpus = fc.integer({ min: 1, max: 2000 });
const days = fc.integer({ min: 1, max: 90 });
const disk = fc.integer({ min: 10, max: 1000 });

describe("the size of Prometheus", () => {
  // 100,000 series, and 5,000 for each GPU.
  const known = [
    { of: 8, gibADay: 0.75, memory: 3 },
    { of: 24, gibADay: 1.18, memory: 3 },
    { of: 200, gibADay: 5.9, memory: 10 },
  ] as const;
  for (const { of, gibADay, memory } of known)
    it(`for ${of} GPUs is ${gibADay} GiB a day on disk and ${memory} GiB of memory`, () => {
      assert.equal(Math.round(gibPerDay(of) * 100) / 100, gibADay);
      assert.equal(memoryGib(of), memory);
    });

  it("leaves 15 % of a disk free", () => {
    assert.equal(usableGib(200), 170);
    assert.equal(usableGib(50), 42);
  });

  it("has no smaller disk onto which the days fit than the smallest", () =>
    fc.assert(
      fc.property(days, gpus, (wanted, count) => {
        const smallest = smallestDiskGib(wanted, count);
        assert.equal(fitsOnDisk(wanted, smallest, count), true);
        assert.equal(fitsOnDisk(wanted, smallest - 1, count), false);
      }),
    ));

  it("has no day more on a disk than the longest retention", () =>
    fc.assert(
      fc.property(disk, gpus, (given, count) => {
        const longest = longestRetentionDays(given, count);
        assert.equal(fitsOnDisk(longest, given, count), true);
        assert.equal(fitsOnDisk(longest + 1, given, count), false);
      }),
    ));

  it("only grows with GPUs", () =>
    fc.assert(
      fc.property(gpus, gpus, (a, b) => {
        const [fewer, more] = [Math.min(a, b), Math.max(a, b)];
        assert.ok(gibPerDay(fewer) <= gibPerDay(more));
        assert.ok(memoryGib(fewer) <= memoryGib(more));
      }),
    ));
});
