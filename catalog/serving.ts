/**
 * Facts on the wire that model servers, platform, commands and policies share: ports (all TCP), names of ports, keys and values
 * of labels. They are those of llm-d v0.9.0 (guides/recipes/modelserver) and of its charts, where nothing else is named.
 */

/** Ranks of one pod at most, each with a port of its own: an InferencePool takes no more `targetPorts`. */
export const MAX_RANKS = 8;

/** Ports of a model server's pod. */
export const SERVER_PORTS = {
  /** Port at which a pool reaches its servers; the first rank's where a pod has several. vLLM's default. */
  serving: 8000,
  /** vLLM's own port, or its first rank's, where the routing sidecar listens at `serving`. The sidecar's default. */
  behindSidecar: 8200,
  /** Port of the leader where the ranks of a group find each other: vLLM's `--data-parallel-rpc-port`. */
  groupRpc: 5555,
  /** Port at which a server publishes the content of its prefix cache: vLLM's `--kv-events-config`. */
  cacheEvents: 5556,
  /** Port at which NIXL tells a peer how to reach its memory. Each rank of a server adds its number. llm-d's. */
  nixl: 5600,
} as const;

/** Names of ports of a model server's pod, by which probes and monitors find them. */
export const SERVER_PORT_NAMES = {
  /** vLLM, where it has one port. The container has the same name. */
  modelServer: "modelserver",
  /** Supervisor of a pod's ranks. */
  supervisor: "supervisor",
  cacheEvents: "kv-events",
  nixl: "nixl",
} as const;

/**
 * First port of vLLM's ranks by role, and what their names begin with; the number of the rank follows. Decoding servers have the
 * sidecar before them, whose ports have the plain names.
 */
export const RANK_PORTS = {
  prefill: { name: "rank", first: SERVER_PORTS.serving },
  decode: { name: "vllm-rank", first: SERVER_PORTS.behindSidecar },
} as const;

/** Ports of an endpoint picker (EPP): of its Service, and the same of its pod. */
export const PICKER_PORTS = {
  /** Port at which gateways ask for the server of a request, by gRPC (Envoy's ext_proc). */
  extProc: 9002,
  /** gRPC health checks of kubelet. */
  health: 9003,
  metrics: 9090,
} as const;

/** Ports of the payload processor: of its Service, and the same of its pods. */
export const PROCESSOR_PORTS = {
  /** Port at which the gateway asks for the model of a request, by gRPC (Envoy's ext_proc). */
  extProc: 9004,
  /** gRPC health checks of kubelet. */
  health: 9005,
  metrics: 9090,
} as const;

/** Name of the port of a Service that gateways ask by ext_proc. */
export const EXT_PROC_PORT_NAME = "grpc-ext-proc";

/** Name of the port of a picker's Service that Prometheus reads. */
export const PICKER_METRICS_PORT_NAME = "http-metrics";

/** Port of the inference gateway's listener and of its Service. */
export const GATEWAY_PORT = 80;

/** Port of Prometheus' Service and of its pods: its chart's. */
export const PROMETHEUS_PORT = 9090;

/** Ports of Istio: https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio. */
export const ISTIO_PORTS = {
  /** istiod: configuration of every proxy, by TLS. */
  configuration: 15012,
  istiodMetrics: 15014,
  webhooks: 15017,
  /** A proxy: whether it has its configuration. */
  readiness: 15021,
  /** A proxy: Envoy's metrics. */
  proxyMetrics: 15090,
} as const;

/** Keys of labels by which objects, pods and nodes are found. */
export const LABELS = {
  /** Upstream's name of the serving path. */
  guide: "llm-d.ai/guide",
  /** The model's name in the stack file. */
  model: "llm-d.ai/model",
  /** The revision's name in the stack file. */
  revision: "llmd/revision",
  /** Role of a model server: `decode` or `prefill`. No other object of a model has it. */
  role: "llm-d.ai/role",
  acceleratorVendor: "llm-d.ai/accelerator-vendor",
  acceleratorVariant: "llm-d.ai/accelerator-variant",
  engineType: "llm-d.ai/engine-type",
  inferenceServing: "llm-d.ai/inference-serving",
  /** Name of the Deployment of a picker's pod. */
  picker: "llm-d-router-gateway",
  /** Mark of every picker's pod and Service. */
  routerMode: "llm-d.ai/igw-mode",
  /** Mark of ConfigMaps that the payload processor reads. */
  readByProcessor: "inference.llm-d.ai/ipp-managed",
  /** Name of the LeaderWorkerSet of a group's pods. The LeaderWorkerSet controller's label. */
  group: "leaderworkerset.sigs.k8s.io/name",
  /** Name of the Gateway of a Service, Deployment or pod. Istio's label. */
  gateway: "gateway.networking.k8s.io/gateway-name",
  /** Name of the Job of a pod. The Job controller's label. */
  job: "batch.kubernetes.io/job-name",
  /** Name of a namespace. Only the API server can set it. */
  namespace: "kubernetes.io/metadata.name",
  app: "app.kubernetes.io/name",
  appInstance: "app.kubernetes.io/instance",
  appComponent: "app.kubernetes.io/component",
} as const;

/** Labels of every picker's pod; its Service has them too, so that metrics come with a `service`. */
export const PICKER_LABELS = { [LABELS.routerMode]: "llm-d-router-gateway" };

/** Labels of the payload processor's pods. */
export const PROCESSOR_LABELS = { app: "payload-processor" };

/** Labels of istiod's pods and Service. */
export const ISTIOD_LABELS = { app: "istiod" };

/** End of the names of a picker's objects; before it is the name of the revision. */
export const PICKER_SUFFIX = "-epp";

/** Name of the entry's Gateway, of its Service, and of all that belongs to it. */
export const ENTRY = "llmd-entry";

/** Name of the Gateway below which every model's route hangs. */
export const INFERENCE_GATEWAY = "llm-d-inference-gateway";
