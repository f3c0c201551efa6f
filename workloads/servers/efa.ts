/**
 * Servers that talk to each other through EFA, AWS's network for traffic between nodes that passes by the kernel. As in llm-d
 * v0.9.0, guides/pd-disaggregation/modelserver/gpu/vllm/aws, which is for p5en alone; on other types the counts follow from
 * the pool.
 */

import { type KnownModel, knownModel } from "../../catalog/models";
import { seesWholeContext } from "../../catalog/models/shape";
import { SERVER_PORT_NAMES, SERVER_PORTS } from "../../catalog/serving";
import { fromField } from "../../contracts/placement";
import { poolSelector, type RevisionKey, serverSelector } from "../names";
import type { RevisionPlan, Role, RoleDraft } from "../plan";
import { gpus, type PodResources } from "./conventions";
import type { Affinity } from "./shape";

/** The extended resource that pods ask for EFA interfaces by; the device plugin is part of Auto Mode's nodes. */
const EFA_RESOURCE = "vpc.amazonaws.com/efa";

/** RDMA locks the memory it reads and writes. */
export const EFA_CAPABILITIES = ["IPC_LOCK"] as const;

export const NIXL_PORT = { name: SERVER_PORT_NAMES.nixl, containerPort: SERVER_PORTS.nixl } as const;

/** Variables of libfabric, through which NIXL and NCCL reach EFA. */
const LIBFABRIC_ENV = [
  // Else it may settle for TCP, and nobody is told.
  { name: "FI_PROVIDER", value: "efa" },
  // Pods of one node then reach each other through the device. The other way, shared memory, crashes or hangs on P5:
  // libfabric#12328.
  { name: "FI_EFA_ENABLE_SHM_TRANSFER", value: "0" },
];

/**
 * Variables of servers that hand caches over. NIXL's port has had two defaults in vLLM's documents, so it is said. Blocks of
 * the cache have one layout on both sides, in which a head's part is in one piece, as in AWS's own test of its image.
 */
export const NIXL_ENV = [
  ...LIBFABRIC_ENV,
  { name: "VLLM_KV_CACHE_LAYOUT", value: "HND" },
  fromField("VLLM_NIXL_SIDE_CHANNEL_HOST", "status.podIP"),
  { name: "VLLM_NIXL_SIDE_CHANNEL_PORT", value: String(NIXL_PORT.containerPort) },
];

/** Longer than the 90 s for which the sidecar keeps idle connections to prefilling servers. */
export const KEEP_ALIVE = { name: "VLLM_HTTP_TIMEOUT_KEEP_ALIVE", value: "120" } as const;

/**
 * vLLM's role in the transfer of caches. `kv_both`, which upstream's overlay for AWS has, is deprecated and will be removed.
 */
const KV_ROLES = { prefill: "kv_producer", decode: "kv_consumer" } as const satisfies Record<Role, string>;

/**
 * Caches move by NIXL. LIBFABRIC, since NIXL's default UCX has no EFA.
 * @param more - @default vLLM's defaults
 */
export const nixlArg = (role: Role, more: Readonly<Record<string, unknown>> = {}): string =>
  `--kv-transfer-config=${JSON.stringify({
    kv_connector: "NixlConnector",
    kv_role: KV_ROLES[role],
    ...more,
    kv_connector_extra_config: { backends: ["LIBFABRIC"] },
  })}`;

/**
 * Keeps the cache of every layer whole. With the hybrid cache manager on, which is the default, vLLM 0.26 does not report a
 * failed transfer to layers that see a part of the context only (windows, chunks), and answers from what happens to be in
 * memory, with status 200 (vllm#52234). Of a model that is not in the catalogue nobody knows whether it has such layers, and a
 * description may have left its window out: where it has none, the argument changes nothing. Its opposite is never given: with
 * some models vLLM then does not start.
 */
export const fullCacheArgs = ({ known }: Pick<RevisionPlan, "known">): string[] =>
  isCatalogued(known) && seesWholeContext(known.model.shape) ? [] : ["--disable-hybrid-kv-cache-manager"];

const isCatalogued = (known: RevisionPlan["known"]): known is KnownModel =>
  known !== undefined && knownModel(known.publication.repository) !== undefined;

/** GiB of memory for each EFA interface, over what a server asks for: a test with 32 on a p5 needed 128 (awsome-inference#71). */
const GIB_PER_INTERFACE = 4;

/**
 * What a pod with EFA asks for. Without a limit of CPUs, as upstream's overlay for AWS: the threads that drive EFA poll.
 * @param asked CPUs and GiB that upstream's guide asks for.
 */
export function efaSizes(role: RoleDraft, asked: { readonly cpu: number; readonly memoryGiB: number }): PodResources {
  const devices = { ...gpus(role), ...(role.efaPerPod > 0 && { [EFA_RESOURCE]: String(role.efaPerPod) }) };
  const limitGiB = asked.memoryGiB + GIB_PER_INTERFACE * role.efaPerPod;
  return {
    requests: { cpu: String(asked.cpu), memory: `${asked.memoryGiB}Gi`, ...devices },
    limits: { memory: `${limitGiB}Gi`, ...devices },
  };
}

/** All servers of a revision in one zone: EFA ends where a zone does. */
export const oneZone = (key: RevisionKey): Affinity => ({
  podAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { labelSelector: { matchLabels: poolSelector(key) }, topologyKey: "topology.kubernetes.io/zone" },
    ],
  },
});

const OTHER: Readonly<Record<Role, Role>> = { decode: "prefill", prefill: "decode" };

/**
 * Away from the other role's nodes if possible, as upstream's overlay for AWS. Caches also move within a node, through the
 * device, but nobody has published a run of it, and a node that is lost takes servers of one role with it, not of both.
 * Karpenter takes the wish for a need as long as the pool may have another node: two roles that fit on one node get two.
 */
export const apartFromOtherRole = (key: RevisionKey, role: Role): Affinity => ({
  podAntiAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [
      {
        weight: 100,
        podAffinityTerm: {
          labelSelector: { matchLabels: serverSelector(key, OTHER[role]) },
          topologyKey: "kubernetes.io/hostname",
        },
      },
    ],
  },
});
