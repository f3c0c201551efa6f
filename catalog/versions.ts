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

export const ISTIO_CHARTS = "https://istio-release.storage.googleapis.com/charts";

export const IMAGES = {
  vllm: `docker.io/vllm/vllm-openai:${PINS.vllm.version}`,
  endpointPicker: `ghcr.io/llm-d/llm-d-router-endpoint-picker:${PINS.llmdRouter.version}`,
} as const;
