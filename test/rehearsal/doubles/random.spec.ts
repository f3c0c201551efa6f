import assert from "node:assert/strict";
import fc from "fast-check";
import { isSecret, plainObject, secret, UNKNOWN, type WireObject } from "../../../rehearsal/doubles/protocol/wire";
import { randomDouble } from "../../../rehearsal/doubles/random";

const PASSWORD = "random:index/randomPassword:RandomPassword";
const STRING = "random:index/randomString:RandomString";
const ID = "random:index/randomId:RandomId";

const ALPHABETS = {
  lower: "abcdefghijklmnopqrstuvwxyz",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  numeric: "0123456789",
  special: "!@#$%&*()-_=+[]{}<>:?",
};
type Alphabet = keyof typeof ALPHABETS;
const NAMES = Object.keys(ALPHABETS) as Alphabet[];

const identity = (type: string, name: string) => ({ type, name, urn: `urn:pulumi:dev::llmd-infra::${type}::${name}` });

const create = async (type: string, inputs: WireObject, name = "value", preview = false) =>
  randomDouble.create({ ...identity(type, name), inputs, preview });

const text = async (inputs: WireObject, name?: string): Promise<string> =>
  String((await create(STRING, inputs, name)).outputs.result);

/** Every choice of alphabets with at least one, as inputs. */
const alphabets = fc.subarray(NAMES, { minLength: 1 });
const allow = (allowed: readonly Alphabet[]) =>
  Object.fromEntries(NAMES.map(name => [name, allowed.includes(name)])) as WireObject;
const lettersOf = (allowed: readonly Alphabet[]) => allowed.map(name => ALPHABETS[name]).join("");
const consistsOf = (value: string, letters: string) => [...value].every(letter => letters.includes(letter));
const count = (value: string, letters: string) => [...value].filter(letter => letters.includes(letter)).length;

