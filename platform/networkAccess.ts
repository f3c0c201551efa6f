/** Who may talk to whom, row by row with its reason; everything that no row names is refused. */
import { ENTRY, EXT_PROC_PORTS, GATEWAY_NAME_LABEL, INFERENCE_GATEWAY } from "../catalog/gateways";
import type { NamespaceKey } from "./namespaces";

/** How clients reach the entry; the load balancer hands on their own addresses. */
export interface EntryAccess {
  /** Where the pods of the entry listen. */
  readonly ports: readonly number[];
  /** Whose addresses may connect, in CIDR notation. */
  readonly sourceRanges: readonly string[];
}

/** Pods of one kind: a namespace, and what tells them from others in it. Without that: all of them. */
export interface Pods {
  readonly namespace: NamespaceKey;
  readonly labels?: Record<string, string>;
  /** Key of a label, whatever its value. */
  readonly labelled?: string;
}

const gatewayPods = (gateway: string) => ({ [GATEWAY_NAME_LABEL]: gateway });
const named = (name: string) => ({ "app.kubernetes.io/name": name });

export const PODS = {
  entry: { namespace: "entry", labels: gatewayPods(ENTRY) },
  /** Made by cert-manager for the minute in which an authority looks whether the hostname is ours. */
  acmeSolvers: { namespace: "entry", labels: { "acme.cert-manager.io/http01-solver": "true" } },
  gateway: { namespace: "gateway", labels: gatewayPods(INFERENCE_GATEWAY) },
  istiod: { namespace: "istio", labels: { app: "istiod" } },
  servers: { namespace: "models", labelled: "llm-d.ai/role" },
  /** Servers of a LeaderWorkerSet: one server over several nodes. */
  groupedServers: { namespace: "models", labelled: "leaderworkerset.sigs.k8s.io/name" },
  pickers: { namespace: "models", labelled: "llm-d-router-gateway" },
  payloadProcessor: { namespace: "models", labels: { app: "payload-processor" } },
  models: { namespace: "models" },
  prometheus: { namespace: "monitoring", labels: named("prometheus") },
  alertmanager: { namespace: "monitoring", labels: named("alertmanager") },
  grafana: { namespace: "monitoring", labels: named("grafana") },
  monitoring: { namespace: "monitoring" },
  keda: { namespace: "keda" },
  kedaOperator: { namespace: "keda", labels: { app: "keda-operator" } },
  kedaMetrics: { namespace: "keda", labels: { app: "keda-operator-metrics-apiserver" } },
  kedaWebhooks: { namespace: "keda", labels: { app: "keda-admission-webhooks" } },
  leaderWorkerSet: { namespace: "leaderWorkerSet", labels: named("lws") },
  certManager: { namespace: "certManager" },
  certManagerWebhook: { namespace: "certManager", labels: named("webhook") },
  gpuOperator: { namespace: "gpuOperator", labels: { app: "gpu-operator" } },
} as const satisfies Record<string, Pods>;

export type PodsKey = keyof typeof PODS;

/** One, or all from the first to the last. */
export type Ports = number | readonly [first: number, last: number];

/** Every pod of the cluster, whatever its namespace. */
export const CLUSTER = "cluster";
/** Every address, pods' included. */
export const ANYWHERE = "anywhere";
/** Not pods, and their addresses change: aws/aws-network-policy-agent#281. What they call asks who calls, by TLS. */
const API_SERVERS = ANYWHERE;
/** Health checks come from the load balancer's own addresses, whoever its clients are. */
const LOAD_BALANCER = ANYWHERE;

export interface IngressRow {
  readonly to: PodsKey;
  readonly from: readonly PodsKey[] | typeof CLUSTER | typeof ANYWHERE | { readonly ranges: readonly string[] };
  readonly ports: readonly Ports[];
  readonly why: string;
}

/** One for each data-parallel rank of a node. */
const SERVING: Ports = [8000, 8007];
const BEHIND_SIDECAR: Ports = [8200, 8207];
/** The ports below, and the supervisors of data-parallel ranks. */
const SERVING_METRICS: readonly Ports[] = [
  [8000, 8008],
  [8200, 8208],
];
/** What servers tell of their caches. */
const CACHE_EVENTS: Ports = 5556;
/** vLLM's side channel, by its default and as llm-d sets it, plus the rank of the server in its group. */
const NIXL: readonly Ports[] = [
  [5557, 5599],
  [5600, 5663],
];
const ISTIO_METRICS: readonly Ports[] = [15020, 15090];

