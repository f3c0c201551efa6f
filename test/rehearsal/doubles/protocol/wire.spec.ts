import assert from "node:assert/strict";
import * as rpc from "@pulumi/pulumi/runtime/rpc";
import fc from "fast-check";
import {
  changedPaths,
  copySecrets,
  equal,
  fromStruct,
  isKnown,
  isObject,
  isSecret,
  plain,
  resourceReference,
  secret,
  toStruct,
  UNKNOWN,
  type WireValue,
} from "../../../../rehearsal/doubles/protocol/wire";

/** Names as Kubernetes and AWS use them, few enough that two objects often share some. */
const key = fc.constantFrom("a", "b", "spec", "app.kubernetes.io/name", "0");
const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom("", "x", UNKNOWN),
);

const { plainValue, markedValue } = fc.letrec<{ plainValue: WireValue; markedValue: WireValue }>(tie => {
  const nested = (value: fc.Arbitrary<WireValue>): fc.Arbitrary<WireValue>[] => [
    fc.array(value, { maxLength: 3 }),
    fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true }),
  ];
  return {
    plainValue: fc.oneof({ maxDepth: 4 }, scalar, ...nested(tie("plainValue"))),
    markedValue: fc.oneof(
      { maxDepth: 4 },
      scalar,
      ...nested(tie("markedValue")),
      tie("markedValue").map(value => secret(value)),
    ),
  };
});

/** What lies at each path of a value, the value itself included, with markers left out of the paths. */
function parts(value: WireValue | undefined, hidden = false, path: readonly string[] = []): Part[] {
  const isHidden = hidden || isSecret(value);
  const inner = isSecret(value) && isObject(value) ? value.value : value;
  if (inner !== value) return parts(inner, isHidden, path);
  const below =
    Array.isArray(value) || isObject(value)
      ? Object.entries(value).flatMap(([name, item]) => parts(item, isHidden, [...path, name]))
      : [];
  return [{ path: JSON.stringify(path), isHidden }, ...below];
}
interface Part {
  readonly path: string;
  readonly isHidden: boolean;
}
const hiddenPaths = (value: WireValue | undefined) =>
  new Set(parts(value).flatMap(({ path, isHidden }) => (isHidden ? [path] : [])));

const OUTPUT = { [rpc.specialSigKey]: rpc.specialOutputValueSig };

