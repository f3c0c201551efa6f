import assert from "node:assert/strict";
import fc from "fast-check";
import { FIGURES, type Figures, growth, median, medians, type Point, secondsPerModel } from "../../bench/calculations";

const seconds = fc.double({ min: 0, max: 1e6, noNaN: true });
const figures = fc.record(Object.fromEntries(FIGURES.map(figure => [figure, seconds]))) as fc.Arbitrary<Figures>;
const points = (...list: readonly (readonly [number, number])[]): Point[] =>
  list.map(([models, taken]) => ({ models, seconds: taken }));

function assertClose(actual: number | undefined, expected: number): void {
  assert.ok(actual !== undefined && Math.abs(actual - expected) < 1e-6, `${actual} is not about ${expected}`);
}

describe("the median", () => {
  for (const { values, expected } of [
    { values: [3], expected: 3 },
    { values: [3, 1], expected: 2 },
    { values: [9, 1, 2], expected: 2 },
    { values: [10, 9, 100, 8], expected: 9.5 },
    { values: [1, 1, 1, 50], expected: 1 },
  ])
    it(`of ${values.join(", ")} is ${expected}`, () => assert.equal(median(values), expected));

  it("of nothing is refused", () => assert.throws(() => median([]), new RangeError("nothing has no median")));

  it("has as many values below as above, in whatever order they come, and leaves them as they are", () =>
    fc.assert(
      fc.property(fc.array(seconds, { minLength: 1 }), values => {
        const before = [...values];
        const middle = median(values);
        assert.deepEqual(values, before);
        assert.equal(median([...values].reverse()), middle);
        assert.ok(values.filter(value => value < middle).length <= values.length / 2);
        assert.ok(values.filter(value => value > middle).length <= values.length / 2);
      }),
    ));
});

describe("the medians of previews", () => {
  it("are those of each figure by itself", () =>
    fc.assert(
      fc.property(fc.array(figures, { minLength: 1 }), previews => {
        const all = medians(previews);
        for (const figure of FIGURES) assert.equal(all[figure], median(previews.map(preview => preview[figure])));
      }),
    ));
});

describe("the growth with the number of models", () => {
  for (const { what, of, expected } of [
    { what: "constant time", of: points([1, 1.1], [10, 2], [50, 6]), expected: [0.1, 0.1, "constant"] },
    { what: "less time for later ones", of: points([1, 1], [10, 2.8], [50, 4.8]), expected: [0.2, 0.05, "constant"] },
    { what: "twice the time", of: points([1, 1], [2, 2], [3, 4]), expected: [1, 2, "constant"] },
    { what: "more than twice the time", of: points([1, 1], [2, 2], [3, 4.5]), expected: [1, 2.5, "grows"] },
    { what: "quadratic time", of: points([1, 1], [10, 100], [50, 2500]), expected: [11, 60, "grows"] },
    {
      what: "first ones lost in noise",
      of: points([1, 1], [10, 0.91], [50, 2.91]),
      expected: [-0.01, 0.05, "unclear"],
    },
    { what: "two points", of: points([1, 1], [10, 2.8]), expected: [0.2, 0.2, "unclear"] },
  ])
    it(`of ${what} is "${expected[2]}"`, () => {
      const found = growth(of);
      assertClose(found?.first, Number(expected[0]));
      assertClose(found?.last, Number(expected[1]));
      assert.equal(found?.verdict, expected[2]);
    });

  it("has no answer without two numbers of models", () => {
    assert.equal(growth([]), undefined);
    assert.equal(growth(points([50, 3])), undefined);
  });

  const counts = fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { minLength: 3, maxLength: 8 });
  const ascending = counts.map(list => list.sort((a, b) => a - b));
  const perModel = fc.integer({ min: 1, max: 10_000 }).map(ms => ms / 1000);

  it("finds the time per model of any straight line, and calls it constant", () =>
    fc.assert(
      fc.property(ascending, perModel, fc.integer({ min: 0, max: 100 }), (models, slope, base) => {
        const found = growth(models.map(count => ({ models: count, seconds: base + slope * count })));
        for (const value of [found?.secondsPerModel, found?.first, found?.last]) assertClose(value, slope);
        assert.equal(found?.verdict, "constant");
      }),
    ));

  it("does not depend on what a preview takes without models", () =>
    fc.assert(
      fc.property(ascending, fc.array(seconds, { minLength: 8, maxLength: 8 }), perModel, (models, taken, base) => {
        const at = (more: number) =>
          models.map((count, index) => ({ models: count, seconds: (taken[index] ?? 0) + more }));
        assertClose(growth(at(base))?.secondsPerModel, growth(at(0))?.secondsPerModel ?? Number.NaN);
      }),
    ));

  it("is between the lowest and the highest time per model from one point to the next", () =>
    fc.assert(
      fc.property(ascending, fc.array(perModel, { minLength: 8, maxLength: 8 }), (models, taken) => {
        const line = models.map((count, index) => ({ models: count, seconds: taken[index] ?? 0 }));
        const steps = line.slice(1).map((to, index) => secondsPerModel(line[index] as Point, to));
        const fitted = growth(line)?.secondsPerModel ?? Number.NaN;
        assert.ok(fitted >= Math.min(...steps) - 1e-9 && fitted <= Math.max(...steps) + 1e-9);
      }),
    ));
});
