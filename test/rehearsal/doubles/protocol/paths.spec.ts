import assert from "node:assert/strict";
import fc from "fast-check";
import { includes, isWithin, memberAt, parsePath, withMember } from "../../../../rehearsal/doubles/protocol/paths";
import { changedPaths, type WireObject } from "../../../../rehearsal/doubles/protocol/wire";

describe("a path of a property", () => {
  for (const [path, steps] of [
    ["spec.replicas", ["spec", "replicas"]],
    ["spec.containers[0].image", ["spec", "containers", "0", "image"]],
    ["spec.containers[*].image", ["spec", "containers", "*", "image"]],
    ['data["a.b/c"]', ["data", "a.b/c"]],
    ['["a.b"].c', ["a.b", "c"]],
    ['data["say \\"hi\\""]', ["data", 'say "hi"']],
  ] as const)
    it(`has the steps of ${path}`, () => assert.deepEqual(parsePath(path), steps));

  it("leads to what changed there", () => {
    const key = fc.string({ minLength: 1, maxLength: 4 }).filter(text => !/["\\]|__proto__/.test(text));
    const objects = fc.dictionary(key, fc.dictionary(key, fc.integer(), { noNullPrototype: true }), {
      noNullPrototype: true,
    }) as fc.Arbitrary<WireObject>;
    fc.assert(
      fc.property(objects, object => {
        for (const path of changedPaths({}, object).keys())
          assert.notEqual(memberAt(object, parsePath(path)), undefined, path);
      }),
    );
  });

  it("includes itself and what is below it, any step where it says so", () => {
    const isIncluded = (property: string, path: string) => includes(parsePath(property), parsePath(path));
    assert.deepEqual(
      ["spec", "spec.a", "spec.a[1].b", "specs", "a.spec"].map(path => isIncluded("spec", path)),
      [true, true, true, false, false],
    );
    assert.deepEqual(
      ["l[0].a", "l[7].a.b", "l[0].b", "l"].map(path => isIncluded("l[*].a", path)),
      [true, true, false, false],
    );
  });

  it("is within a property and what lies below it, however it is written, but not within a longer name", () => {
    const paths = ["name", "name.first", "name[0]", 'name["a.b"]', "names", "name-b", "spec.name"];
    assert.deepEqual(
      paths.filter(path => isWithin(path, ["name"])),
      ["name", "name.first", "name[0]", 'name["a.b"]'],
    );
    assert.equal(isWithin('metadata["labels"]', ["spec", "metadata.labels"]), true);
    assert.equal(isWithin("metadata.labels", []), false);
  });
});

describe("an object with another value at a path", () => {
  it("has it there and nowhere else", () =>
    assert.deepEqual(withMember({ a: { b: 1, c: 2 }, d: 3 }, ["a", "b"], 4), { a: { b: 4, c: 2 }, d: 3 }));

  it("has it where nothing was", () => assert.deepEqual(withMember({}, ["a", "b"], 1), { a: { b: 1 } }));

  it("has nothing there where it is taken away, and gets nothing on the way", () => {
    assert.equal(memberAt(withMember({ a: { b: 1 } }, ["a", "b"], undefined), ["a", "b"]), undefined);
    assert.deepEqual(withMember({}, ["a", "b"], undefined), {});
  });

  it("is the same where the path leads through what has no members", () =>
    assert.deepEqual(withMember({ a: [1] }, ["a", "b"], 1), { a: [1] }));
});
