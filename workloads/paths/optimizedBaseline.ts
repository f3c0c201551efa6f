/**
 * llm-d's optimized baseline: servers that prefill and decode, chosen by what their prefix caches hold and by the tokens
 * they are busy with. As published in llm-d v0.9.0, guides/optimized-baseline.
 */
import { SERVER_PORT_NAMES, SERVER_PORTS } from "../../catalog/serving";
import { IMAGES } from "../../catalog/versions";
import type { PickerConfig } from "../picker/config";
import type { RevisionDraft, RoleDraft } from "../plan";
import { COMPILE_CACHES, gpus, podResources, singlePortProbes, VLLM_COMMAND } from "../servers/conventions";
import { type GuideSize, wholeRole } from "../servers/roles";
import type { ServerShape, ServingPath } from "../servers/shape";

/** Upstream's name of the path, value of the label `llm-d.ai/guide`. */
export const GUIDE = "optimized-baseline";

/** Upstream's sizes: Qwen3-32B on 16 H100. Precise prefix caching has the same. */
export const GUIDE_SIZE: GuideSize = { replicas: 8, tensorParallel: 2 };

/** Configuration by token load; the affinity filter's defaults are calibrated for Qwen3-32B, H100, tensor parallelism 2. */
const PICKER_CONFIG: PickerConfig = {
  apiVersion: "llm-d.ai/v1alpha1",
  kind: "EndpointPickerConfig",
  plugins: [
    { type: "approx-prefix-cache-producer" },
    { type: "inflight-load-producer" },
    { type: "prefix-cache-affinity-filter" },
    { type: "token-load-scorer" },
  ],
  schedulingProfiles: [
    {
      name: "default",
      plugins: [{ pluginRef: "prefix-cache-affinity-filter" }, { pluginRef: "token-load-scorer" }],
    },
  ],
};

/** A server that prefills and decodes; precise prefix caching begins with it, too. */
export const baselineServer = (plan: RevisionDraft, role: RoleDraft): ServerShape => ({
  image: IMAGES.vllm,
  command: VLLM_COMMAND,
  args: [`--tensor-parallel-size=${role.tensorParallel}`],
  env: [],
  ports: [{ name: SERVER_PORT_NAMES.modelServer, containerPort: SERVER_PORTS.serving }],
  probes: singlePortProbes(role.startupBudget),
  ...podResources(plan, {
    requests: { cpu: "8", memory: "96Gi", ...gpus(role) },
    limits: { cpu: "16", memory: "128Gi", ...gpus(role) },
  }),
  sharedMemory: "20Gi",
  compileCaches: COMPILE_CACHES,
  capabilities: [],
  sidecars: [],
  labels: {},
});

export const optimizedBaseline: ServingPath = {
  guide: GUIDE,
  kind: "Deployment",
  rollout: "oneByOne",
  cacheTransfer: "none",
  sizeKeys: ["replicas", "tensorParallel"],
  roles: [wholeRole(GUIDE_SIZE)],
  wholeNodes: false,
  spreadsExperts: false,
  scaledByRequests: true,
  adapters: true,
  tokenLoad: true,
  sharedStream: true,
  saturation: "utilization",
  reservedArgs: {},
  reservedEnv: {},
  targetPorts: () => [SERVER_PORTS.serving],
  pickerConfig: () => PICKER_CONFIG,
  server: baselineServer,
  extraObjects: () => [],
};
