/** Allowed connections, row by row with their reason; all others are refused. */
import {
  ENTRY,
  GATEWAY_PORT,
  INFERENCE_GATEWAY,
  ISTIO_PORTS,
  ISTIOD_LABELS,
  LABELS,
  MAX_RANKS,
  PICKER_PORTS,
  PROCESSOR_LABELS,
  PROCESSOR_PORTS,
  PROMETHEUS_PORT,
  SERVER_PORTS,
} from "../catalog/serving";
import type { NamespaceKey } from "./namespaces";

/** Access of clients to the entry; the load balancer keeps their addresses. */
export interface EntryAccess {
  /** Ports of the entry's listeners. */
  readonly ports: readonly number[];
  /** Addresses that may connect, in CIDR notation. */
  readonly sourceRanges: readonly string[];
}

/** Pods of one kind: those of a namespace, all of them or those with a label. */
export interface Pods {
  /** Key of the pods' namespace. */
  readonly namespace: NamespaceKey;
  /** Labels that the pods have, all of them. @default - any */
  readonly labels?: Record<string, string>;
  /** Key of a label with any value. */
  readonly labelled?: string;
}

const gatewayPods = (gateway: string) => ({ [LABELS.gateway]: gateway });
const named = (name: string) => ({ [LABELS.app]: name });

