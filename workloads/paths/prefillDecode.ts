/**
 * llm-d's prefill/decode disaggregation: some servers read prompts, others write answers, and the cache moves from the one to
 * the other by NIXL over EFA. As published in llm-d v0.9.0, guides/pd-disaggregation with its overlay for AWS. That overlay is
 * for p5en; of p5 and p5e nobody has published a run of this guide.
 */
import { LABELS, SERVER_PORT_NAMES, SERVER_PORTS } from "../../catalog/serving";
import { IMAGES } from "../../catalog/versions";
import type { PickerConfig, Plugin } from "../picker/config";
import type { RevisionDraft, RevisionPlan, Role, RoleDraft } from "../plan";
import { COMPILE_CACHES, podResources, singlePortProbes, VLLM_COMMAND } from "../servers/conventions";
import {
  apartFromOtherRole,
  EFA_CAPABILITIES,
  efaSizes,
  fullCacheArgs,
  KEEP_ALIVE,
  NIXL_ENV,
  NIXL_PORT,
  nixlArg,
  oneZone,
} from "../servers/efa";
import { separateRole } from "../servers/roles";
import type { ServerShape, ServingPath } from "../servers/shape";
import { routingProxy } from "../servers/sidecar";

/** Upstream's name of the path, value of the label `llm-d.ai/guide`. */
export const GUIDE = "pd-disaggregation";

/** Tokens of one block of the cache. Blocks are what moves, so both roles have the same. */
export const BLOCK_TOKENS = 128;

const LIMITS = { blockSize: BLOCK_TOKENS };

/** Differences of the roles: a sidecar listens before decoding servers, at the port where the pool reaches both. */
const ROLES = {
  prefill: { port: SERVER_PORTS.serving, portArgs: [], env: [KEEP_ALIVE], sidecars: [] },
  decode: {
    port: SERVER_PORTS.behindSidecar,
    portArgs: [`--port=${SERVER_PORTS.behindSidecar}`],
    env: [],
    sidecars: [routingProxy([{ name: "sidecar", containerPort: SERVER_PORTS.serving }])],
  },
} as const satisfies Record<Role, object>;

function server(plan: RevisionDraft, role: RoleDraft): ServerShape {
  const { port, portArgs, env, sidecars } = ROLES[role.role];
  const key = { model: plan.name, revision: plan.revision, guide: GUIDE };
  return {
    image: IMAGES.vllmEfa,
    command: VLLM_COMMAND,
    args: [
      `--tensor-parallel-size=${role.tensorParallel}`,
      ...portArgs,
      `--block-size=${BLOCK_TOKENS}`,
      nixlArg(role.role),
      ...fullCacheArgs(plan),
    ],
    env: [...NIXL_ENV, ...env],
    ports: [{ name: SERVER_PORT_NAMES.modelServer, containerPort: port }, NIXL_PORT],
    probes: singlePortProbes(role.startupBudget),
    ...podResources(plan, efaSizes(role, askedFor(role))),
    sharedMemory: "20Gi",
    compileCaches: COMPILE_CACHES,
    capabilities: EFA_CAPABILITIES,
    sidecars,
    labels: { [LABELS.engineType]: "vllm" },
    affinity: { ...oneZone(key), ...apartFromOtherRole(key, role.role) },
  };
}

/** Upstream's sizes, which are for one GPU that prefills and four that decode: 16 GiB for each, and 4 CPUs but 8 at least. */
const askedFor = ({ gpusPerPod }: RoleDraft) => ({ cpu: Math.max(8, 4 * gpusPerPod), memoryGiB: 16 * gpusPerPod });

/** Tokens a second that a prefilling server reads, measured through the whole path: upstream's, on one H200. */
const PEAK_PREFILL: Readonly<Record<string, number>> = { "openai/gpt-oss-120b": 33821 };

/** Plugins that have every request prefilled elsewhere, and filters that tell the roles apart. */
export const DISAGGREGATION: readonly Plugin[] = [
  { type: "always-disagg-pd-decider" },
  { type: "disagg-profile-handler", parameters: { deciders: { prefill: "always-disagg-pd-decider" } } },
  { type: "prefill-filter" },
  { type: "decode-filter" },
];

function affinityFilter({ model }: RevisionPlan): Plugin {
  const peakPrefillThroughput = PEAK_PREFILL[model];
  const type = "prefix-cache-affinity-filter";
  return peakPrefillThroughput === undefined ? { type } : { type, parameters: { peakPrefillThroughput } };
}

const pickerConfig = (plan: RevisionPlan): PickerConfig => ({
  apiVersion: "llm-d.ai/v1alpha1",
  kind: "EndpointPickerConfig",
  plugins: [
    ...DISAGGREGATION,
    // Tokens of a prompt that are compared; comparing costs the picker most of its CPU time.
    { type: "approx-prefix-cache-producer", parameters: { maxPrefixTokensToMatch: 131072 } },
    { type: "inflight-load-producer" },
    affinityFilter(plan),
    { type: "token-load-scorer" },
    { type: "active-request-scorer" },
    { type: "max-score-picker" },
  ],
  schedulingProfiles: [
    {
      name: "prefill",
      plugins: [
        { pluginRef: "prefill-filter" },
        { pluginRef: "prefix-cache-affinity-filter" },
        { pluginRef: "token-load-scorer" },
        { pluginRef: "max-score-picker" },
      ],
    },
    {
      name: "decode",
      plugins: [
        { pluginRef: "decode-filter" },
        { pluginRef: "active-request-scorer" },
        { pluginRef: "max-score-picker" },
      ],
    },
  ],
});

export const prefillDecode: ServingPath = {
  guide: GUIDE,
  kind: "Deployment",
  rollout: "together",
  cacheTransfer: "nixl",
  sizeKeys: ["prefill", "decode"],
  // Upstream's sizes: gpt-oss-120b on 16 GPUs.
  roles: [
    separateRole("decode", { replicas: 2, tensorParallel: 4 }, LIMITS),
    separateRole("prefill", { replicas: 8, tensorParallel: 1 }, LIMITS),
  ],
  wholeNodes: false,
  spreadsExperts: false,
  // Upstream's own metrics for it do not fall again when servers go, before what comes after the pin: llm-d-router#2529.
  scaledByRequests: "no metric of the pinned endpoint picker tells which of prefill and decode is short of replicas",
  adapters: true,
  tokenLoad: true,
  sharedStream: true,
  saturation: "concurrency",
  reservedArgs: {},
  reservedEnv: {},
  targetPorts: () => [SERVER_PORTS.serving],
  pickerConfig,
  server,
  extraObjects: () => [],
};
