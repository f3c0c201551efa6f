import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { createMonitors } from "../../../platform/monitoring/monitors";
import { assertNamed, only, type Registered, registeredBy } from "../../support/mockedProgram";

const POD_MONITOR = "kubernetes:monitoring.coreos.com/v1:PodMonitor";
const SERVICE_MONITOR = "kubernetes:monitoring.coreos.com/v1:ServiceMonitor";

interface Endpoint {
  readonly port: string;
  readonly path: string;
  readonly interval: string;
  readonly relabelings?: readonly { readonly sourceLabels: readonly string[]; readonly targetLabel: string }[];
}

describe("the monitors", () => {
  let registered: Registered[];

  before(async () => {
    registered = await registeredBy(() => {
      const provider = new k8s.Provider("monitoring-cluster", { kubeconfig: "{}" });
      createMonitors(
        "monitoring",
        {
          namespace: "llm-d-monitoring",
          modelsNamespace: "llm-d",
          gatewayNamespaces: ["llm-d-gateway", "llm-d-entry"],
          istioNamespace: "istio-system",
        },
        { provider },
      );
    });
  });

  const monitor = (type: string, name: string) => {
    const { inputs } = only(registered, type, `monitoring-${name}`);
    return inputs as { metadata: object; spec: { selector: object; namespaceSelector?: object } };
  };
  const podEndpoints = (name: string): readonly Endpoint[] =>
    (monitor(POD_MONITOR, name).spec as unknown as { podMetricsEndpoints: readonly Endpoint[] }).podMetricsEndpoints;
  const serviceEndpoints = (name: string): readonly Endpoint[] =>
    (monitor(SERVICE_MONITOR, name).spec as unknown as { endpoints: readonly Endpoint[] }).endpoints;

  for (const [role, rankPort] of [
    ["decode", "vllm-rank"],
    ["prefill", "rank"],
  ] as const) {
    it(`select the ${role} servers of every model, under upstream's name`, () => {
      const { metadata, spec } = monitor(POD_MONITOR, role);
      assert.deepEqual(metadata, { name: role, namespace: "llm-d" });
      assert.deepEqual(spec.selector, { matchLabels: { "llm-d.ai/role": role } });
      // In its own namespace only.
      assert.equal(spec.namespaceSelector, undefined);
    });

    it(`scrape every rank of a ${role} server, each at its own port`, () =>
      assert.deepEqual(
        podEndpoints(role).map(({ port, path, interval }) => `${port} ${path} ${interval}`),
        ["modelserver", ...[0, 1, 2, 3, 4, 5, 6, 7].map(rank => `${rankPort}${rank}`)].map(
          port => `${port} /metrics 30s`,
        ),
      ));

    it(`label ${role} servers with model, role and revision`, () => {
      for (const { relabelings } of podEndpoints(role))
        assert.deepEqual(relabelings, [
          { sourceLabels: ["__meta_kubernetes_pod_label_llm_d_ai_model"], targetLabel: "model" },
          { sourceLabels: ["__meta_kubernetes_pod_label_llm_d_ai_role"], targetLabel: "role" },
          { sourceLabels: ["__meta_kubernetes_pod_label_llmd_revision"], targetLabel: "revision" },
        ]);
    });
  }

  it("scrape the Services of endpoint pickers every 10 s, for autoscaling", () => {
    const { metadata, spec } = monitor(SERVICE_MONITOR, "pickers");
    assert.deepEqual(metadata, { name: "pickers", namespace: "llm-d" });
    assert.deepEqual(spec.selector, { matchLabels: { "llm-d.ai/igw-mode": "llm-d-router-gateway" } });
    assert.deepEqual(serviceEndpoints("pickers"), [{ port: "http-metrics", path: "/metrics", interval: "10s" }]);
  });

  it("scrape the proxies of all Gateways, labelled with the Gateway", () => {
    const { metadata, spec } = monitor(POD_MONITOR, "gateways");
    assert.deepEqual(metadata, { name: "gateways", namespace: "llm-d-monitoring" });
    assert.deepEqual(spec.namespaceSelector, { matchNames: ["llm-d-gateway", "llm-d-entry"] });
    assert.deepEqual(spec.selector, {
      matchExpressions: [{ key: "gateway.networking.k8s.io/gateway-name", operator: "Exists" }],
    });
    assert.deepEqual(podEndpoints("gateways"), [
      {
        port: "http-envoy-prom",
        path: "/stats/prometheus",
        interval: "30s",
        relabelings: [
          {
            sourceLabels: ["__meta_kubernetes_pod_label_gateway_networking_k8s_io_gateway_name"],
            targetLabel: "gateway",
          },
        ],
      },
    ]);
  });

  it("scrape istiod of any revision", () => {
    const { spec } = monitor(SERVICE_MONITOR, "istiod");
    assert.deepEqual(spec.namespaceSelector, { matchNames: ["istio-system"] });
    assert.deepEqual(spec.selector, { matchLabels: { app: "istiod" } });
    assert.deepEqual(serviceEndpoints("istiod"), [{ port: "http-monitoring", path: "/metrics", interval: "30s" }]);
  });

  it("are named after their component", () => assertNamed(registered, "monitoring"));
});
