/** Every version of what is installed into the cluster, with its reason. npm packages are pinned in package.json. */

export interface Pin {
  readonly version: string;
  /** Day the pin was last checked. */
  readonly since: string;
  readonly why: string;
}

const LLMD_SET = "part of llm-d v0.9.0's tested set";

export const PINS = {
  gatewayApi: { version: "v1.5.1", since: "2026-11-20", why: LLMD_SET },
  inferenceExtension: { version: "v1.5.0", since: "2026-11-20", why: `${LLMD_SET}; brings InferencePool v1` },
  llmdRouter: { version: "v0.10.0", since: "2026-11-20", why: `${LLMD_SET}; endpoint picker and llm-d.ai definitions` },
  istio: { version: "1.29.2", since: "2026-11-20", why: `${LLMD_SET}; several pools on one gateway need 1.29` },
  vllm: { version: "v0.26.0", since: "2026-11-20", why: LLMD_SET },
  leaderWorkerSet: {
    version: "0.9.0",
    since: "2026-11-21",
    why: `${LLMD_SET}; an upgrade to it from 0.7 or older deletes every LeaderWorkerSet: lws#880`,
  },
  renderer: {
    version: "v0.19.1",
    since: "2026-11-21",
    why: "the tokenizer that the router's chart v0.10.0 defaults to",
  },
  kubePrometheusStack: {
    version: "88.6.1",
    since: "2026-11-21",
    why: "of 2026-08-28, the newest whose chart is to be had as a Go module and so is rendered in rehearsals",
  },
  prometheusOperatorCrds: {
    version: "31.0.1",
    since: "2026-11-21",
    why: "the definitions of the operator in kube-prometheus-stack 88.6.1, in a chart whose upgrades reach them",
  },
  keda: {
    version: "2.20.2",
    since: "2026-11-21",
    why: "newest patch of 2.20, the minor that llm-d's autoscaling guides name",
  },
  dcgmExporter: {
    version: "4.8.3",
    since: "2026-11-21",
    why: "of 2026-07-15; 4.9 renames the metrics that upstream's dashboards read, and changes their units",
  },
  certManager: { version: "v1.21.2", since: "2026-11-21", why: "of 2026-09-10, the newest to be had as a Go module" },
  gpuOperator: {
    version: "v26.3.2",
    since: "2026-11-21",
    why: "the release of a published test on EKS Auto Mode with its own driver, toolkit and device plugin off",
  },
} as const satisfies Record<string, Pin>;

const github = (repository: string, version: string, file: string) =>
  `https://github.com/${repository}/releases/download/${version}/${file}`;

/** Where the definitions of each pin are published. */
export const URLS = {
  gatewayApi: github("kubernetes-sigs/gateway-api", PINS.gatewayApi.version, "standard-install.yaml"),
  inferenceExtension: github(
    "kubernetes-sigs/gateway-api-inference-extension",
    PINS.inferenceExtension.version,
    "v1-manifests.yaml",
  ),
  llmd: github("llm-d/llm-d-router", PINS.llmdRouter.version, "manifests.yaml"),
} as const;

/** A chart at its pin. */
export interface Chart {
  /** Name in the repository, or the whole address of one in an OCI registry. */
  readonly chart: string;
  readonly version: string;
  /** @default - the chart's address says it */
  readonly repository?: string;
}

const ISTIO_CHARTS = "https://istio-release.storage.googleapis.com/charts";
const PROMETHEUS_CHARTS = "https://prometheus-community.github.io/helm-charts";

export const CHARTS = {
  istioBase: { chart: "base", version: PINS.istio.version, repository: ISTIO_CHARTS },
  istiod: { chart: "istiod", version: PINS.istio.version, repository: ISTIO_CHARTS },
  prometheusOperatorCrds: {
    chart: "prometheus-operator-crds",
    version: PINS.prometheusOperatorCrds.version,
    repository: PROMETHEUS_CHARTS,
  },
  kubePrometheusStack: {
    chart: "kube-prometheus-stack",
    version: PINS.kubePrometheusStack.version,
    repository: PROMETHEUS_CHARTS,
  },
  dcgmExporter: {
    chart: "dcgm-exporter",
    version: PINS.dcgmExporter.version,
    repository: "https://nvidia.github.io/dcgm-exporter/helm-charts",
  },
  keda: { chart: "keda", version: PINS.keda.version, repository: "https://kedacore.github.io/charts" },
  leaderWorkerSet: { chart: "oci://registry.k8s.io/lws/charts/lws", version: PINS.leaderWorkerSet.version },
  certManager: {
    chart: "cert-manager",
    version: PINS.certManager.version,
    repository: "https://charts.jetstack.io",
  },
  gpuOperator: {
    chart: "gpu-operator",
    version: PINS.gpuOperator.version,
    repository: "https://helm.ngc.nvidia.com/nvidia",
  },
} as const satisfies Record<string, Chart>;

export type ChartName = keyof typeof CHARTS;

export const IMAGES = {
  vllm: `docker.io/vllm/vllm-openai:${PINS.vllm.version}`,
  endpointPicker: `ghcr.io/llm-d/llm-d-router-endpoint-picker:${PINS.llmdRouter.version}`,
  renderer: `docker.io/vllm/vllm-openai-cpu:${PINS.renderer.version}`,
  /** vLLM with EFA's libraries, NIXL's LIBFABRIC plugin and NCCL's plugin for EFA, built by AWS; of llm-d's set, too. */
  vllmEfa: `public.ecr.aws/deep-learning-containers/vllm:${PINS.vllm.version.slice(1)}-gpu-py312-cu130-ubuntu22.04-ec2`,
  routingProxy: `ghcr.io/llm-d/llm-d-router-disagg-sidecar:${PINS.llmdRouter.version}`,
} as const;
