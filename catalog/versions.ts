/** Versions of everything that is installed into the cluster, each with its reason. npm packages are pinned in package.json. */

/** A pinned version. */
interface Pin {
  readonly version: string;
  /** Day the pin was last checked, its advisories and its support included. */
  readonly since: string;
  readonly why: string;
  /**
   * Last day on which upstream fixes this line of versions, as in 2027-01-31. `unpublished`: upstream names no day and fixes
   * only its newest releases.
   */
  readonly supportedUntil: string;
  /** Published advisories that this version is open to. docs/security.md has the same list. */
  readonly advisories: readonly Advisory[];
}

/** A published weakness of a pin, and what there is against it until the pin is raised. */
export interface Advisory {
  /** As published: `CVE-2026-1234`, `PYSEC-2026-1234`. */
  readonly id: string;
  /** Damage that an attacker or an unlucky caller can do. */
  readonly effect: string;
  /** First version without it. */
  readonly fixedIn: string;
  /** Measures of the product against it, and settings that an operator can change. */
  readonly mitigation: string;
}

const LLMD_SET = "part of llm-d v0.9.0's tested set";
const UNPUBLISHED = { supportedUntil: "unpublished", advisories: [] } as const;

/** Open advisories of vLLM v0.26.0, read on 2026-11-30 at osv.dev. */
const VLLM_ADVISORIES: readonly Advisory[] = [
  {
    id: "CVE-2026-105757",
    effect:
      "one request for structured output can end the engine of the server that it reaches, for all of its callers",
    fixedIn: "v0.30.0",
    mitigation:
      "give access only to known callers (`llmd-platform:entry.jwt`), run two replicas or more, and set no speculative " +
      "decoding by `ngram_gpu`; no argument of v0.26.0 is known that switches structured output off",
  },
  {
    id: "CVE-2026-115911",
    effect: "a chat template in a request is rendered without limits and can block or exhaust the server",
    fixedIn: "v0.32.0",
    mitigation:
      "set the model's own template by `engineArgs: [--chat-template=…]`: templates in requests count only without one; " +
      "gpt-oss is not affected",
  },
  {
    id: "PYSEC-2026-4349",
    effect: "the same through `chat_template_kwargs` of `/v1/responses` (CVE-2026-115918)",
    fixedIn: "v0.32.0",
    mitigation: "set the model's own template by `engineArgs: [--chat-template=…]`",
  },
  {
    id: "PYSEC-2026-4353",
    effect: "inconsistent multimodal metadata at `/inference/v1/generate` ends the engine",
    fixedIn: "v0.30.0",
    mitigation: "none needed from outside: no route leads to that path, and network policies keep other pods away",
  },
  {
    id: "CVE-2026-105760",
    effect: "listed as open in v0.26.0; its effect on this product has not been read",
    fixedIn: "v0.30.0",
    mitigation: "give access only to known callers (`llmd-platform:entry.jwt`)",
  },
];

