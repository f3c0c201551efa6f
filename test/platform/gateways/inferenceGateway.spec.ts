import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { accessLog } from "../../../platform/gateways/accessLog";
import { httpSettings, keepalive } from "../../../platform/gateways/envoyPatches";
import { InferenceGateway } from "../../../platform/gateways/inferenceGateway";
import { assertNamed, only, type Registered, registeredBy, settled } from "../../support/mockedProgram";

const GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway";
const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
const FILTER = "kubernetes:networking.istio.io/v1alpha3:EnvoyFilter";
const NAME = "llm-d-inference-gateway";

describe("the inference gateway", () => {
  let registered: Registered[];
  let gateway: InferenceGateway;

  before(async () => {
    registered = await registeredBy(() => {
      const kubernetes = new k8s.Provider("cluster");
      gateway = new InferenceGateway("inference-gateway", {
        kubernetes,
        namespace: "llm-d-gateway",
        revision: pulumi.output<string | undefined>(undefined),
      });
    });
  });

  it("has upstream's name, and the URL of the Service that Istio makes", async () => {
    assert.deepEqual(await settled(gateway.gateway), { name: NAME, namespace: "llm-d-gateway" });
    assert.deepEqual(await settled(gateway.service), { name: `${NAME}-istio`, namespace: "llm-d-gateway" });
    assert.equal(await settled(gateway.url), `http://${NAME}-istio.llm-d-gateway.svc.cluster.local`);
  });

  it("accepts routes of every namespace, and calls endpoint pickers", () => {
    const { metadata, spec } = only(registered, GATEWAY).inputs as Record<string, Record<string, unknown>>;
    assert.deepEqual(metadata?.labels, { "istio.io/enable-inference-extproc": "true" });
    assert.deepEqual(spec, {
      gatewayClassName: "istio",
      infrastructure: {
        annotations: { "proxy.istio.io/config": '{"drainDuration":"900s"}' },
        parametersRef: { group: "", kind: "ConfigMap", name: NAME },
      },
      listeners: [{ name: "default", port: 80, protocol: "HTTP", allowedRoutes: { namespaces: { from: "All" } } }],
    });
  });

  it("has upstream's resources, and two to four pods", () => {
    const { data } = only(registered, CONFIG_MAP).inputs as { data: Record<string, string> };
    const [container] = JSON.parse(data.deployment ?? "").spec.template.spec.containers;
    assert.deepEqual(container.resources, {
      requests: { cpu: "2", memory: "4Gi" },
      limits: { cpu: "8", memory: "16Gi" },
    });
    const { minReplicas, maxReplicas } = JSON.parse(data.horizontalPodAutoscaler ?? "").spec;
    assert.deepEqual([minReplicas, maxReplicas], [2, 4]);
  });

  it("logs like the entry, and waits longer than the 900 s for which an endpoint picker holds a request", () => {
    const { spec } = only(registered, FILTER).inputs;
    assert.deepEqual(spec, {
      targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: NAME }],
      configPatches: [accessLog(), httpSettings({ stream_idle_timeout: "960s" }), keepalive(9002)],
    });
  });

  it("consists of objects named after it", () => {
    const parts = registered.filter(({ type }) => type !== "pulumi:providers:kubernetes");
    assertNamed(parts, "inference-gateway");
  });
});