describe("the random double", () => {
  it("draws the same value for the same URN and inputs", async () => {
    for (const type of [PASSWORD, STRING]) {
      const inputs = { length: 24 };
      assert.deepEqual(await create(type, inputs), await create(type, inputs));
    }
    assert.deepEqual(await create(ID, { byteLength: 8 }), await create(ID, { byteLength: 8 }));
  });

  it("draws different values for different names", async () => {
    const names = Array.from({ length: 20 }, (_, index) => `value-${index}`);
    const drawn = await Promise.all(names.map(name => text({ length: 24 }, name)));
    assert.equal(new Set(drawn).size, names.length);
  });

  it("draws another value when the keepers change", async () => {
    const [one, same, other] = await Promise.all(
      ["1", "1", "2"].map(version => text({ length: 24, keepers: { version } })),
    );
    assert.equal(one, same);
    assert.notEqual(one, other);
  });

  it("draws as many letters as asked, from the alphabets that are not switched off", () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 128 }), alphabets, fc.string(), async (length, allowed, name) => {
        const drawn = await text({ length, ...allow(allowed) }, name);
        assert.equal(drawn.length, length);
        assert.ok(consistsOf(drawn, lettersOf(allowed)), `"${drawn}" is not of ${allowed}`);
      }),
    ));

  it("draws at least the least number of each alphabet", () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({ lower: fc.nat(6), upper: fc.nat(6), numeric: fc.nat(6), special: fc.nat(6) }),
        fc.nat(10),
        fc.string(),
        async (least, more, name) => {
          const length = least.lower + least.upper + least.numeric + least.special + more;
          const { lower: minLower, upper: minUpper, numeric: minNumeric, special: minSpecial } = least;
          const drawn = await text({ length, minLower, minUpper, minNumeric, minSpecial }, name);
          assert.equal(drawn.length, length);
          for (const alphabet of NAMES)
            assert.ok(count(drawn, ALPHABETS[alphabet]) >= least[alphabet], `"${drawn}" has too few ${alphabet}`);
        },
      ),
    ));

  it("draws special letters from the overriding ones only", () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 64 }), fc.string(), async (length, name) => {
        const inputs = { length, lower: false, upper: false, numeric: false, minSpecial: 1, overrideSpecial: "_-" };
        assert.match(await text(inputs, name), new RegExp(`^[_-]{${length}}$`));
      }),
    ));

  it("draws every letter of all alphabets unless told otherwise", async () => {
    const drawn = await text({ length: 4096 });
    assert.deepEqual([...new Set(drawn)].sort(), [...lettersOf(NAMES)].sort());
  });

  it("rejects minimums that do not fit into the length", () =>
    assert.rejects(create(PASSWORD, { length: 3, minNumeric: 2, minUpper: 2 }), {
      message: "the random double: a length of 3 has no room for the 4 letters that the minimums ask for",
    }));

  it("uses a string as its own id, but never a password", async () => {
    const { id, outputs } = await create(STRING, { length: 8 });
    assert.equal(id, outputs.result);
    assert.equal((await create(PASSWORD, { length: 8 })).id, "none");
  });

  it("gives an id of as many bytes as asked, spelled in three ways", () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 100 }), fc.string(), async (byteLength, name) => {
        const { id, outputs } = await create(ID, { byteLength }, name);
        const bytes = Buffer.from(String(outputs.hex), "hex");
        assert.equal(bytes.length, byteLength);
        assert.deepEqual(
          [id, outputs.b64Url, outputs.b64Std],
          [bytes.toString("base64url"), bytes.toString("base64url"), bytes.toString("base64")],
        );
      }),
    ));

  for (const [type, inputs, computed] of [
    [PASSWORD, { length: 24, special: false }, ["result", "bcryptHash"]],
    [STRING, { length: 24 }, ["result"]],
    [ID, { byteLength: 8 }, ["b64Url", "b64Std", "hex"]],
  ] as const)
    it(`leaves what it will draw for a ${type} unknown in a preview`, async () => {
      const { outputs } = await create(type, inputs, "value", true);
      assert.deepEqual(outputs, { ...inputs, ...Object.fromEntries(computed.map(key => [key, UNKNOWN])) });
    });

  it("leaves everything unknown while the length is", async () => {
    for (const type of [PASSWORD, STRING, ID]) {
      const {
        length: _length,
        byteLength: _bytes,
        ...computed
      } = (await create(type, { length: UNKNOWN, byteLength: UNKNOWN }, "value", true)).outputs;
      assert.ok(Object.values(computed).every(value => value === UNKNOWN));
    }
  });

  it("hides a password and its hash, and nothing else of it", async () => {
    const { outputs } = await create(PASSWORD, { length: 24 });
    const marked = randomDouble.markSecrets?.(PASSWORD, outputs) ?? {};
    const hidden = Object.keys(marked).filter(key => isSecret(marked[key]));
    assert.deepEqual(hidden, ["result", "bcryptHash"]);
    assert.deepEqual(plainObject(marked), outputs);
  });

  it("gives a password a hash that looks like one", async () => {
    const { outputs } = await create(PASSWORD, { length: 24 });
    assert.match(String(outputs.bcryptHash), /^\$2a\$10\$[0-9a-f]{53}$/);
  });

  it("keeps a value through an update and lets it go without a word", async () => {
    const { id, outputs: state } = await create(STRING, { length: 8 });
    const request = { ...identity(STRING, "value"), id, state };
    const inputs = { length: 8, keepers: {} };
    assert.deepEqual(await randomDouble.update({ ...request, inputs, preview: false }), { ...state, ...inputs });
    await randomDouble.delete(request);
  });

  it("hides a password that is not known yet", async () => {
    const { outputs } = await create(PASSWORD, { length: 24 }, "value", true);
    assert.deepEqual(randomDouble.markSecrets?.(PASSWORD, outputs)?.result, secret(UNKNOWN));
  });

  it("adds nothing to what it is shown: of a password's inputs a refresh makes no values", () =>
    assert.deepEqual(randomDouble.markSecrets?.(PASSWORD, { length: 24 }), { length: 24 }));

  it("shows a random string", async () => {
    const { outputs } = await create(STRING, { length: 24 });
    assert.deepEqual(randomDouble.markSecrets?.(STRING, outputs), outputs);
  });

  it("replaces on every changed input, each named once", async () => {
    const changed = ["length", "keepers.version", "keepers.model"];
    const request = { ...identity(STRING, "value"), id: "x", oldInputs: {}, newInputs: {}, changed };
    assert.deepEqual(await randomDouble.diff(request), { replaces: ["length", "keepers"], deleteBeforeReplace: false });
  });

  it("rejects a type that it does not know", async () => {
    const pet = "random:index/randomPet:RandomPet";
    const message = `the random double does not know the resource type "${pet}": add it to the double, or use one that it knows`;
    await assert.rejects(async () => randomDouble.check(identity(pet, "pet"), {}, undefined), { message });
    await assert.rejects(create(pet, {}), { message });
  });
});
