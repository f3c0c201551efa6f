/** Variables of a server's environment that a model may be given: cures of known faults, and tuning. */
import { z } from "zod";
import { nearestTo } from "../../contracts/problems";
import { type Paths, type Reserved, reservedIn, reservedReason } from "../servers/shape";

interface Kind {
  readonly pattern: RegExp;
  /** Form of a value, as words after "write". */
  readonly form: string;
}

const FLAG: Kind = { pattern: /^[01]$/, form: '"0" or "1"' };
const COUNT: Kind = { pattern: /^[1-9]\d*$/, form: "a whole number from 1" };
const NUMBER: Kind = { pattern: /^\d+(\.\d+)?$/, form: "a number" };
const NAMES: Kind = { pattern: /^\w+(,\w+)*$/, form: "names with commas between them" };

const oneOf = (...values: readonly string[]): Kind => ({
  pattern: new RegExp(`^(${values.join("|")})$`),
  form: `one of ${values.join(", ")}`,
});

interface Variable {
  readonly kind: Kind;
  /** Purpose of the variable. */
  readonly why: string;
}

const variable = (kind: Kind, why: string): Variable => ({ kind, why });

/** Names are those of huggingface_hub, vLLM 0.26.0 (`vllm/envs.py`), NCCL, libfabric, aws-ofi-nccl and NIXL. */
export const ALLOWED_ENV: Readonly<Record<string, Variable>> = {
  HF_HUB_DISABLE_XET: variable(FLAG, "0 lets downloads go by Xet again, which the product switches off (xet-core#898)"),
  HF_HUB_DOWNLOAD_TIMEOUT: variable(COUNT, "seconds without data after which a download is begun again"),
  HF_HUB_ETAG_TIMEOUT: variable(COUNT, "seconds for an answer about a file"),
  HF_HUB_DISABLE_PROGRESS_BARS: variable(FLAG, "keeps progress bars out of logs"),
  HF_HUB_VERBOSITY: variable(oneOf("debug", "info", "warning", "error", "critical"), "why a download fails"),
  HF_XET_HIGH_PERFORMANCE: variable(FLAG, "Xet with all of a node's CPUs, where it is on"),
  HF_XET_NUM_CONCURRENT_RANGE_GETS: variable(COUNT, "Xet's parallel requests: fewer need less memory (xet-core#883)"),

  VLLM_LOGGING_LEVEL: variable(oneOf("DEBUG", "INFO", "WARNING", "ERROR"), "what the server logs"),
  VLLM_LOG_STATS_INTERVAL: variable(NUMBER, "seconds between lines of statistics"),
  VLLM_ENGINE_ITERATION_TIMEOUT_S: variable(COUNT, "seconds after which a step counts as hung"),
  VLLM_EXECUTE_MODEL_TIMEOUT_SECONDS: variable(
    COUNT,
    "seconds that workers have for a step, kernels to compile included",
  ),
  VLLM_WORKER_MULTIPROC_METHOD: variable(oneOf("fork", "spawn"), "how workers are started"),
  VLLM_DISABLE_COMPILE_CACHE: variable(FLAG, "compiles anew where a cached kernel is broken"),
  VLLM_USE_AOT_COMPILE: variable(FLAG, "compiles ahead of time, or not"),
  VLLM_USE_STANDALONE_COMPILE: variable(FLAG, "which of torch's compilers is used"),
  VLLM_DISABLED_KERNELS: variable(NAMES, "keeps vLLM from kernels that fail on a GPU or model"),
  VLLM_USE_FLASHINFER_SAMPLER: variable(FLAG, "which sampler is used"),
  VLLM_DEEP_GEMM_WARMUP: variable(
    oneOf("skip", "full", "relax"),
    "how many kernels are compiled before the first request",
  ),
  VLLM_MOE_USE_DEEP_GEMM: variable(FLAG, "DeepGEMM for experts, or not"),
  VLLM_ALLREDUCE_USE_SYMM_MEM: variable(FLAG, "PyTorch's symmetric memory between the GPUs of a server, or not"),
  VLLM_ALLREDUCE_USE_FLASHINFER: variable(FLAG, "FlashInfer between the GPUs of a server, or not"),
  VLLM_USE_NCCL_SYMM_MEM: variable(FLAG, "NCCL's symmetric memory, or not"),
  VLLM_DISABLE_PYNCCL: variable(FLAG, "PyTorch's NCCL in place of vLLM's own binding"),
  VLLM_XGRAMMAR_CACHE_MB: variable(COUNT, "memory for grammars of structured output"),
  VLLM_REGEX_COMPILATION_TIMEOUT_S: variable(COUNT, "bounds a regular expression that a request brings"),
  VLLM_TOOL_PARSE_REGEX_TIMEOUT_SECONDS: variable(COUNT, "bounds the search for tool calls in an answer"),
  VLLM_MAX_N_SEQUENCES: variable(COUNT, "bounds the answers that one request may ask for"),
  VLLM_IMAGE_FETCH_TIMEOUT: variable(COUNT, "seconds for an image that a request names"),
  VLLM_VIDEO_FETCH_TIMEOUT: variable(COUNT, "seconds for a video that a request names"),
  VLLM_AUDIO_FETCH_TIMEOUT: variable(COUNT, "seconds for a recording that a request names"),

  NCCL_NVLS_ENABLE: variable(oneOf("0", "1", "2"), "NVLink SHARP, whose set-up fails on some drivers"),
  NCCL_CUMEM_ENABLE: variable(FLAG, "how NCCL gets its memory"),
  NCCL_P2P_DISABLE: variable(FLAG, "no direct copies between GPUs, to find a fault"),
  NCCL_ALGO: variable(NAMES, "algorithms that NCCL chooses among"),
  NCCL_PROTO: variable(NAMES, "protocols that NCCL chooses among"),
  NCCL_BUFFSIZE: variable(COUNT, "bytes of a buffer"),
  NCCL_MIN_NCHANNELS: variable(COUNT, "channels at least"),
  NCCL_MAX_NCHANNELS: variable(COUNT, "channels at most: fewer need less GPU memory"),
  NCCL_DEBUG_SUBSYS: variable(NAMES, "of what NCCL tells with debug.nccl"),

  FI_LOG_LEVEL: variable(oneOf("warn", "trace", "info", "debug"), "what libfabric tells"),
  FI_EFA_USE_DEVICE_RDMA: variable(FLAG, "RDMA reads and writes of the device, or not, to find a fault"),
  FI_EFA_USE_HUGE_PAGE: variable(FLAG, "0 where forked workers fail for want of huge pages"),
  FI_MR_CACHE_MONITOR: variable(oneOf("userfaultfd", "memhooks", "disabled"), "how freed memory is noticed"),
  OFI_NCCL_PROTOCOL: variable(oneOf("SENDRECV", "RDMA"), "how NCCL's plugin uses EFA"),
  NIXL_LOG_LEVEL: variable(oneOf("TRACE", "DEBUG", "INFO", "WARN", "ERROR"), "what NIXL tells"),
};

