/** Names and labels of GPU pools, shared by stacks, policies and commands. */

/** Extended resource for GPUs in NodePool limits and pod requests. */
export const GPU_RESOURCE = "nvidia.com/gpu";

/** Taint key of every GPU node. */
export const GPU_TAINT = "nvidia.com/gpu";

/** NodePool annotation with the pool's capacity kind, for policies. */
export const CAPACITY_KIND_ANNOTATION = "llmd/capacity-kind";

/** Annotation of pools that name reservations. These end the implicit use of open reservations in the whole cluster. */
export const RESERVATIONS_ANNOTATION = "llmd/names-reservations";

/** NodePool annotation with the price that the owner expects for a node, in US dollars an hour, for policies. */
export const EXPECTED_PRICE_ANNOTATION = "llmd/expected-usd-per-hour";

const NODE_POOL_PREFIX = "gpu-";

/** Name of the NodePool and NodeClass of a configured pool. */
export const nodePoolName = (pool: string): string => NODE_POOL_PREFIX + pool;

/** Name in the configuration of a NodePool's pool. */
export const poolName = (nodePool: string): string =>
  nodePool.startsWith(NODE_POOL_PREFIX) ? nodePool.slice(NODE_POOL_PREFIX.length) : nodePool;

export const NODE_LABELS = {
  instanceCategory: "eks.amazonaws.com/instance-category",
  instanceFamily: "eks.amazonaws.com/instance-family",
  gpuCount: "eks.amazonaws.com/instance-gpu-count",
  /** vCPUs of the instance. */
  instanceCpu: "eks.amazonaws.com/instance-cpu",
  instanceType: "node.kubernetes.io/instance-type",
  capacityType: "karpenter.sh/capacity-type",
  architecture: "kubernetes.io/arch",
  /** NodePool of a node; Karpenter's label. */
  nodePool: "karpenter.sh/nodepool",
} as const;

/**
 * Karpenter's capacity type of each capacity kind. Karpenter does not tell Capacity Blocks from other reservations: the pool's
 * annotation does.
 */
export const CAPACITY_TYPE = {
  onDemand: "on-demand",
  spot: "spot",
  reserved: "reserved",
  capacityBlock: "reserved",
} as const;

/** Purchase option of a pool's nodes. */
export type CapacityKind = keyof typeof CAPACITY_TYPE;

export const CAPACITY_KINDS = Object.keys(CAPACITY_TYPE) as CapacityKind[];
