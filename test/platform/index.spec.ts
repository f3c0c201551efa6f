import assert from "node:assert/strict";
import { PINS } from "../../catalog/versions";
import { INFRA_OUTPUTS } from "../support/infraOutputs";
import { inputsOf, ofType, only, type States } from "../support/mockedProgram";
import { completedProgram, handedOver } from "../support/programs";
import { configure, rehearsed } from "../support/settings";
import { configOf } from "../support/stackFiles";
import { SERVED_ISTIO, statesOf } from "./servedCrds";

/** Without a cache of images, which needs a stack around the program. */
const INFRA = handedOver("infra", { ...INFRA_OUTPUTS, imageCache: {} });

const LOAD_BALANCER = {
  "kubernetes:core/v1:Service::entry": { status: { loadBalancer: { ingress: [{ hostname: "nlb.amazonaws.com" }] } } },
};

/** Runs the program of dev with other groups of keys. */
function run(groups: Readonly<Record<string, object>>, states: States = {}) {
  const own = Object.entries(groups).map(([key, value]) => [`llmd-platform:${key}`, JSON.stringify(value)]);
  const config = { ...configOf("dev"), ...Object.fromEntries(own) };
  return completedProgram("platform", { config, states: { ...INFRA, ...LOAD_BALANCER, ...states } });
}

describe("the platform's program", () => {
  rehearsed();
  afterEach(() => configure({}));

  it("warns of a pin without support, and goes on", async () => {
    const { supportedUntil } = PINS.istio;
    Object.assign(PINS.istio, { supportedUntil: "2026-01-31" });
    const { warnings } = await run({});
    Object.assign(PINS.istio, { supportedUntil });
    assert.deepEqual(warnings, [
      `istio ${PINS.istio.version} has had no security fixes since 2026-01-31: raise its pin in catalog/versions.ts`,
    ]);
  });

  describe("with an existing Istio", () => {
    const env = [{ name: "ENABLE_GATEWAY_API_INFERENCE_EXTENSION", value: "true" }];
    const container = { name: "discovery", image: "docker.io/istio/pilot:1.30.5", env };
    const states = {
      "kubernetes:apps/v1:Deployment::istio-istiod": {
        metadata: {},
        spec: { template: { spec: { containers: [container] } } },
      },
      ...statesOf("istio", SERVED_ISTIO),
    };

    it("labels every Gateway with its revision, installs no Istio, and scrapes istiod in its namespace", async () => {
      const istio = { mode: "existing", namespace: "mesh", revision: "canary" };
      const { registered } = await run({ entry: { exposure: "internal" }, istio }, states);
      const gateways = ofType(registered, "kubernetes:gateway.networking.k8s.io/v1:Gateway").map(({ name, inputs }) => {
        const { labels } = inputs.metadata as { labels?: Readonly<Record<string, string>> };
        return [name, labels?.["istio.io/rev"]];
      });
      assert.deepEqual(gateways, [
        ["entry", "canary"],
        ["inference-gateway", "canary"],
      ]);
      const charts = inputsOf(registered, "kubernetes:helm.sh/v3:Release").map(({ chart }) => chart);
      assert.ok(!charts.includes("istiod") && !charts.includes("base"));
      const { spec } = only(
        registered,
        "kubernetes:monitoring.coreos.com/v1:ServiceMonitor",
        "monitoring-istiod",
      ).inputs;
      assert.deepEqual((spec as { namespaceSelector: object }).namespaceSelector, { matchNames: ["mesh"] });
    });
  });
});
