import assert from "node:assert/strict";
import type { WireObject } from "../../rehearsal/doubles/protocol/wire";
import type { StateResource } from "../../rehearsal/engine/pulumi";
import { countByKind, endlessWaits, waitsOf } from "../../rehearsal/waits";

const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const urnOf = (type: string, name: string) => `urn:pulumi:dev::llmd-platform::${type}::${name}`;
const resource = (type: string, name: string, more = {}) => ({ urn: urnOf(type, name), type, ...more });

describe("the waits of a stack", () => {
  const waits = waitsOf("platform", [
    resource("pulumi:pulumi:Stack", "llmd-platform-dev"),
    resource(DEPLOYMENT, "entry", { customTimeouts: { create: 1200 } }),
    resource(DEPLOYMENT, "renderer", { inputs: { metadata: { annotations: { "pulumi.com/skipAwait": "true" } } } }),
    resource("kubernetes:helm.sh/v3:Release", "keda", { inputs: { timeout: 900 } }),
    resource(DEPLOYMENT, "payload"),
  ]);

  it("name each object that is waited for, in the order of the state", () =>
    assert.deepEqual(
      waits.map(({ stack, urn, kind, atMostSeconds }) => [stack, urn, kind, atMostSeconds]),
      [
        ["platform", urnOf(DEPLOYMENT, "entry"), "Deployment", 1200],
        ["platform", urnOf("kubernetes:helm.sh/v3:Release", "keda"), "Release", 900],
        ["platform", urnOf(DEPLOYMENT, "payload"), "Deployment", 600],
      ],
    ));

  it("are counted by kind", () => assert.equal(countByKind(waits), "2 Deployment, 1 Release"));
});

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

const endless = (...resources: StateResource[]) => endlessWaits([{ stack: "platform", resources }]);

const TOO_LATE =
  'platform waits for the pods of Deployment "router", which need ConfigMap llm-d/settings, and ' +
  "that is made after it: it depends on it";

describe("a wait that cannot end", () => {
  it("is for pods that need what depends on them, directly or not", () => {
    assert.deepEqual(endless(router(), made("ConfigMap", "settings", dependingOn("urn:Deployment:router"))), [
      TOO_LATE,
    ]);
    const between = made("Service", "router", dependingOn("urn:Deployment:router"));
    assert.deepEqual(endless(router(), between, made("ConfigMap", "settings", dependingOn("urn:Service:router"))), [
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
      const found = endless(router({ inputs }), made(late, "it", dependingOn("urn:Deployment:router")));
      assert.equal(found.length, 1);
      assert.ok(found[0]?.includes(`which need ${late} llm-d/it,`), found[0]);
    });

  it("is none where the object comes first, at the same time or from somebody else", () => {
    assert.deepEqual(endless(made("ConfigMap", "settings"), router(dependingOn("urn:ConfigMap:settings"))), []);
    assert.deepEqual(endless(router(), made("ConfigMap", "settings")), []);
    assert.deepEqual(endless(router()), []);
  });

  it("is none where nobody waits, or the pods start without it", () => {
    const late = made("ConfigMap", "settings", dependingOn("urn:Deployment:router"));
    assert.deepEqual(endless(router({}, SKIPPED), late), []);
    assert.deepEqual(endless(router(mounting({ configMap: { name: "settings", optional: true } })), late), []);
  });

  it("is none where an object of that name is of another namespace or kind", () => {
    const urn = dependingOn("urn:Deployment:router");
    assert.deepEqual(endless(router(), made("ConfigMap", "settings", urn, { namespace: "other" })), []);
    assert.deepEqual(endless(router(), made("Secret", "settings", urn)), []);
  });

  it("ends its search where resources depend on each other in a circle", () =>
    assert.deepEqual(
      endless(
        router(),
        made("ConfigMap", "a", dependingOn("urn:ConfigMap:b")),
        made("ConfigMap", "b", dependingOn("urn:ConfigMap:a")),
      ),
      [],
    ));
});