export const PINS = {
  gatewayApi: { version: "v1.5.1", since: "2026-11-20", why: LLMD_SET, ...UNPUBLISHED },
  inferenceExtension: {
    version: "v1.5.0",
    since: "2026-11-20",
    why: `${LLMD_SET}; brings InferencePool v1`,
    ...UNPUBLISHED,
  },
  llmdRouter: {
    version: "v0.10.0",
    since: "2026-11-30",
    why: `${LLMD_SET}; endpoint picker and llm-d.ai CRDs`,
    ...UNPUBLISHED,
  },
  istio: {
    version: "1.30.5",
    since: "2026-11-30",
    why:
      "llm-d v0.9.0 was tested with 1.29.2, whose line ended on 2026-10-15; the oldest supported line has the same security " +
      "fixes as 1.29.9 and asks the endpoint picker of each weighted pool (istio#61594)",
    // Six weeks after 1.32, as Istio's support policy says; 1.32 was expected in December 2026.
    supportedUntil: "2027-01-31",
    advisories: [],
  },
  payloadProcessor: {
    version: "v0.1.0",
    since: "2026-11-30",
    why: "of 2026-07-12, the first release; its source has the flags, ports and configuration that are used here",
    ...UNPUBLISHED,
  },
  vllm: {
    version: "v0.26.0",
    since: "2026-11-30",
    why: `${LLMD_SET}; AWS's image with EFA was seen for no version from 0.30 on, and both images must be one version`,
    supportedUntil: "unpublished",
    advisories: VLLM_ADVISORIES,
  },
  leaderWorkerSet: {
    version: "0.9.0",
    since: "2026-11-30",
    why: `${LLMD_SET}; an upgrade to it from 0.7 or older deletes every LeaderWorkerSet: lws#880. 1.0 waits until its changes are read`,
    ...UNPUBLISHED,
  },
  kubePrometheusStack: {
    version: "88.6.1",
    since: "2026-11-21",
    why: "of 2026-08-28, the newest whose chart is to be had as a Go module and so is rendered in rehearsals",
    ...UNPUBLISHED,
  },
  grafana: {
    version: "13.2.2",
    since: "2026-11-30",
    why: "fixes CVE-2026-15815, CVE-2026-76154 and CVE-2026-79656, which the image of the chart's own pin has",
    ...UNPUBLISHED,
  },
  prometheusOperatorCrds: {
    version: "31.0.1",
    since: "2026-11-21",
    why: "the CRDs of the operator in kube-prometheus-stack 88.6.1, in a chart whose upgrades reach them",
    ...UNPUBLISHED,
  },
  keda: {
    version: "2.21.0",
    since: "2026-11-30",
    why: "fixes CVE-2026-42151, CVE-2026-42154 and CVE-2026-40179 of 2.20",
    ...UNPUBLISHED,
  },
  dcgmExporter: {
    version: "4.8.4",
    since: "2026-11-30",
    why: "newest before 4.9, which renames 23 metrics that upstream's dashboards read, and changes their units",
    ...UNPUBLISHED,
  },
  certManager: {
    version: "v1.21.2",
    since: "2026-11-30",
    why: "of 2026-09-10, the newest",
    ...UNPUBLISHED,
  },
  gpuOperator: {
    version: "v26.7.2",
    since: "2026-11-30",
    why: "the supported line: NVIDIA calls 26.3 deprecated; a published test on EKS Auto Mode ran 26.3.2 with the same values",
    ...UNPUBLISHED,
  },
} as const satisfies Record<string, Pin>;

export type PinName = keyof typeof PINS;

/** Pins whose line of versions upstream has stopped fixing before a day, each as a sentence for people. */
export const unsupportedPins = (names: readonly PinName[], on: Date): string[] =>
  names
    .filter(name => isPast(PINS[name].supportedUntil, on))
    .map(name => {
      const { version, supportedUntil } = PINS[name];
      return `${name} ${version} has had no security fixes since ${supportedUntil}: raise its pin in catalog/versions.ts`;
    });

const isPast = (supportedUntil: string, on: Date): boolean =>
  supportedUntil !== "unpublished" && on.toISOString().slice(0, 10) > supportedUntil;

const github = (repository: string, version: string, file: string) =>
  `https://github.com/${repository}/releases/download/${version}/${file}`;

/** Addresses of the published CRD files. */
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
  /** Pinned version of the chart. */
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
  payloadProcessor: `ghcr.io/llm-d/llm-d-inference-payload-processor:${PINS.payloadProcessor.version}`,
  /** vLLM with EFA's libraries, NIXL's LIBFABRIC plugin and NCCL's plugin for EFA, built by AWS; of llm-d's set, too. */
  vllmEfa: `public.ecr.aws/deep-learning-containers/vllm:${PINS.vllm.version.slice(1)}-gpu-py312-cu130-ubuntu22.04-ec2`,
  routingProxy: `ghcr.io/llm-d/llm-d-router-disagg-sidecar:${PINS.llmdRouter.version}`,
} as const;
