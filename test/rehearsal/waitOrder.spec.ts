import assert from "node:assert/strict";
import type { WireObject } from "../../rehearsal/doubles/protocol/wire";
import type { StateResource } from "../../rehearsal/engine/pulumi";
import { endlessWaits } from "../../rehearsal/waitOrder";

const SKIPPED = { annotations: { "pulumi.com/skipAwait": "true" } };

const made = (
  kind: string,
  name: string,
  more: Partial<StateResource> = {},
  metadata: WireObject = {},
): StateResource => {
  const type = `kubernetes:${kind === "Deployment" ? "apps/v1" : "core/v1"}:${kind}`;
  const { inputs, ...rest } = more;
  const object = { kind, metadata: { name, namespace: "llm-d", ...metadata }, ...inputs };
  return { urn: `urn:${kind}:${name}`, type, inputs: object, ...rest };
};

const mounting = (...volumes: WireObject[]): Partial<StateResource> => ({
  inputs: { spec: { template: { spec: { volumes } } } },
});

const router = (more: Partial<StateResource> = {}, metadata: WireObject = {}) =>
  made("Deployment", "router", { ...mounting({ configMap: { name: "settings" } }), ...more }, metadata);
const dependingOn = (...urns: string[]) => ({ dependencies: urns });

const waits = (...resources: StateResource[]) => endlessWaits([{ stack: "platform", resources }]);

const TOO_LATE =
  'platform waits for the pods of Deployment "router", which need ConfigMap llm-d/settings, and ' +
  "that is made after it: it depends on it";

describe("a wait that cannot end", () => {
  it("is for pods that need what depends on them, directly or not", () => {
    assert.deepEqual(waits(router(), made("ConfigMap", "settings", dependingOn("urn:Deployment:router"))), [TOO_LATE]);
    const between = made("Service", "router", dependingOn("urn:Deployment:router"));
    assert.deepEqual(waits(router(), between, made("ConfigMap", "settings", dependingOn("urn:Service:router"))), [
      TOO_LATE,
    ]);
  });

  it("is for pods that need what a later stack makes", () =>
    assert.deepEqual(
      endlessWaits([
        { stack: "platform", resources: [router()] },
        { stack: "workloads", resources: [made("ConfigMap", "settings")] },
      ]),
      [
        'platform waits for the pods of Deployment "router", which need ConfigMap llm-d/settings, and ' +
          "that is made later, by workloads",
      ],
    ));

  for (const [what, pod, late] of [
    ["a volume's Secret", { volumes: [{ secret: { secretName: "it" } }] }, "Secret"],
    ["a projected Secret", { volumes: [{ projected: { sources: [{ secret: { name: "it" } }] } }] }, "Secret"],
    ["a claim", { volumes: [{ persistentVolumeClaim: { claimName: "it" } }] }, "PersistentVolumeClaim"],
    ["a variable", { containers: [{ env: [{ valueFrom: { secretKeyRef: { name: "it" } } }] }] }, "Secret"],
    ["all variables", { initContainers: [{ envFrom: [{ configMapRef: { name: "it" } }] }] }, "ConfigMap"],
    ["the account", { serviceAccountName: "it" }, "ServiceAccount"],
  ] as const)
    it(`is found by ${what}`, () => {
      const inputs = { spec: { template: { spec: pod as WireObject } } };
      const found = waits(router({ inputs }), made(late, "it", dependingOn("urn:Deployment:router")));
      assert.equal(found.length, 1);
      assert.ok(found[0]?.includes(`which need ${late} llm-d/it,`), found[0]);
    });

  it("is none where the object comes first, at the same time or from somebody else", () => {
    assert.deepEqual(waits(made("ConfigMap", "settings"), router(dependingOn("urn:ConfigMap:settings"))), []);
    assert.deepEqual(waits(router(), made("ConfigMap", "settings")), []);
    assert.deepEqual(waits(router()), []);
  });

  it("is none where nobody waits, or the pods start without it", () => {
    const late = made("ConfigMap", "settings", dependingOn("urn:Deployment:router"));
    assert.deepEqual(waits(router({}, SKIPPED), late), []);
    assert.deepEqual(waits(router(mounting({ configMap: { name: "settings", optional: true } })), late), []);
  });

  it("is none where an object of that name is of another namespace or kind", () => {
    const urn = dependingOn("urn:Deployment:router");
    assert.deepEqual(waits(router(), made("ConfigMap", "settings", urn, { namespace: "other" })), []);
    assert.deepEqual(waits(router(), made("Secret", "settings", urn)), []);
  });

  it("ends its search where resources depend on each other in a circle", () =>
    assert.deepEqual(
      waits(
        router(),
        made("ConfigMap", "a", dependingOn("urn:ConfigMap:b")),
        made("ConfigMap", "b", dependingOn("urn:ConfigMap:a")),
      ),
      [],
    ));
});
