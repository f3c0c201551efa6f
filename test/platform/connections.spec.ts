import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { ISTIO_PORTS, ISTIOD_LABELS, LABELS, PROMETHEUS_PORT, SERVER_PORTS } from "../../catalog/serving";
import { SERVICES } from "../../platform/monitoring/stack";
import { NAMESPACES, type NamespaceKey } from "../../platform/namespaces";
import type { Policy } from "../../platform/networkPolicies";
import {
  type Connection,
  connectionsOf,
  needlessRules,
  nextAddress,
  policiesOf,
  type RenderedPod,
  refusedConnections,
} from "../support/connections";
import { deployedFromTheOffice } from "../support/deployer";
import type { Registered } from "../support/mockedProgram";
import type { Host } from "../support/networkPolicies";
import { registeredByLayers } from "../support/programs";
import { configure, rehearsed } from "../support/settings";
import { configIn, EVERYTHING } from "../support/stackFiles";

const pod = (namespace: NamespaceKey, labels: Readonly<Record<string, string>>): RenderedPod => ({
  address: nextAddress(),
  namespace: NAMESPACES[namespace],
  labels,
  ports: {},
});
const app = (name: string) => ({ app: name, [LABELS.app]: name });

/** Pods of charts, with the labels that their charts give them. */
const PODS = {
  istiod: pod("istio", ISTIOD_LABELS),
  solver: pod("entry", { "acme.cert-manager.io/http01-solver": "true" }),
  prometheus: pod("monitoring", app("prometheus")),
  alertmanager: pod("monitoring", app("alertmanager")),
  grafana: pod("monitoring", app("grafana")),
  prometheusOperator: pod("monitoring", { app: "kube-prometheus-stack-operator" }),
  stateMetrics: pod("monitoring", app("kube-state-metrics")),
  dcgm: pod("monitoring", app("dcgm-exporter")),
  keda: pod("keda", app("keda-operator")),
  kedaMetrics: pod("keda", app("keda-operator-metrics-apiserver")),
  kedaWebhooks: pod("keda", app("keda-admission-webhooks")),
  leaderWorkerSet: pod("leaderWorkerSet", { "control-plane": "controller-manager", [LABELS.app]: "lws" }),
  certManager: pod("certManager", app("cert-manager")),
  certManagerWebhook: pod("certManager", app("webhook")),
  gpuOperator: pod("gpuOperator", { app: "gpu-operator" }),
};
/** What a chart does not make, and no object of ours names an address of. */
const OTHERS = {
  entry: pod("entry", { [LABELS.gateway]: "llmd-entry" }),
  gateway: pod("gateway", { [LABELS.gateway]: "llm-d-inference-gateway" }),
  foreignGateway: { ...pod("gateway", { [LABELS.gateway]: "shop" }), namespace: "shop" },
  server: pod("models", { [LABELS.role]: "decode" }),
  picker: pod("models", { [LABELS.picker]: "qwen-v1-epp" }),
  copyJob: pod("models", { [LABELS.job]: "copy" }),
};
const host = (address: string): Host => ({ address });
const HOSTS = {
  apiServer: host("10.40.200.7"),
  dns: host("172.20.0.10"),
  /** Address of a Service, which is no pod's. */
  service: host("172.20.31.4"),
  loadBalancer: host("10.40.250.9"),
  internet: host("198.51.100.20"),
  podIdentity: host("169.254.170.23"),
};
const ENDS = { ...PODS, ...OTHERS, ...HOSTS };

type End = keyof typeof ENDS;

/** Connections of charts, by their values and source, and those that Istio, EKS and vLLM make by themselves. */
const OF_OTHERS: readonly (readonly [why: string, from: End, to: End, port: number, protocol?: "UDP"])[] = [
  ["configuration of the entry", "entry", "istiod", ISTIO_PORTS.configuration],
  ["configuration of the entry, by a Service", "entry", "service", ISTIO_PORTS.configuration],
  ["configuration of the gateway", "gateway", "istiod", ISTIO_PORTS.configuration],
  ["configuration of the gateway, by a Service", "gateway", "service", ISTIO_PORTS.configuration],
  ["configuration of somebody else's gateway", "foreignGateway", "istiod", ISTIO_PORTS.configuration],
  ["webhooks of Istio", "apiServer", "istiod", ISTIO_PORTS.webhooks],
  ["the authority's question", "entry", "solver", 8089],
  ["names, for the entry", "entry", "dns", 53, "UDP"],
  ["long names, for the entry", "entry", "dns", 53],
  ["names, for the gateway", "gateway", "dns", 53, "UDP"],
  ["long names, for the gateway", "gateway", "dns", 53],
  ["names, for a copy job", "copyJob", "dns", 53, "UDP"],
  ["long names, for a copy job", "copyJob", "dns", 53],
  ["weights", "server", "internet", 443],
  // No object of ours names it: a picker is expected to read load at the pool's ports, which the sidecar hands on.
  ...[0, 1, 2, 3, 4, 5, 6, 7].map(
    rank => ["load behind a sidecar", "picker", "server", SERVER_PORTS.behindSidecar + rank] as const,
  ),
  ["the API, for a picker", "picker", "apiServer", 443],
  ["the API, for a picker by its Service", "picker", "service", 443],
  ["metrics of Prometheus", "prometheus", "prometheus", PROMETHEUS_PORT],
  ["metrics of its reloader", "prometheus", "prometheus", 8080],
  ["metrics of its operator", "prometheus", "prometheusOperator", 8080],
  ["metrics of Grafana", "prometheus", "grafana", 3000],
  ["metrics of kube-state-metrics", "prometheus", "stateMetrics", 8080],
  ["kube-state-metrics' own metrics", "prometheus", "stateMetrics", 8081],
  ["metrics of GPUs", "prometheus", "dcgm", 9400],
  ["alerts, and metrics", "prometheus", "alertmanager", 9093],
  ["silences", "grafana", "alertmanager", 9093],
  ["dashboards", "grafana", "prometheus", PROMETHEUS_PORT],
  ["notifications", "alertmanager", "internet", 443],
  ["metrics of KEDA's operator", "prometheus", "keda", 8080],
  ["metrics of KEDA's metrics server", "prometheus", "kedaMetrics", 8080],
  ["metrics of KEDA's webhooks", "prometheus", "kedaWebhooks", 8080],
  ["KEDA scales", "keda", "apiServer", 443],
  ["values of what is scaled by", "kedaMetrics", "keda", 9666],
  ["the metrics API", "apiServer", "kedaMetrics", 6443],
  ["webhooks of KEDA", "apiServer", "kedaWebhooks", 9443],
  ["webhooks of LeaderWorkerSet", "apiServer", "leaderWorkerSet", 9443],
  ["metrics of LeaderWorkerSet", "prometheus", "leaderWorkerSet", 8443],
  ["webhooks of cert-manager", "apiServer", "certManagerWebhook", 10250],
  ["metrics of cert-manager", "prometheus", "certManager", 9402],
  ["a certificate's authority", "certManager", "internet", 443],
  ["metrics of the GPU Operator", "prometheus", "gpuOperator", 8080],
];

