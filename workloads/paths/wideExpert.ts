/**
 * llm-d's wide expert parallelism: the experts of a large mixture are spread over all GPUs of several nodes, each GPU a rank
 * with a port of its own; some such groups read prompts, others write answers. Ports, sidecar, probes and routing are those
 * of llm-d v0.9.0, guides/wide-ep-lws.
 *
 * There is no guide for AWS, and nobody has published a run of this on EKS. What differs, and why:
 *
 * - Tokens reach their experts by `allgather_reducescatter`, vLLM's default, over NCCL, whose plugin for EFA is in AWS's image
 *   and tested there. Upstream's DeepEP 1 posts from the GPU (IBGDA), which EFA does not take: deepseek-ai/DeepEP#369. DeepEP 2
 *   (`deepep_v2`) does run on EFA, but from EFA installer 1.50, NCCL 2.30.4 and a gdrdrv module on the node, and the image for
 *   it is a draft for vLLM 0.29: aws/deep-learning-containers#6730. It is the one to move to. Expect this to be slower, in
 *   decoding above all; nobody has measured by how much.
 * - So there is neither NVSHMEM nor overlap of two batches, which vLLM has for DeepEP alone.
 * - TRITON_LIBCUDA_PATH is for upstream's image; in AWS's the driver's library is elsewhere.
 *
 * Whether NCCL uses EFA is in its log with `debug.nccl`: "Using network Libfabric", and not "Socket" (uccl-project/uccl#734).
 */
import { LABELS, MAX_RANKS, RANK_PORTS, SERVER_PORT_NAMES, SERVER_PORTS } from "../../catalog/serving";
import { budgetSeconds, type StartupBudget } from "../../catalog/startup";
import { IMAGES } from "../../catalog/versions";
import type { PickerConfig } from "../picker/config";
import type { RevisionDraft, Role, RoleDraft } from "../plan";
import { PROBE_TIMES, podResources } from "../servers/conventions";
import {
  EFA_CAPABILITIES,
  efaSizes,
  fullCacheArgs,
  KEEP_ALIVE,
  NIXL_ENV,
  NIXL_PORT,
  nixlArg,
  oneZone,
} from "../servers/efa";
import { type PathRole, type RoleSettings, type RoleSize, rangeOf, type VllmLimits } from "../servers/roles";
import type { CacheFolder, EnvVar, Port, Probes, ServerShape, ServingPath } from "../servers/shape";
import { routingProxy } from "../servers/sidecar";
import { DISAGGREGATION } from "./prefillDecode";

/** Upstream's name of the path, value of the label `llm-d.ai/guide`. */
export const GUIDE = "wide-ep-lws";

/** Upstream's sizes: DeepSeek-R1 on 32 GPUs. */
const GUIDE_SIZE = { groupSize: 2, decodeGroups: 1, prefillGroups: 1 } as const;

const GROUPS_OF = { decode: "decodeGroups", prefill: "prefillGroups" } as const satisfies Record<Role, string>;

function size(role: Role, { expert }: RoleSettings): RoleSize {
  const groups = GROUPS_OF[role];
  return {
    replicas: rangeOf(expert?.[groups] ?? GUIDE_SIZE[groups]),
    tensorParallel: 1,
    podsPerServer: expert?.groupSize ?? GUIDE_SIZE.groupSize,
    gpusPerPod: MAX_RANKS,
  };
}

/**
 * How long a pod waits until all pods of its group have an address, before it starts vLLM, which gives up at the first name
 * that does not resolve. A pod has an address once it is on a node, so that nodes may come one after the other. Longer than a
 * node takes; a pod that has waited in vain ends, and waits again after kubelet's back-off.
 */
const PEERS = { waitSeconds: 900, everySeconds: 5 } as const;

