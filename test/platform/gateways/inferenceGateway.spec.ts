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

  it("is named as upstream names it, and called by the name that Istio gives its Service", async () => {
    assert.deepEqual(await settled(gateway.gateway), { name: NAME, namespace: "llm-d-gateway" });
    assert.deepEqual(await settled(gateway.service), { name: `${NAME}-istio`, namespace: "llm-d-gateway" });
    assert.equal(await settled(gateway.url), `http://${NAME}-istio.llm-d-gateway.svc.cluster.local`);
  });

  it("takes routes of every namespace, and asks pickers", () => {
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

  it("is inside the cluster only, of upstream's size, with pods to spare", () => {
    const { data } = only(registered, CONFIG_MAP).inputs as { data: Record<string, string> };
    assert.deepEqual(JSON.parse(data.service ?? ""), { spec: { type: "ClusterIP" } });
    const [container] = JSON.parse(data.deployment ?? "").spec.template.spec.containers;
    assert.deepEqual(container.resources, {
      requests: { cpu: "2", memory: "4Gi" },
      limits: { cpu: "8", memory: "16Gi" },
    });
    const { minReplicas, maxReplicas } = JSON.parse(data.horizontalPodAutoscaler ?? "").spec;
    assert.deepEqual([minReplicas, maxReplicas], [2, 4]);
  });

  it("writes the entry's log of itself, and lets a request be held for the 900 s in which a model starts", () => {
    const { spec } = only(registered, FILTER).inputs;
    assert.deepEqual(spec, {
      targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: NAME }],
      configPatches: [accessLog(), httpSettings({ stream_idle_timeout: "960s" }), keepalive(9002)],
    });
  });

  it("consists of parts named after it", () => {
    const parts = registered.filter(({ type }) => type !== "pulumi:providers:kubernetes");
    assertNamed(parts, "inference-gateway");
  });
});