const BY_PATH = "the path sets it";
const CACHES = "it is where caches are mounted";

/** Variables that only the product sets, whatever the path; each path adds those of its own. */
const OURS: Reserved = {
  VLLM_ENGINE_READY_TIMEOUT_S: "it is the time that the startup probe allows",
  VLLM_ALLOW_RUNTIME_LORA_UPDATING: "say it with the key lora",
  VLLM_HTTP_TIMEOUT_KEEP_ALIVE: BY_PATH,
  "VLLM_NIXL_SIDE_CHANNEL_*": BY_PATH,
  VLLM_KV_CACHE_LAYOUT: "both roles must keep their caches in one layout, and the path sets it",
  VLLM_ALLOW_CHUNKED_LOCAL_ATTN_WITH_HYBRID_KV_CACHE: "it decides what the cache takes, which the path settles",
  VLLM_HOST_IP: "probes, routes and network policies count on it",
  VLLM_PORT: "probes, routes and network policies count on it",
  VLLM_CACHE_ROOT: CACHES,
  HF_HOME: CACHES,
  HF_HUB_CACHE: CACHES,
  CUDA_CACHE_PATH: CACHES,
  CCACHE_DIR: CACHES,
  FLASHINFER_WORKSPACE_BASE: CACHES,
  HF_HUB_OFFLINE: "servers fetch their weights, or stream them from the model store: say it with the key weights",
  HF_ENDPOINT: "the token would be sent there",
  FI_PROVIDER: "caches and experts go over EFA or not at all",
  FI_EFA_ENABLE_SHM_TRANSFER: "shared memory between pods of a node crashes or hangs on P5 (libfabric#12328)",
  NCCL_DEBUG: "say it with the key debug",
  "LWS_*": "LeaderWorkerSet sets it",
  POD_IP: "it is read from the pod",
  USER: "torch needs a name for its caches: vllm#44548",
  AWS_REGION: "it is the Region of the model store",
  PATH: "the image sets it",
  LD_LIBRARY_PATH: "the image sets it",
  LD_PRELOAD: "it would load any library into the server",
  VLLM_SERVER_DEV_MODE: "it opens paths that run any code",
  VLLM_ALLOW_INSECURE_SERIALIZATION: "it lets a peer run any code",
  VLLM_PLUGINS: "it would load any code into the server",
};

const SECRET = /TOKEN|SECRET|PASSWORD|CREDENTIAL|_KEY(_|$)/;

function nameProblem(name: string, reserved: Reserved): string | undefined {
  if (Object.hasOwn(ALLOWED_ENV, name)) return undefined;
  if (SECRET.test(name))
    return "a secret would be readable in the stack file and in the pod: for Hugging Face set llmd-workloads:huggingFaceToken";
  const reason = reservedReason(name, reserved);
  if (reason !== undefined) return `the product sets it: ${reason}`;
  const nearest = nearestTo(name, Object.keys(ALLOWED_ENV));
  const hint = nearest === undefined ? "" : `, the nearest that may is "${nearest}"`;
  return `a model may not be given this variable${hint}`;
}

function valueProblem(name: string, value: string): string | undefined {
  const known = Object.hasOwn(ALLOWED_ENV, name) ? ALLOWED_ENV[name] : undefined;
  return known === undefined || known.kind.pattern.test(value) ? undefined : `write ${known.kind.form}: ${known.why}`;
}

/** Schema of variables by name; a value may be written as a number. */
export function env(paths: Paths) {
  const reserved = reservedIn(paths, OURS, ({ reservedEnv }) => reservedEnv);
  return z
    .record(z.string(), z.union([z.string(), z.number()], { error: "write a text or a number" }).transform(String))
    .superRefine((given, context) => {
      for (const [name, value] of Object.entries(given)) {
        const problem = nameProblem(name, reserved);
        // Without the value, which may be a secret.
        if (problem !== undefined) context.addIssue({ code: "custom", input: name, message: problem });
        const message = valueProblem(name, value);
        if (message !== undefined) context.addIssue({ code: "custom", path: [name], input: value, message });
      }
    });
}