/**
 * $1 is the model, the rest vLLM's arguments. What the LeaderWorkerSet says of a pod's place is known in the pod alone: the
 * leader is <set>-<group>, the others are <set>-<group>-<index>, all below one Service. Shared memory of a container that
 * crashed would otherwise fill up: llm-d#352.
 */
const START = [
  "set -eu",
  "find /dev/shm -type f -delete",
  "trap 'exit 143' TERM",
  'names="$LWS_LEADER_ADDRESS"',
  "index=1",
  'while [ "$index" -lt "${LWS_GROUP_SIZE:-1}" ]; do',
  '  names="$names ${LWS_LEADER_ADDRESS%%.*}-$index.${LWS_LEADER_ADDRESS#*.}"',
  "  index=$((index + 1))",
  "done",
  "for name in $names; do",
  '  until getent ahosts "$name" > /dev/null; do',
  `    if [ "$SECONDS" -ge ${PEERS.waitSeconds} ]; then`,
  `      echo "llmd: $name has no address after ${PEERS.waitSeconds} s: its pod has no node yet, or is gone. See kubectl get ` +
    `pods -l ${LABELS.group}" >&2`,
  "      exit 1",
  "    fi",
  `    sleep ${PEERS.everySeconds}`,
  "  done",
  "done",
  "model=$1",
  "shift",
  'exec vllm serve "$model" --data-parallel-address="$LWS_LEADER_ADDRESS" ' +
    '--data-parallel-start-rank="$((LWS_WORKER_INDEX * DP_SIZE_LOCAL))" "$@"',
].join("\n");

/** Compiled kernels, kept where the next start of the same pod finds them. */
const JIT_CACHE: CacheFolder = { name: "jit-cache", mountPath: "/var/cache/vllm" };

const cacheVariable = (name: string, folder: string) => ({ name, value: `${JIT_CACHE.mountPath}/${folder}` });

const env = (plan: RevisionDraft, role: RoleDraft): EnvVar[] => [
  { name: "DP_SIZE_LOCAL", value: String(role.gpusPerPod) },
  { name: "VLLM_MEMORY_PROFILER_ESTIMATE_CUDAGRAPHS", value: "1" },
  { name: "VLLM_RANDOMIZE_DP_DUMMY_INPUTS", value: "1" },
  { name: "VLLM_SKIP_P2P_CHECK", value: "1" },
  // The pod's own interface, by which ranks meet; EFA's have no addresses.
  { name: "GLOO_SOCKET_IFNAME", value: "eth0" },
  { name: "NCCL_SOCKET_IFNAME", value: "eth0" },
  cacheVariable("CUDA_CACHE_PATH", "cuda"),
  cacheVariable("CCACHE_DIR", "ccache"),
  cacheVariable("VLLM_CACHE_ROOT", "vllm"),
  cacheVariable("FLASHINFER_WORKSPACE_BASE", "flashinfer"),
  ...(hasFp8Blocks(plan) ? [{ name: "VLLM_USE_DEEP_GEMM", value: "1" }] : []),
  ...NIXL_ENV,
  ...(role.role === "prefill" ? [KEEP_ALIVE] : []),
];

/** DeepGEMM multiplies FP8 in blocks, as DeepSeek's models have it, and nothing else. */
const hasFp8Blocks = ({ precision }: RevisionDraft): boolean => precision === "fp8Block";

/** Port of what supervises a pod's ranks: the one behind the last rank's. */
const supervisorPort = (role: Role): number => RANK_PORTS[role].first + MAX_RANKS;

const rankPorts = (name: string, first: number, ranks: number): [Port, ...Port[]] => [
  { name: `${name}0`, containerPort: first },
  ...Array.from({ length: ranks - 1 }, (_, i) => ({ name: `${name}${i + 1}`, containerPort: first + i + 1 })),
];

/** Decoding batches are small, so that nobody waits long for the next token. */
const LIMITS = {
  decode: { maxNumSeqs: 256, maxNumBatchedTokens: 256 },
  prefill: { gpuMemoryUtilization: 0.8 },
} as const satisfies Record<Role, VllmLimits>;

