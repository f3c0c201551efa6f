/**
 * How long a model server takes to start: for startup probes, for scaling to zero, and for users who wait for a model. The
 * estimate is made from few measurements, each named beside its number. Nobody has measured a whole start on EKS Auto Mode.
 */
import { type InstanceTypeName, instanceType } from "./instances";
import { expertLayers, type ModelShape, type Precision } from "./models/shape";

/** Source of weights: Hugging Face, downloaded and then read, or S3, streamed to the GPUs. */
export type WeightsSource = "huggingFace" | "s3";

/** A start, as far as its duration depends on it. */
export interface StartRequest {
  /** Numbers of config.json; layers and experts decide the engine's start time. */
  readonly model: ModelShape;
  /** Number format of the weights; `fp8Block` with experts adds the time to compile kernels. */
  readonly precision: Precision;
  /** Size of all safetensors files. */
  readonly bytes: number;
  /** Place that the weights are loaded from. */
  readonly source: WeightsSource;
  /** EC2 instance type of the node that starts. */
  readonly instanceType: InstanceTypeName;
  /** GPUs that share one copy of the weights. */
  readonly tensorParallel: number;
  /**
   * Servers that start in one pod, each with GPUs of its own: the ranks of wide expert parallelism. Each holds a part of the
   * experts, but reads every file for it. @default 1
   */
  readonly serversPerPod?: number;
  /** Whether each of these GPUs streams only its part from S3, and gets the others' parts from them. @default true */
  readonly distributed?: boolean | undefined;
  /** Pods that download from Hugging Face at the same time and share its rate, this pod included. @default 1 */
  readonly podsTogether?: number;
}

/** Duration of a start, as stages that follow each other. */
export interface StartEstimate {
  /** From a pod that waits for a node to a node that is ready. */
  readonly nodeSeconds: number;
  /** Pull of vLLM's image. */
  readonly imageSeconds: number;
  /** Load of the weights. */
  readonly weightsSeconds: number;
  /** From loaded weights to the first answer. */
  readonly engineSeconds: number;
}

/** Bytes a second. */
const RATES = {
  /**
   * Shared by all pods that download together: Llama 3.1 8B, 16.06 GB in 61 s onto an L40S node (tensorfuse.io, 2025-09),
   * 0.26 GB/s; eight servers of Qwen3-32B, 524 GB together, were not through after 30 minutes (llm-d#852), less than 0.29 GB/s.
   */
  huggingFace: 0.25e9,
  /**
   * Assumed: between 0.49 GB/s (the same 16.06 GB in 33 s, same source) and 6.7 GB/s (65 GB in 9.7 s, probably from memory:
   * vllm#33155).
   */
  disk: 1e9,
  /** For each GPU: 69.3 GiB in 41.5 s with runai_streamer (run-ai/runai-model-streamer#135). */
  streamOfGpu: 1.8e9,
} as const;

/** Share of a node's network that runai_streamer fills from S3: about 15 GB in 5 s at 40 Gbit/s, as remembered, not re-verified. */
const STREAM_SHARE_OF_NETWORK = 0.6;

/** Seconds to load weights when nothing else loads on the node. */
export function loadSeconds(
  request: Pick<
    StartRequest,
    "bytes" | "source" | "instanceType" | "tensorParallel" | "distributed" | "serversPerPod" | "podsTogether"
  >,
): number {
  const { bytes, source, tensorParallel, distributed = true, serversPerPod = 1, podsTogether = 1 } = request;
  const network = (instanceType(request.instanceType).networkGbps * 1e9) / 8;
  // Servers of one pod share the download. Each of them reads it, which counts once: the others may find it in memory.
  if (source === "huggingFace") return bytes / Math.min(RATES.huggingFace / podsTogether, network) + bytes / RATES.disk;
  // GPUs that share a copy each stream their part and exchange the parts: runai_streamer's `distributed`. Without it, and
  // where GPUs do not share one, each streams all of it, side by side through the node's network.
  const [streams, readers] = distributed ? [tensorParallel, serversPerPod] : [1, serversPerPod * tensorParallel];
  return bytes / Math.min(RATES.streamOfGpu * streams, (network * STREAM_SHARE_OF_NETWORK) / readers);
}

/** Seconds to download so many bytes from Hugging Face, however many pods share the rate. */
export const hubSeconds = (bytes: number): number => bytes / RATES.huggingFace;

/** Seconds until a node is ready. Assumed, not measured: eight-GPU instances take longer to start. */
export const NODE_SECONDS = { eightGpus: 420, others: 240 } as const;

/** Assumed for vLLM's image of some 10 GB: Auto Mode pulls in parallel onto NVMe on every type of the catalogue. */
const IMAGE_SECONDS = 120;