describe("wire values", () => {
  it("are marked as the SDK marks them", () => {
    assert.equal(UNKNOWN, rpc.unknownValue);
    assert.deepEqual(secret("a"), { [rpc.specialSigKey]: rpc.specialSecretSig, value: "a" });
    assert.deepEqual(resourceReference("urn:role", "llmd", "7.48.0"), {
      [rpc.specialSigKey]: rpc.specialResourceSig,
      urn: "urn:role",
      id: "llmd",
      packageVersion: "7.48.0",
    });
  });

  describe("plain", () => {
    it("unwraps secrets at every depth", () => {
      const value = { password: secret({ parts: [secret("a"), "b"] }), user: "c" };
      assert.deepEqual(plain(value), { password: { parts: ["a", "b"] }, user: "c" });
    });

    it("leaves nothing marked and changes nothing plain", () =>
      fc.assert(
        fc.property(markedValue, plainValue, (marked, value) => {
          assert.equal(hiddenPaths(plain(marked)).size, 0);
          assert.deepEqual(plain(value), value);
        }),
      ));

    it("puts a resource's id in place of a reference, or its URN when it has no id", () => {
      const { id: _id, ...component } = resourceReference("urn:cluster", "", "4.3.0");
      assert.equal(plain(resourceReference("urn:role", "llmd", "7.48.0")), "llmd");
      assert.equal(plain(component), "urn:cluster");
    });

    it("takes the value of an output, or unknown when it has none yet", () => {
      assert.deepEqual(plain([{ ...OUTPUT, value: secret("a"), secret: true }, OUTPUT]), ["a", UNKNOWN]);
    });
  });

  describe("isKnown", () => {
    it("is false for an unknown at any depth", () => {
      assert.equal(isKnown({ spec: { subnets: ["a", { id: UNKNOWN }] } }), false);
      assert.equal(isKnown(secret(UNKNOWN)), false);
      assert.equal(isKnown({ spec: { subnets: ["a", { id: "b" }], none: null } }), true);
      assert.equal(isKnown(undefined), true);
    });

    it("says of a marked value what it says of the plain one", () =>
      fc.assert(fc.property(markedValue, value => isKnown(value) === isKnown(plain(value)))));

    it("is false for an output without a value", () => {
      assert.equal(isKnown({ arn: OUTPUT }), false);
      assert.equal(isKnown({ arn: { ...OUTPUT, value: "a" } }), true);
    });
  });

  describe("secret", () => {
    it("marks once", () => assert.deepEqual(secret(secret("a")), secret("a")));

    it("is told from an ordinary object", () => {
      assert.equal(isSecret(secret(null)), true);
      assert.equal(isSecret({ value: "a" }), false);
      assert.equal(isSecret(undefined), false);
    });
  });

  describe("copySecrets", () => {
    it("hides what came in hidden and nothing beside it", () => {
      const marked = { data: { token: secret("a"), user: "b" }, list: ["c", secret("d")] };
      const outputs = { data: { token: "A", user: "B", added: "E" }, list: ["C", "D"], id: "1" };
      assert.deepEqual(copySecrets(marked, outputs), {
        data: { token: secret("A"), user: "B", added: "E" },
        list: ["C", secret("D")],
        id: "1",
      });
    });

    it("never loses the secret of a path", () =>
      fc.assert(
        fc.property(markedValue, marked => {
          const again = hiddenPaths(copySecrets(marked, plain(marked)));
          for (const path of hiddenPaths(marked)) assert.ok(again.has(path), `${path} is shown`);
        }),
      ));

    it("never loses a secret of the value it is copied to", () =>
      fc.assert(
        fc.property(markedValue, markedValue, (marked, value) => {
          const copied = hiddenPaths(copySecrets(marked, value));
          for (const path of hiddenPaths(value)) assert.ok(copied.has(path), `${path} is shown`);
        }),
      ));

    it("hides a whole value whose shape changed around a secret", () => {
      assert.deepEqual(copySecrets({ list: ["a", secret("b")] }, { list: ["b"] }), { list: secret(["b"]) });
      assert.deepEqual(copySecrets({ token: { value: secret("a"), type: "b" } }, { token: "a" }), {
        token: secret("a"),
      });
      assert.deepEqual(copySecrets({ list: ["a", "b"] }, { list: ["b"] }), { list: ["b"] });
    });

    it("changes no value", () =>
      fc.assert(
        fc.property(markedValue, markedValue, (marked, value) =>
          assert.deepEqual(plain(copySecrets(marked, value)), plain(value)),
        ),
      ));

    it("makes nothing of nothing", () => assert.equal(copySecrets(secret("a"), undefined), undefined));
  });

  describe("equal", () => {
    it("treats a missing property like an undefined one, at every depth", () => {
      assert.equal(equal({ a: [{ b: undefined }] }, { a: [{}], c: undefined }), true);
      assert.equal(equal({ a: null }, {}), false);
      assert.equal(equal([], {}), false);
      assert.equal(equal("1", 1), false);
    });

    it("does not mind the order of properties, but that of a list", () => {
      assert.equal(equal({ a: 1, b: 2 }, { b: 2, a: 1 }), true);
      assert.equal(equal([1, 2], [2, 1]), false);
    });
  });

  describe("changedPaths", () => {
    it("names each path in the engine's notation, with what happened there", () => {
      const before = { spec: { containers: [{ image: "a" }, "gone"], same: 1 }, data: { "a.b": "c" }, old: {} };
      const after = { spec: { containers: [{ image: "b" }], same: 1, fresh: [] }, data: { "a.b": 1 } };
      assert.deepEqual(
        [...changedPaths(before, after)],
        [
          ["spec.containers[0].image", "update"],
          ["spec.containers[1]", "delete"],
          ["spec.fresh", "add"],
          ['data["a.b"]', "update"],
          ["old", "delete"],
        ],
      );
    });

    it("quotes a name at the top that is no identifier", () =>
      assert.deepEqual([...changedPaths({}, { "a-b": { c: 1 } }).keys()], ['["a-b"]']));

    it("finds nothing between a value and itself", () =>
      fc.assert(fc.property(plainValue, value => changedPaths(value, structuredClone(value)).size === 0)));

    it("finds nothing exactly where two values are equal", () =>
      fc.assert(
        fc.property(plainValue, plainValue, (before, after) =>
          assert.equal(changedPaths(before, after).size === 0, equal(before, after)),
        ),
      ));

    it("finds the same paths in both directions, additions becoming deletions", () =>
      fc.assert(
        fc.property(plainValue, plainValue, (before, after) => {
          const opposite = { add: "delete", delete: "add", update: "update" } as const;
          const forth = [...changedPaths(before, after)].map(([path, kind]) => `${path} ${kind}`);
          const back = [...changedPaths(after, before)].map(([path, kind]) => `${path} ${opposite[kind]}`);
          assert.deepEqual(forth.sort(), back.sort());
        }),
      ));
  });

  it("survive the way through the protocol's messages", () =>
    fc.assert(
      fc.property(fc.dictionary(key, markedValue, { noNullPrototype: true }), value =>
        assert.deepEqual(fromStruct(toStruct(value)), value),
      ),
    ));

  it("come as an empty object when there was no message", () => assert.deepEqual(fromStruct(undefined), {}));
});
