import assert from "node:assert/strict";
import fc from "fast-check";
import { kubernetesDouble } from "../../../../rehearsal/doubles/kubernetes";
import { compare, prune, refreshed } from "../../../../rehearsal/doubles/kubernetes/comparison";
import { isEquivalent } from "../../../../rehearsal/doubles/kubernetes/spelling";
import { changesOf } from "../../../../rehearsal/doubles/protocol/server";
import type { WireObject } from "../../../../rehearsal/doubles/protocol/wire";
import { type Apply, KubernetesApi, type KubernetesObject } from "../../../../rehearsal/kubernetesApi";
import { identity } from "../../../support/kubernetes";
import { PROVIDER_ANSWERS, type ProviderAnswer } from "./providerAnswers";

const ACCESS = { server: "https://127.0.0.1:1", certificateAuthority: "", clientCertificate: "", clientKey: "" };
const KUBECONFIG = JSON.stringify({ clusters: [{ cluster: { server: ACCESS.server } }] });

/** Makes of any object what the row says. */
class Storing extends KubernetesApi {
  stored: WireObject = {};

  override async apply(_object: KubernetesObject, { dryRun }: Apply): Promise<KubernetesObject> {
    assert.ok(dryRun);
    return this.stored as KubernetesObject;
  }
}

const api = new Storing(ACCESS);
/** The double as the engine asks it. */
const double = kubernetesDouble({ api, resolveUrl: url => url, charts: [] });

async function answerOf(answer: ProviderAnswer) {
  const { old, live = old, inputs = old, stored = inputs, ignoreChanges = [], mutability } = answer;
  const { configMaps, secrets } = mutability ?? { configMaps: true, secrets: true };
  api.stored = stored;
  await double.configure?.({
    kubeconfig: KUBECONFIG,
    enableConfigMapMutable: String(configMaps),
    enableSecretMutable: String(secrets),
  });
  const asked = { ...identity(inputs, "it"), id: "spec/it", oldInputs: old, newInputs: inputs };
  const changes = await changesOf(double, { ...asked, state: live }, ignoreChanges);
  const { replaces, deleteBeforeReplace } = await double.diff({ ...asked, changed: [...changes.keys()] });
  return { changes: Object.fromEntries(changes), replaces, deletesFirst: deleteBeforeReplace };
}

describe("the kubernetes double, asked what changed, answers as the real provider does: it", () => {
  for (const answer of PROVIDER_ANSWERS)
    it(answer.what, async () => {
      const { changes, replaces = [], deletesFirst = false } = answer;
      assert.deepEqual(await answerOf(answer), { changes, replaces, deletesFirst });
    });
});

const key = fc.string({ minLength: 1, maxLength: 3 }).filter(text => text !== "__proto__");
const anything = fc.letrec<{ value: never }>(tie => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.integer(),
    fc.boolean(),
    fc.string(),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(key, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ) as fc.Arbitrary<never>,
})).value;
const objects = fc.dictionary(key, anything, { maxKeys: 4, noNullPrototype: true }) as fc.Arbitrary<WireObject>;

const custom = (spec: WireObject): WireObject => ({
  apiVersion: "example.com/v1",
  kind: "Widget",
  metadata: { name: "it", namespace: "spec" },
  spec,
});

describe("a live object cut to a shape", () => {
  it("is itself where it has the shape", () =>
    fc.assert(fc.property(objects, object => assert.deepEqual(prune(object, object), object))));

  it("is cut no further a second time", () =>
    fc.assert(
      fc.property(objects, objects, (live, shape) => {
        const once = prune(live, shape);
        assert.deepEqual(prune(once, shape), once);
      }),
    ));

  it("has no key that the shape lacks", () =>
    fc.assert(
      fc.property(objects, objects, (live, shape) =>
        Object.keys(prune(live, shape) as WireObject).every(name => name in shape),
      ),
    ));

  it("keeps the whole list where the items are of another form", () =>
    assert.deepEqual(prune({ args: ["a", "b"] }, { args: [{ name: "a" }] }), { args: ["a", "b"] }));
});

describe("an object that is live as it was given", () => {
  it("has nothing to change", () =>
    fc.assert(
      fc.property(objects, spec => {
        const inputs = custom(spec);
        assert.deepEqual([...compare({ oldInputs: inputs, newInputs: inputs, live: inputs }).changes], []);
      }),
    ));

  it("has nothing to change after a refresh either, which finds the inputs again", () =>
    fc.assert(
      fc.property(objects, objects, (spec, more) => {
        const inputs = custom(spec);
        assert.deepEqual(refreshed(inputs, { ...custom({ ...more, ...spec }), status: {} }), inputs);
      }),
    ));
});

describe("two spellings", () => {
  for (const [a, b] of [
    ["1000m", "1"],
    ["1000m", 1],
    ["0.5", "500m"],
    ["1024Mi", "1Gi"],
    ["1e3", "1k"],
    ["1.5Gi", "1536Mi"],
    ["0", "0Gi"],
    ["2026-11-30T21:00:00Z", "2026-11-30T22:00:00+01:00"],
    ["YWJj\nZA==\n", "YWJjZA=="],
  ] as const)
    it(`${JSON.stringify(a)} and ${JSON.stringify(b)} are the same`, () => {
      assert.equal(isEquivalent(a, b), true);
      assert.equal(isEquivalent(b, a), true);
    });

  for (const [a, b] of [
    ["1001m", "1"],
    ["1G", "1Gi"],
    ["1", "one"],
    ["", "0"],
    [".", "0"],
    [true, "true"],
    [0, false],
    ["2026-11-30T21:00:00Z", "2026-11-30T21:00:01Z"],
    [undefined, "1"],
  ] as const)
    it(`${JSON.stringify(a)} and ${JSON.stringify(b)} are not`, () => assert.equal(isEquivalent(a, b), false));
});
