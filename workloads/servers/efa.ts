/**
 * Servers that talk to each other through EFA, AWS's network for traffic between nodes that passes by the kernel. As in llm-d
 * v0.9.0, guides/pd-disaggregation/modelserver/gpu/vllm/aws, which is for p5en alone; on other types the counts follow from
 * the pool.
 */
import { seesWholeContext } from "../../catalog/models/shape";
import type { Identity, Role } from "../names";
import { poolSelector, serverSelector } from "../names";
import type { ModelPlan, RolePlan } from "../plan";
import { gpus, type Sized } from "./conventions";
import type { Affinity } from "./shape";

/** The extended resource that pods ask for EFA interfaces by; the device plugin is part of Auto Mode's nodes. */
export const EFA_RESOURCE = "vpc.amazonaws.com/efa";

/** RDMA locks the memory it reads and writes. */
export const EFA_CAPABILITIES = ["IPC_LOCK"] as const;

/** Port where NIXL tells a peer how its memory is to be reached, plus the rank where a pod has several. */
export const NIXL_PORT = { name: "nixl", containerPort: 5600 } as const;

/** Variables of NIXL. Its port has had two defaults in vLLM's documents, so it is said. */
export const NIXL_ENV = [
  { name: "VLLM_NIXL_SIDE_CHANNEL_HOST", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
  { name: "VLLM_NIXL_SIDE_CHANNEL_PORT", value: String(NIXL_PORT.containerPort) },
];

/** Longer than the 90 s for which the sidecar keeps idle connections to prefilling servers. */
export const KEEP_ALIVE = { name: "VLLM_HTTP_TIMEOUT_KEEP_ALIVE", value: "120" } as const;

/**
 * Caches move by NIXL. LIBFABRIC, since NIXL's default UCX has no EFA. Both roles are `kv_both` as in upstream's overlay for
 * AWS: vLLM compares what two servers say of themselves before it moves anything.
 * @param more - @default vLLM's defaults
 */
export const nixlArg = (more: Readonly<Record<string, unknown>> = {}): string =>
  `--kv-transfer-config=${JSON.stringify({
    kv_connector: "NixlConnector",
    kv_role: "kv_both",
    ...more,
    kv_connector_extra_config: { backends: ["LIBFABRIC"] },
  })}`;

/**
 * Keeps the cache of every layer whole. With the hybrid cache manager on, which is the default, vLLM 0.26 does not report a
 * failed transfer to layers that see a part of the context only (windows, chunks), and answers from what happens to be in
 * memory, with status 200 (vllm#52234). Of a model that nobody has described it is not known whether it has such layers:
 * where it has none, the argument changes nothing. Its opposite is never given: with some models vLLM then does not start.
 */
export const fullCacheArgs = ({ known }: Pick<ModelPlan, "known">): string[] =>
  known !== undefined && seesWholeContext(known.model.shape) ? [] : ["--disable-hybrid-kv-cache-manager"];

/** GiB of memory for each EFA interface, over what a server asks for: a test with 32 on a p5 needed 128 (awsome-inference#71). */
const GIB_PER_INTERFACE = 4;

/**
 * What a pod with EFA asks for. Without a limit of CPUs, as upstream's overlay for AWS: the threads that drive EFA poll.
 * @param asked CPUs and GiB that upstream's guide asks for.
 */
export function efaSizes(role: RolePlan, asked: { readonly cpu: number; readonly memoryGiB: number }): Sized {
  const devices = { ...gpus(role), ...(role.efaPerPod > 0 && { [EFA_RESOURCE]: String(role.efaPerPod) }) };
  const limitGiB = asked.memoryGiB + GIB_PER_INTERFACE * role.efaPerPod;
  return {
    requests: { cpu: String(asked.cpu), memory: `${asked.memoryGiB}Gi`, ...devices },
    limits: { memory: `${limitGiB}Gi`, ...devices },
  };
}

/** All servers of a revision in one zone: EFA ends where a zone does. */
export const oneZone = (identity: Identity): Affinity => ({
  podAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { labelSelector: { matchLabels: poolSelector(identity) }, topologyKey: "topology.kubernetes.io/zone" },
    ],
  },
});

const OTHER: Readonly<Record<Role, Role>> = { decode: "prefill", prefill: "decode" };

/** Away from the other role's nodes if possible: EFA does not reach from a node to itself. */
export const apartFromOtherRole = (identity: Identity, role: Role): Affinity => ({
  podAntiAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [
      {
        weight: 100,
        podAffinityTerm: {
          labelSelector: { matchLabels: serverSelector(identity, OTHER[role]) },
          topologyKey: "kubernetes.io/hostname",
        },
      },
    ],
  },
});