export const INGRESS: readonly IngressRow[] = [
  { to: "entry", from: LOAD_BALANCER, ports: [15021], why: "health checks" },
  { to: "entry", from: ["prometheus"], ports: ISTIO_METRICS, why: "metrics" },
  { to: "acmeSolvers", from: ["entry"], ports: [8089], why: "the authority's question" },

  { to: "gateway", from: ["prometheus"], ports: ISTIO_METRICS, why: "metrics" },

  { to: "istiod", from: CLUSTER, ports: [15012], why: "configuration of every proxy, by TLS with its account's token" },
  { to: "istiod", from: API_SERVERS, ports: [15017], why: "webhooks" },
  { to: "istiod", from: ["prometheus"], ports: [15014], why: "metrics" },

  { to: "servers", from: ["gateway"], ports: [SERVING], why: "requests" },
  {
    to: "servers",
    from: ["pickers"],
    ports: [SERVING, BEHIND_SIDECAR],
    why: "load, from their metrics; tokens of prompts",
  },
  { to: "servers", from: ["pickers"], ports: [CACHE_EVENTS], why: "what their caches hold" },
  { to: "servers", from: ["servers"], ports: [SERVING], why: "decode asks prefill" },
  { to: "servers", from: ["servers"], ports: NIXL, why: "caches that move from prefill to decode; they go by EFA" },
  { to: "servers", from: ["prometheus"], ports: SERVING_METRICS, why: "metrics" },
  { to: "groupedServers", from: ["groupedServers"], ports: [[1024, 65535]], why: "NCCL picks its ports by itself" },
  { to: "pickers", from: ["gateway"], ports: [EXT_PROC_PORTS.endpointPicker], why: "which server shall answer" },
  { to: "pickers", from: ["servers"], ports: [5557], why: "cache events of servers that call the picker" },
  { to: "pickers", from: ["prometheus"], ports: [9090], why: "metrics" },
  {
    to: "payloadProcessor",
    from: ["gateway"],
    ports: [EXT_PROC_PORTS.payloadProcessor],
    why: "which model a request names",
  },
  { to: "payloadProcessor", from: ["prometheus"], ports: [9090], why: "metrics" },

  { to: "prometheus", from: ["grafana", "kedaOperator", "prometheus"], ports: [9090], why: "queries, its own metrics" },
  { to: "alertmanager", from: ["prometheus", "grafana"], ports: [9093], why: "alerts, metrics" },
  { to: "grafana", from: ["prometheus"], ports: [3000], why: "metrics" },
  // Of kube-state-metrics, the Prometheus operator and its reloaders; kube-state-metrics' own; dcgm-exporter.
  { to: "monitoring", from: ["prometheus"], ports: [8080, 8081, 9400], why: "metrics" },

  { to: "keda", from: ["prometheus"], ports: [8080], why: "metrics" },
  { to: "kedaOperator", from: ["kedaMetrics"], ports: [9666], why: "values of what is scaled by" },
  { to: "kedaMetrics", from: API_SERVERS, ports: [6443], why: "the metrics API that autoscalers read" },
  { to: "kedaWebhooks", from: API_SERVERS, ports: [9443], why: "webhooks" },
  { to: "leaderWorkerSet", from: API_SERVERS, ports: [9443], why: "webhooks" },
  { to: "leaderWorkerSet", from: ["prometheus"], ports: [8443], why: "metrics" },
  { to: "certManagerWebhook", from: API_SERVERS, ports: [10250], why: "webhooks" },
  { to: "certManager", from: ["prometheus"], ports: [9402], why: "metrics" },
  { to: "gpuOperator", from: ["prometheus"], ports: [8080], why: "metrics" },
];

/** Rows that the entry decides. */
export const entryRows = (entry: EntryAccess | undefined): readonly IngressRow[] =>
  entry
    ? [
        { to: "entry", from: { ranges: entry.sourceRanges }, ports: entry.ports, why: "clients" },
        // Nobody goes round its login and its limits, from inside the cluster either.
        { to: "gateway", from: ["entry"], ports: [80], why: "requests" },
      ]
    : [{ to: "gateway", from: CLUSTER, ports: [80], why: "requests" }];

export interface EgressRow {
  readonly from: NamespaceKey;
  readonly to: readonly PodsKey[] | typeof ANYWHERE | { readonly ranges: readonly string[] };
  readonly ports: readonly Ports[];
  readonly why: string;
}

/** The node's agent for EKS Pod Identity, at the node's link-local address: AWS, EKS user guide, "Pod Identity". */
const POD_IDENTITY = { ranges: ["169.254.170.23/32"] };

/**
 * From namespaces whose pods read what strangers send or run what strangers wrote: the gateways, and the models with their
 * weights. None of it opens port 80 of 169.254.169.254, the node's own credentials. Other namespaces talk to the API server
 * and to each other, and are held by what the receiving side lets in.
 *
 * A Service's address is no pod's, and EKS has failed to add it to what a row's pods come to
 * (aws/amazon-network-policy-controller-k8s#222): where the way leads through a Service, the row names the port alone.
 */
export const EGRESS: readonly EgressRow[] = [
  { from: "entry", to: ANYWHERE, ports: [15012], why: "configuration from istiod" },
  { from: "entry", to: ["gateway"], ports: [80], why: "requests" },
  { from: "entry", to: ["acmeSolvers"], ports: [8089], why: "the authority's question" },

  { from: "gateway", to: ANYWHERE, ports: [15012], why: "configuration from istiod" },
  { from: "gateway", to: ["pickers"], ports: [EXT_PROC_PORTS.endpointPicker], why: "which server shall answer" },
  { from: "gateway", to: ["servers"], ports: [SERVING], why: "requests" },
  {
    from: "gateway",
    to: ["payloadProcessor"],
    ports: [EXT_PROC_PORTS.payloadProcessor],
    why: "which model a request names",
  },

  { from: "models", to: ANYWHERE, ports: [443], why: "weights from Hugging Face or S3, and the API server" },
  { from: "models", to: POD_IDENTITY, ports: [80], why: "credentials for the bucket of weights" },
  { from: "models", to: ["models"], ports: [SERVING, BEHIND_SIDECAR, CACHE_EVENTS, ...NIXL], why: "each other" },
  { from: "models", to: ["groupedServers"], ports: [[1024, 65535]], why: "NCCL picks its ports by itself" },
];
