import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { CHARTS } from "../../catalog/versions";
import { spreadConstraints } from "../../contracts/placement";
import { Istio } from "../../platform/istio";
import { assertNamed, inputsOf, only, type Registered, registeredBy, settled } from "../support/mockedProgram";

const COMPONENT = "llmd:platform:Istio";
const RELEASE = "kubernetes:helm.sh/v3:Release";

describe("the Istio of this platform", () => {
  let registered: Registered[];
  let istio: Istio;
  let values: unknown;

  before(async () => {
    registered = await registeredBy(() => {
      const kubernetes = new k8s.Provider("istio-cluster", {});
      istio = new Istio("istio", { kubernetes, namespace: "istio-system", priorityClass: "llmd-routing" });
    });
    values = only(registered, RELEASE, "istio-istiod").inputs.values;
  });

  it("is the charts base and istiod at their pins, in this order, each atomic", () => {
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

  it("serves InferencePools with two to five restricted replicas on the system pool, and logs no requests", () =>
    assert.deepEqual(values, {
      pilot: {
        env: { ENABLE_GATEWAY_API_INFERENCE_EXTENSION: "true" },
        autoscaleMin: 2,
        autoscaleMax: 5,
        resources: { requests: { cpu: "250m", memory: "1Gi" }, limits: { cpu: "2", memory: "2Gi" } },
        seccompProfile: { type: "RuntimeDefault" },
        nodeSelector: { "karpenter.sh/nodepool": "system" },
        topologySpreadConstraints: spreadConstraints({ app: "istiod" }),
      },
      global: { priorityClassName: "llmd-routing" },
      gateways: { seccompProfile: { type: "RuntimeDefault" } },
      meshConfig: { accessLogFile: "" },
    }));

  it("hands over no revision", async () => assert.equal(await settled(istio.revision), undefined));
});

const published = (name: "istioBase" | "istiod") => {
  const { chart, version, repository } = CHARTS[name];
  return { chart, version, repositoryOpts: { repo: repository } };
};