/** Arguments of one role alone. */
const ROLE_ARGS = {
  prefill: ({ gpuMemoryUtilization }: RevisionDraft) =>
    gpuMemoryUtilization === undefined
      ? [`--gpu-memory-utilization=${LIMITS.prefill.gpuMemoryUtilization.toFixed(2)}`]
      : [],
  decode: () => [
    `--max-num-batched-tokens=${LIMITS.decode.maxNumBatchedTokens}`,
    `--max-num-seqs=${LIMITS.decode.maxNumSeqs}`,
  ],
} as const satisfies Record<Role, (plan: RevisionDraft) => string[]>;

const args = (plan: RevisionDraft, role: RoleDraft): string[] => [
  `--port=${RANK_PORTS[role.role].first}`,
  "--data-parallel-multi-port-external-lb",
  `--data-parallel-supervisor-port=${supervisorPort(role.role)}`,
  "--enable-expert-parallel",
  "--tensor-parallel-size=1",
  `--data-parallel-size=${role.podsPerServer * role.gpusPerPod}`,
  `--data-parallel-size-local=${role.gpusPerPod}`,
  `--data-parallel-rpc-port=${SERVER_PORTS.groupRpc}`,
  "--all2all-backend=allgather_reducescatter",
  ...(hasFp8Blocks(plan) ? ["--moe-backend=deep_gemm"] : []),
  nixlArg(role.role, { kv_load_failure_policy: "fail" }),
  ...fullCacheArgs(plan),
  ...ROLE_ARGS[role.role](plan),
];

/** Upstream's: a start takes long, so it is given 45 minutes even where less is expected. */
const LEAST_START_SECONDS = 2700;

/** Beside what a start takes, the time that a pod may wait for the others of its group. */
const longEnough = (budget: StartupBudget): StartupBudget => ({
  ...budget,
  failureThreshold: Math.ceil(
    (Math.max(budgetSeconds(budget), LEAST_START_SECONDS) + PEERS.waitSeconds) / budget.periodSeconds,
  ),
});

/** Asked of the supervisor, which is Ready when every rank is. */
const probes = ({ startupBudget }: RoleDraft): Probes => ({
  port: SERVER_PORT_NAMES.supervisor,
  startup: { path: "/health", timeoutSeconds: 5, ...longEnough(startupBudget) },
  liveness: { path: "/health", ...PROBE_TIMES.liveness },
  readiness: { path: "/readyz", ...PROBE_TIMES.readiness },
});

/**
 * Disk of the node. From Hugging Face all of a model's weights come to lie there, for which upstream asks for 1 TiB. Karpenter
 * may not count NVMe in when it looks for a node (unverified); what weights from S3 leave for compiled kernels fits any.
 */
const disk = ({ weights: { source } }: RevisionDraft) => ({
  "ephemeral-storage": source === "huggingFace" ? "1Ti" : "50Gi",
});

function sizes(plan: RevisionDraft, role: RoleDraft) {
  const { requests, limits } = podResources(plan, efaSizes(role, { cpu: 32, memoryGiB: 512 }));
  return { requests: { ...requests, ...disk(plan) }, limits: { ...limits, ...disk(plan) } };
}