/** By their charts. */
const CHART_SERVICES = [
  {
    name: SERVICES.prometheus,
    namespace: NAMESPACES.monitoring,
    labels: {},
    selector: app("prometheus"),
    ports: [{ name: "http-web", port: PROMETHEUS_PORT, targetPort: PROMETHEUS_PORT }],
  },
  {
    name: "istiod",
    namespace: NAMESPACES.istio,
    labels: ISTIOD_LABELS,
    selector: ISTIOD_LABELS,
    ports: [{ name: "http-monitoring", port: ISTIO_PORTS.istiodMetrics, targetPort: ISTIO_PORTS.istiodMetrics }],
  },
];

const AROUND = {
  pods: Object.values(PODS),
  services: CHART_SERVICES,
  prometheus: PODS.prometheus,
  kedaOperator: PODS.keda,
  loadBalancer: HOSTS.loadBalancer,
  podIdentity: HOSTS.podIdentity,
};

const MODELS = "llmd-workloads:models";
const POOLS = "llmd-infra:gpuPools";

/** Everything, with groups of as many ranks as their own rule has ports for. */
function config(): Record<string, string> {
  const text = configIn(readFileSync(EVERYTHING, "utf8"));
  const models = JSON.parse(text[MODELS] ?? "").map((model: { expert?: object }) =>
    model.expert ? { ...model, expert: { ...model.expert, groupSize: 8 } } : model,
  );
  const pools = JSON.parse(text[POOLS] ?? "").map((pool: { staticNodes?: number }) =>
    pool.staticNodes ? { ...pool, maxNodes: 20, staticNodes: 16 } : pool,
  );
  return {
    ...text,
    "llmd:limits": JSON.stringify({ gpus: 400, usdPerHour: 10000, usdPerMonth: 7300000, onDemandGpus: true }),
    "llmd-infra:systemPool": JSON.stringify({ maxCpus: 128, maxMemoryGiB: 512, maxNodeCpus: 32 }),
    [MODELS]: JSON.stringify(models),
    [POOLS]: JSON.stringify(pools),
    "llmd-workloads:huggingFaceToken": "hf_abc",
  };
}

describe("the network policies of a platform with everything", () => {
  rehearsed();
  deployedFromTheOffice();

  let registered: Registered[];
  let policies: Policy[];

  before(async () => {
    const { platform, workloads } = await registeredByLayers(config(), "everything");
    registered = [...platform, ...workloads];
    policies = policiesOf(registered);
  });
  after(() => configure({}));

  const connections = (objects: readonly Registered[]): Connection[] => [
    ...connectionsOf(objects, AROUND),
    ...OF_OTHERS.map(
      ([why, from, to, port, protocol]): Connection => ({
        ...{ why, from: ENDS[from], to: ENDS[to], port },
        ...(protocol && { protocol }),
      }),
    ),
  ];

  it("let every connection through that objects, charts and the cloud make", () =>
    assert.deepEqual(refusedConnections(policies, connections(registered)), []));

  it("let nothing else through: each port of each rule is one that somebody connects to", () =>
    assert.deepEqual(needlessRules(policies, connections(registered)), []));

  it("would be found too strict for a picker that listens elsewhere", () => {
    const moved = registered.map(resource =>
      resource.type === "kubernetes:core/v1:Service" && resource.name === "qwen3-8b-v1-epp"
        ? {
            ...resource,
            inputs: JSON.parse(JSON.stringify(resource.inputs).replaceAll('"targetPort":9002', '"targetPort":9012')),
          }
        : resource,
    );
    const refused = refusedConnections(policies, connections(moved));
    assert.ok(refused.length > 0 && refused.every(each => each.startsWith("a gateway asks the picker of qwen3-8b-v1")));
  });

  it("would be found too wide with a port that nobody connects to", () => {
    const wider = policies.map(policy =>
      policy.name === "to-pickers"
        ? JSON.parse(JSON.stringify(policy).replace('"port":9002', '"port":9001,"endPort":9002'))
        : policy,
    );
    assert.deepEqual(needlessRules(wider, connections(registered)), ["models to-pickers: 9001"]);
  });
});
