import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { CHARTS } from "../../catalog/versions";
import { spreadConstraints } from "../../contracts/placement";
import { Istio } from "../../platform/istio";
import { assertNamed, inputsOf, only, type Registered, registeredBy, settled } from "../support/mockedProgram";

const COMPONENT = "llmd:platform:Istio";
const RELEASE = "kubernetes:helm.sh/v3:Release";

interface IstiodValues {
  readonly pilot: {
    readonly env: Readonly<Record<string, string>>;
    readonly autoscaleMin: number;
    readonly autoscaleMax: number;
    readonly resources: Readonly<Record<"requests" | "limits", Readonly<Record<"cpu" | "memory", string>>>>;
    readonly seccompProfile: object;
    readonly nodeSelector: object;
    readonly topologySpreadConstraints: readonly object[];
  };
  readonly global: object;
  readonly gateways: object;
  readonly meshConfig: object;
}

describe("the Istio of this platform", () => {
  let registered: Registered[];
  let istio: Istio;
  let values: IstiodValues;

  before(async () => {
    registered = await registeredBy(() => {
      const kubernetes = new k8s.Provider("istio-cluster", {});
      istio = new Istio("istio", { kubernetes, namespace: "istio-system", priorityClass: "llmd-routing" });
    });
    values = only(registered, RELEASE, "istio-istiod").inputs.values as IstiodValues;
  });

  it("is the charts base and istiod at their pins, whole or not at all, in this order", () => {
    assertNamed(registered, "istio");
    const charts = inputsOf(registered, RELEASE).map(({ values: _values, ...inputs }) => inputs);
    const inNamespace = { namespace: "istio-system", atomic: true, maxHistory: 5, timeout: 600, compat: "true" };
    assert.deepEqual(charts, [
      { ...inNamespace, ...published("istioBase"), name: "istio-base" },
      { ...inNamespace, ...published("istiod"), name: "istio-istiod" },
    ]);
    assert.deepEqual(only(registered, RELEASE, "istio-istiod").dependencies, [`${RELEASE}::istio-base`]);
    for (const name of ["istio-base", "istio-istiod"])
      assert.equal(only(registered, RELEASE, name).parent, `${COMPONENT}::istio`);
  });

  it("looks at InferencePools", () =>
    assert.deepEqual(values.pilot.env, { ENABLE_GATEWAY_API_INFERENCE_EXTENSION: "true" }));

  it("has two replicas at least, so that the chart gives it a budget of disruptions, and five at most", () =>
    assert.deepEqual([values.pilot.autoscaleMin, values.pilot.autoscaleMax], [2, 5]));

  it("has requests and limits for both CPU and memory", () =>
    assert.deepEqual(values.pilot.resources, {
      requests: { cpu: "250m", memory: "1Gi" },
      limits: { cpu: "2", memory: "2Gi" },
    }));

  it("runs on the system pool only, its two replicas on nodes and in zones of their own", () => {
    assert.deepEqual(values.pilot.nodeSelector, { "karpenter.sh/nodepool": "system" });
    assert.deepEqual(values.pilot.topologySpreadConstraints, spreadConstraints({ app: "istiod" }));
  });

  it("is placed before what is less urgent", () =>
    assert.deepEqual(values.global, { priorityClassName: "llmd-routing" }));

  it("keeps to the runtime's default system calls, and its gateways do", () => {
    assert.deepEqual(values.pilot.seccompProfile, { type: "RuntimeDefault" });
    assert.deepEqual(values.gateways, { seccompProfile: { type: "RuntimeDefault" } });
  });

  it("logs no requests", () => assert.deepEqual(values.meshConfig, { accessLogFile: "" }));

  it("is meant by Gateways that name no revision", async () => assert.equal(await settled(istio.revision), undefined));
});

const published = (name: "istioBase" | "istiod") => {
  const { chart, version, repository } = CHARTS[name];
  return { chart, version, repositoryOpts: { repo: repository } };
};