export const PODS = {
  entry: { namespace: "entry", labels: gatewayPods(ENTRY) },
  /** Made by cert-manager for the minutes in which an authority checks the hostname. */
  acmeSolvers: { namespace: "entry", labels: { "acme.cert-manager.io/http01-solver": "true" } },
  gateway: { namespace: "gateway", labels: gatewayPods(INFERENCE_GATEWAY) },
  istiod: { namespace: "istio", labels: ISTIOD_LABELS },
  servers: { namespace: "models", labelled: LABELS.role },
  /** Servers of a LeaderWorkerSet: one server over several nodes. */
  groupedServers: { namespace: "models", labelled: LABELS.group },
  pickers: { namespace: "models", labelled: LABELS.picker },
  payloadProcessor: { namespace: "models", labels: PROCESSOR_LABELS },
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

/** One port, or a range. */
export type Ports = number | readonly [first: number, last: number];

/** Pods of every namespace. */
export const CLUSTER = "cluster";
/** Every address, including those of pods. */
export const ANYWHERE = "anywhere";
/** No pods, with changing addresses (aws/aws-network-policy-agent#281); the endpoints that they call authenticate them by TLS. */
const API_SERVERS = ANYWHERE;
/** Health checks come from the load balancer's own addresses. */
const LOAD_BALANCER = ANYWHERE;

export interface IngressRow {
  /** Pods that are connected to. */
  readonly to: PodsKey;
  /** Peers that may connect: kinds of pods, pods of every namespace, every address, or ranges in CIDR notation. */
  readonly from: readonly PodsKey[] | typeof CLUSTER | typeof ANYWHERE | { readonly ranges: readonly string[] };
  /** TCP ports of the pods that are connected to. */
  readonly ports: readonly Ports[];
  /** Reason for the row. */
  readonly why: string;
}

/** One port for each data-parallel rank of a pod, from the first on. */
const ranksFrom = (first: number): Ports => [first, first + MAX_RANKS - 1];
const SERVING = ranksFrom(SERVER_PORTS.serving);
const BEHIND_SIDECAR = ranksFrom(SERVER_PORTS.behindSidecar);
/** The side channel's port, plus the rank of the server in its group: up to eight pods; the row of groups has the rest. */
const NIXL: Ports = [SERVER_PORTS.nixl, SERVER_PORTS.nixl + 8 * MAX_RANKS - 1];

export const INGRESS: readonly IngressRow[] = [
  { to: "entry", from: LOAD_BALANCER, ports: [ISTIO_PORTS.readiness], why: "health checks" },
  { to: "entry", from: ["prometheus"], ports: [ISTIO_PORTS.proxyMetrics], why: "metrics" },
  { to: "acmeSolvers", from: ["entry"], ports: [8089], why: "the authority's challenge" },

  { to: "gateway", from: ["prometheus"], ports: [ISTIO_PORTS.proxyMetrics], why: "metrics" },

  {
    to: "istiod",
    from: CLUSTER,
    ports: [ISTIO_PORTS.configuration],
    why: "configuration of every proxy, by TLS with its account's token",
  },
  { to: "istiod", from: API_SERVERS, ports: [ISTIO_PORTS.webhooks], why: "webhooks" },
  { to: "istiod", from: ["prometheus"], ports: [ISTIO_PORTS.istiodMetrics], why: "metrics" },

  { to: "servers", from: ["gateway"], ports: [SERVING], why: "requests" },
  {
    to: "servers",
    from: ["pickers"],
    ports: [SERVING, BEHIND_SIDECAR],
    why: "metrics of their load; tokenizing of prompts",
  },
  { to: "servers", from: ["pickers"], ports: [SERVER_PORTS.cacheEvents], why: "events of their caches" },
  { to: "servers", from: ["servers"], ports: [SERVING], why: "requests of decode to prefill" },
  {
    to: "servers",
    from: ["servers"],
    ports: [NIXL],
    why: "handshakes of cache transfers from prefill to decode; the data goes by EFA",
  },
  { to: "servers", from: ["prometheus"], ports: [SERVING, BEHIND_SIDECAR], why: "metrics" },
  { to: "groupedServers", from: ["groupedServers"], ports: [[1024, 65535]], why: "NCCL uses random ports" },
  { to: "pickers", from: ["gateway"], ports: [PICKER_PORTS.extProc], why: "choice of a model server" },
  { to: "pickers", from: ["prometheus"], ports: [PICKER_PORTS.metrics], why: "metrics" },
  {
    to: "payloadProcessor",
    from: ["gateway"],
    ports: [PROCESSOR_PORTS.extProc],
    why: "name of the requested model",
  },
  { to: "payloadProcessor", from: ["prometheus"], ports: [PROCESSOR_PORTS.metrics], why: "metrics" },

  {
    to: "prometheus",
    from: ["grafana", "kedaOperator", "prometheus"],
    ports: [PROMETHEUS_PORT],
    why: "queries, its own metrics",
  },
  { to: "alertmanager", from: ["prometheus", "grafana"], ports: [9093], why: "alerts, metrics" },
  { to: "grafana", from: ["prometheus"], ports: [3000], why: "metrics" },
  // Of kube-state-metrics, the Prometheus operator and its reloaders; kube-state-metrics' own; dcgm-exporter.
  { to: "monitoring", from: ["prometheus"], ports: [8080, 8081, 9400], why: "metrics" },

  { to: "keda", from: ["prometheus"], ports: [8080], why: "metrics" },
  { to: "kedaOperator", from: ["kedaMetrics"], ports: [9666], why: "values of scaling metrics" },
  { to: "kedaMetrics", from: API_SERVERS, ports: [6443], why: "the metrics API that autoscalers read" },
  { to: "kedaWebhooks", from: API_SERVERS, ports: [9443], why: "webhooks" },
  { to: "leaderWorkerSet", from: API_SERVERS, ports: [9443], why: "webhooks" },
  { to: "leaderWorkerSet", from: ["prometheus"], ports: [8443], why: "metrics" },
  { to: "certManagerWebhook", from: API_SERVERS, ports: [10250], why: "webhooks" },
  { to: "certManager", from: ["prometheus"], ports: [9402], why: "metrics" },
  { to: "gpuOperator", from: ["prometheus"], ports: [8080], why: "metrics" },
];

/** Rows that depend on the entry. */
export const entryRows = (entry: EntryAccess | undefined): readonly IngressRow[] =>
  entry
    ? [
        { to: "entry", from: { ranges: entry.sourceRanges }, ports: entry.ports, why: "clients" },
        // Nobody goes round its login and its limits, from inside the cluster either.
        { to: "gateway", from: ["entry"], ports: [GATEWAY_PORT], why: "requests" },
      ]
    : [{ to: "gateway", from: CLUSTER, ports: [GATEWAY_PORT], why: "requests" }];

export interface EgressRow {
  /** Namespace whose pods connect, all of them. */
  readonly from: NamespaceKey;
  /** Peers that they may connect to: kinds of pods, every address, or ranges in CIDR notation. */
  readonly to: readonly PodsKey[] | typeof ANYWHERE | { readonly ranges: readonly string[] };
  /** TCP ports of the peers. DNS is allowed on top, to every address. */
  readonly ports: readonly Ports[];
  /** Reason for the row. */
  readonly why: string;
}

/** The node's agent for EKS Pod Identity, at the node's link-local address: AWS, EKS user guide, "Pod Identity". */
const POD_IDENTITY = { ranges: ["169.254.170.23/32"] };

/**
 * Connections out of namespaces whose pods read untrusted requests or run untrusted weights: the gateways and the models. No row
 * opens port 80 of 169.254.169.254, the node's own credentials. Pods of other namespaces connect to the API server and to each
 * other, restricted by the rows of the receiving side.
 *
 * A Service's address is not a pod's, and EKS has failed to resolve it to the pods of a row
 * (aws/amazon-network-policy-controller-k8s#222). So rows for connections through a Service name the port alone.
 */
export const EGRESS: readonly EgressRow[] = [
  { from: "entry", to: ANYWHERE, ports: [ISTIO_PORTS.configuration], why: "configuration from istiod" },
  { from: "entry", to: ["gateway"], ports: [GATEWAY_PORT], why: "requests" },
  { from: "entry", to: ["acmeSolvers"], ports: [8089], why: "the authority's challenge" },

  { from: "gateway", to: ANYWHERE, ports: [ISTIO_PORTS.configuration], why: "configuration from istiod" },
  { from: "gateway", to: ["pickers"], ports: [PICKER_PORTS.extProc], why: "choice of a model server" },
  { from: "gateway", to: ["servers"], ports: [SERVING], why: "requests" },
  {
    from: "gateway",
    to: ["payloadProcessor"],
    ports: [PROCESSOR_PORTS.extProc],
    why: "name of the requested model",
  },

  { from: "models", to: ANYWHERE, ports: [443], why: "weights from Hugging Face or S3, and the API server" },
  { from: "models", to: POD_IDENTITY, ports: [80], why: "credentials for the bucket of weights" },
  {
    from: "models",
    to: ["models"],
    ports: [SERVING, BEHIND_SIDECAR, SERVER_PORTS.cacheEvents, NIXL],
    why: "each other",
  },
  { from: "models", to: ["groupedServers"], ports: [[1024, 65535]], why: "NCCL uses random ports" },
];
