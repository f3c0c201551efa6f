/** Conventions of the servers of every serving path, as in llm-d v0.9.0, guides/recipes/modelserver. */
import { GPU_RESOURCE } from "../../catalog/gpuPool";
import { maxLoraRank } from "../../catalog/models/adapters";
import { SERVER_PORT_NAMES } from "../../catalog/serving";
import type { StartupBudget } from "../../catalog/startup";
import type { RevisionPlan, RolePlan } from "../plan";
import { adapterPath } from "../weights/adapters";
import type { CacheFolder, Probes, Quantities } from "./shape";

export const VLLM_COMMAND = ["vllm", "serve"] as const;

/**
 * How a server goes: it is told after `preStopSeconds`, by when the picker has dropped it; then it refuses new requests and
 * has `drainSeconds` for those it works on. vLLM has the flag since 0.18 (vllm#36666). It does not wait for caches that are
 * still to be fetched from a prefilling server. llm-d: recipes/modelserver/components/graceful-shutdown.
 */
export const SHUTDOWN = { preStopSeconds: 15, drainSeconds: 45, graceSeconds: 75 } as const;

/** Folder of weights, adapters and tokenizers from Hugging Face, so that a container that restarts has them. */
export const HUB_CACHE: CacheFolder = { name: "hub-cache", mountPath: "/var/cache/huggingface" };

/** Cache folders of upstream's images: torch's, Triton's and vLLM's own. */
export const COMPILE_CACHES: readonly CacheFolder[] = [
  { name: "cache", mountPath: "/.cache" },
  { name: "triton", mountPath: "/.triton" },
  { name: "config", mountPath: "/.config" },
];

/**
 * How long kubelet waits for a server that answers late. A saturated one works, and still misses upstream's 5 s three times:
 * killed, it would lose all its requests and load for minutes, while the others get its share. Upstream's benchmark has 15 s
 * ten times (llm-d-benchmark#1734). Readiness fails after 45 s without an answer; of a server that is gone kubelet is told at
 * once that nobody listens, so that it leaves the pool within 15 s as before.
 */
export const PROBE_TIMES = {
  liveness: { periodSeconds: 15, timeoutSeconds: 15, failureThreshold: 10 },
  readiness: { periodSeconds: 5, timeoutSeconds: 15, failureThreshold: 3 },
} as const;

/** Probes of a server that answers on one port. */
export const singlePortProbes = (budget: StartupBudget): Probes => ({
  port: SERVER_PORT_NAMES.modelServer,
  startup: { path: "/v1/models", timeoutSeconds: 5, initialDelaySeconds: 15, ...budget },
  liveness: { path: "/health", ...PROBE_TIMES.liveness },
  readiness: { path: "/v1/models", ...PROBE_TIMES.readiness },
});

/** Requests and limits of a pod. */
export interface PodResources {
  /** Quantities that the scheduler reserves for the pod. */
  readonly requests: Quantities;
  /** Quantities that the pod may not exceed. A resource without one has no limit. */
  readonly limits: Quantities;
}

/** A path's sizes with the model's own in their place. A CPU that is asked for has no limit: a slow server helps nobody. */
export function podResources(
  { resources }: Pick<RevisionPlan, "resources">,
  { requests, limits }: PodResources,
): PodResources {
  if (!resources) return { requests, limits };
  const { cpu, memory } = resources;
  const { cpu: cpuLimit, ...otherLimits } = limits;
  return {
    requests: { ...requests, ...(cpu && { cpu }), ...(memory && { memory }) },
    limits: {
      ...(cpuLimit && !cpu && { cpu: cpuLimit }),
      ...otherLimits,
      ...(memory && { memory }),
    },
  };
}

/** GPUs of one pod. */
export const gpus = ({ gpusPerPod }: Pick<RolePlan, "gpusPerPod">): Quantities => ({
  [GPU_RESOURCE]: String(gpusPerPod),
});

/** vLLM's arguments after the model: first what upstream's guides set, then what this model is configured with. */
export const vllmArgs = (plan: RevisionPlan, role: RolePlan, pathArgs: readonly string[]): string[] => [
  "--disable-access-log-for-endpoints=/health,/metrics,/v1/models",
  ...pathArgs,
  ...flag("max-model-len", plan.maxModelLen),
  ...flag("gpu-memory-utilization", plan.gpuMemoryUtilization),
  ...flag("quantization", plan.quantization),
  ...nameArgs(plan),
  ...weightsArgs(plan, role),
  ...loraArgs(plan),
  `--shutdown-timeout=${SHUTDOWN.drainSeconds}`,
  ...plan.engineArgs,
];

const flag = (name: string, value: string | number | undefined): string[] =>
  value === undefined ? [] : [`--${name}=${value}`];

/**
 * Argument with the served name. Without it vLLM answers only to the source of its weights: a canary's own repository, or an S3
 * address.
 */
const nameArgs = ({ model, servedName, weights: { source } }: RevisionPlan): string[] =>
  servedName === model && source === "huggingFace" ? [] : flag("served-model-name", servedName);

/**
 * Bytes of main memory through which each process streams weights, vLLM's example. Without a limit it takes as much as there
 * are weights, beyond what the pod may. No tensor of the catalogue's models is half as large.
 */
const STREAM_BUFFER = 5 * 1024 ** 3;

function weightsArgs({ servingPath, weights }: RevisionPlan, { tensorParallel }: RolePlan): string[] {
  if (weights.source === "huggingFace") return flag("revision", weights.commit);
  // Of GPUs that share one copy each reads its part, and they exchange the parts, unless the model says otherwise: one hybrid
  // model then gave empty answers (vllm#41749).
  const distributed = tensorParallel > 1 && servingPath.sharedStream === true && (weights.distributed ?? true);
  const loader = { ...(distributed && { distributed }), memory_limit: STREAM_BUFFER };
  return ["--load-format=runai_streamer", `--model-loader-extra-config=${JSON.stringify(loader)}`];
}

const loraArgs = ({ lora }: RevisionPlan): string[] =>
  lora.length === 0
    ? []
    : [
        "--enable-lora",
        // As many as are configured take part in one batch; each is a slot of GPU memory.
        `--max-loras=${lora.length}`,
        // By itself it takes 16, and does not start with a larger one.
        `--max-lora-rank=${maxLoraRank(lora.map(({ rank }) => rank))}`,
        "--lora-modules",
        ...lora.map(adapter => `${adapter.name}=${adapterPath(adapter)}`),
      ];
