/**
 * llm-d's optimized baseline: servers that prefill and decode, chosen by what their prefix caches hold and by the tokens
 * they are busy with. As published in llm-d v0.9.0, guides/optimized-baseline.
 */
import { GPU_RESOURCE } from "../../catalog/gpuPool";
import { IMAGES } from "../../catalog/versions";
import type { PickerConfig } from "../picker";
import type { ModelSettings } from "../settings";

/** Upstream's name of the path, value of the label `llm-d.ai/guide`. */
export const GUIDE = "optimized-baseline";

/** Routing by token load; the affinity filter's defaults are calibrated for Qwen3-32B, H100, tensor parallelism 2. */
export const PICKER_CONFIG: PickerConfig = {
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

/** Image, command and size of one model server. */
export const vllmServer = ({ model, tensorParallel, maxModelLen, gpuMemoryUtilization }: ModelSettings) => ({
  image: IMAGES.vllm,
  command: ["vllm", "serve"],
  args: [
    model,
    "--disable-access-log-for-endpoints=/health,/metrics,/v1/models",
    `--tensor-parallel-size=${tensorParallel}`,
    ...(maxModelLen === undefined ? [] : [`--max-model-len=${maxModelLen}`]),
    ...(gpuMemoryUtilization === undefined ? [] : [`--gpu-memory-utilization=${gpuMemoryUtilization}`]),
  ],
  resources: {
    requests: { cpu: "8", memory: "96Gi", [GPU_RESOURCE]: String(tensorParallel) },
    limits: { cpu: "16", memory: "128Gi", [GPU_RESOURCE]: String(tensorParallel) },
  },
});