/**
 * Without caches: 104 s of imports, set-up and tracing, and 96 s of compilation and graph capture for the 32 layers of
 * Llama 3.1 8B on an L40S (tensorfuse.io, 2025-09).
 */
const ENGINE_SECONDS = { fixed: 104, layer: 3 } as const;

/** Assumed for kernels that are compiled for the experts' shapes: upstream gives wide expert parallelism 45 minutes in all. */
const FP8_EXPERTS_SECONDS = 300;

/** Estimates how long each stage of a start takes. */
export function estimateStart(request: StartRequest): StartEstimate {
  const { model, precision } = request;
  const kernels = precision === "fp8Block" && expertLayers(model) > 0 ? FP8_EXPERTS_SECONDS : 0;
  return {
    nodeSeconds: instanceType(request.instanceType).gpus === 8 ? NODE_SECONDS.eightGpus : NODE_SECONDS.others,
    imageSeconds: IMAGE_SECONDS,
    weightsSeconds: loadSeconds(request),
    engineSeconds: ENGINE_SECONDS.fixed + ENGINE_SECONDS.layer * model.layers + kernels,
  };
}

/** Minutes from no node to the first answer, rounded up. */
export const readyAfterMinutes = (start: StartEstimate): number =>
  Math.ceil((start.nodeSeconds + start.imageSeconds + start.weightsSeconds + start.engineSeconds) / 60);

/** Startup probe of a container. Period times threshold is how long the container may take. */
export interface StartupBudget {
  /** Seconds between two probes. */
  readonly periodSeconds: number;
  /** Failed probes in a row after which the container is restarted. */
  readonly failureThreshold: number;
}

/** Seconds that a container may take to start. */
export const budgetSeconds = ({ periodSeconds, failureThreshold }: StartupBudget): number =>
  periodSeconds * failureThreshold;

/** Probe period of upstream's guides. */
const PROBE_PERIOD_SECONDS = 30;

/** A start that is cut off begins again from zero and never gets further. One that hangs costs a node for the time. */
const MARGIN = 3;

/** Hugging Face's rate varies too much for an estimate: upstream's hour, which its guides give to every download. */
const LEAST_SECONDS: Readonly<Record<WeightsSource, number>> = { huggingFace: 3600, s3: 0 };

/**
 * Three times what a container is expected to take, and time for every pod that downloads together. Node and image do not
 * count: the probe starts with the container.
 */
export function startupBudget(request: StartRequest): StartupBudget {
  const { weightsSeconds, engineSeconds } = estimateStart({ ...request, podsTogether: 1 });
  const seconds = Math.max(
    LEAST_SECONDS[request.source],
    MARGIN * (weightsSeconds + engineSeconds),
    // That all of them download at once from beginning to end is the worst already: no margin on top.
    loadSeconds(request) + MARGIN * engineSeconds,
  );
  return { periodSeconds: PROBE_PERIOD_SECONDS, failureThreshold: Math.ceil(seconds / PROBE_PERIOD_SECONDS) };
}

/** Answer of the endpoint picker when no server came up while it held a request: llm-d-router v0.10.0. */
export const EMPTY_POOL_ANSWER = {
  status: 503,
  header: "x-llm-d-request-dropped-reason: rejected-no-endpoints",
} as const;

/** Known duration of one server's start. */
interface ServerStart {
  /** `undefined` for models that the catalogue does not know. */
  readonly start: StartEstimate | undefined;
  readonly startupBudget: StartupBudget;
}

/** Minutes from no node to the first answer where servers of each kind are needed; `undefined` if one cannot be told. */
export function slowestMinutes(servers: readonly Pick<ServerStart, "start">[]): number | undefined {
  const starts = servers.flatMap(({ start }) => start ?? []);
  return starts.length < servers.length ? undefined : Math.max(0, ...starts.map(readyAfterMinutes));
}

/** KEDA's cooldown period in upstream's guides; as it is where a schedule scales to zero. */
export const IDLE_SECONDS = 300;

/** Assumed for a node and the image together where there is no estimate, which is nine minutes at most. */
export const NODE_AND_IMAGE_SECONDS = 600;

/**
 * Seconds without a request after which the last server is removed, where requests start it. With upstream's 300 alone, a
 * client that is told to come back in fourteen minutes, and does, finds that its server was removed at the fifth.
 */
export const idleSeconds = (servers: readonly ServerStart[]): number =>
  IDLE_SECONDS + Math.max(0, ...servers.map(startSeconds));

const startSeconds = ({ start, startupBudget: budget }: ServerStart): number =>
  start ? readyAfterMinutes(start) * 60 : budgetSeconds(budget) + NODE_AND_IMAGE_SECONDS;