/** @throws RangeError for more GPUs in a pod than a pool takes ports. */
function server(plan: RevisionDraft, role: RoleDraft): ServerShape {
  const { gpusPerPod: ranks } = role;
  if (ranks > MAX_RANKS) throw new RangeError(`${ranks} ranks in a pod: a pool takes ${MAX_RANKS} ports`);
  const { first, name } = RANK_PORTS[role.role];
  return {
    image: IMAGES.vllmEfa,
    command: ["/bin/bash", "-c", START, "start"],
    args: args(plan, role),
    env: env(plan, role),
    ports: [
      ...rankPorts(name, first, ranks),
      { name: SERVER_PORT_NAMES.supervisor, containerPort: supervisorPort(role.role) },
      NIXL_PORT,
    ],
    probes: probes(role),
    ...sizes(plan, role),
    // Upstream's: each rank is alone, so there are no workers that exchange tensors through it.
    sharedMemory: "2Gi",
    compileCaches: [JIT_CACHE],
    capabilities: EFA_CAPABILITIES,
    sidecars:
      role.role === "decode"
        ? [
            routingProxy(rankPorts(RANK_PORTS.prefill.name, SERVER_PORTS.serving, ranks), [
              `--data-parallel-size=${ranks}`,
              "--enable-prefiller-sampling",
            ]),
          ]
        : [],
    labels: { [LABELS.inferenceServing]: "true" },
    affinity: oneZone({ model: plan.name, revision: plan.revision, guide: GUIDE }),
  };
}

/** Configuration by weights, whatever `routing` says: upstream has measured no token load for this path. */
const PICKER_CONFIG: PickerConfig = {
  apiVersion: "llm-d.ai/v1alpha1",
  kind: "EndpointPickerConfig",
  plugins: [
    ...DISAGGREGATION,
    { type: "prefix-cache-scorer" },
    { type: "queue-scorer" },
    { type: "active-request-scorer" },
  ],
  schedulingProfiles: [
    {
      name: "prefill",
      plugins: [
        { pluginRef: "prefill-filter" },
        { pluginRef: "prefix-cache-scorer", weight: 3 },
        { pluginRef: "queue-scorer", weight: 2 },
        { pluginRef: "active-request-scorer", weight: 2 },
      ],
    },
    { name: "decode", plugins: [{ pluginRef: "decode-filter" }, { pluginRef: "active-request-scorer" }] },
  ],
};

const expertRole = (role: Role): PathRole => ({
  role,
  group: "expert",
  limits: LIMITS[role],
  size: settings => size(role, settings),
});

const BY_NAME = "say it with the path wideExpert";
const BY_PATH = "the path sets it";

export const wideExpert: ServingPath = {
  guide: GUIDE,
  kind: "LeaderWorkerSet",
  rollout: "together",
  cacheTransfer: "nixl",
  sizeKeys: ["expert"],
  roles: [expertRole("decode"), expertRole("prefill")],
  wholeNodes: true,
  // vLLM's ranks for experts crash with a model that has none.
  spreadsExperts: true,
  scaledByRequests: "upstream has no metric for scaling groups of nodes",
  adapters: "no guide of upstream's serves adapters with wideExpert",
  tokenLoad: "upstream has measured no token load for wideExpert",
  sharedStream: "every GPU of wideExpert streams for itself",
  saturation: "concurrency",
  reservedArgs: {
    "data-parallel-*": BY_NAME,
    "enable-expert-parallel": BY_NAME,
    "all2all-backend": BY_NAME,
    "moe-backend": BY_PATH,
    nnodes: "no serving path but wideExpert spreads a server over nodes",
  },
  reservedEnv: {
    VLLM_MEMORY_PROFILER_ESTIMATE_CUDAGRAPHS: BY_PATH,
    VLLM_RANDOMIZE_DP_DUMMY_INPUTS: BY_PATH,
    VLLM_SKIP_P2P_CHECK: BY_PATH,
    VLLM_USE_DEEP_GEMM: BY_PATH,
    "VLLM_DP_*": BY_NAME,
    NCCL_SOCKET_IFNAME: BY_PATH,
    GLOO_SOCKET_IFNAME: BY_PATH,
    DP_SIZE_LOCAL: BY_PATH,
  },
  targetPorts: ({ roles: [{ gpusPerPod }] }) =>
    Array.from({ length: gpusPerPod }, (_, rank) => SERVER_PORTS.serving + rank),
  pickerConfig: () => PICKER_CONFIG,
  server,
  extraObjects: () => [],
};
