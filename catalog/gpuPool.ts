/** Conventions of GPU pools that stacks, policies and commands share. */

/** The extended resource that NodePool limits and pods count GPUs in. */
export const GPU_RESOURCE = "nvidia.com/gpu";

/** Taint of every GPU node; pods that belong there tolerate it. */
export const GPU_TAINT = "nvidia.com/gpu";

/** Which of the capacity kinds a pool means, for policies. */
export const CAPACITY_KIND_ANNOTATION = "llmd/capacity-kind";

/** Marks pools that name reservations, which ends the implicit use of open ones in the whole cluster. */
export const RESERVATIONS_ANNOTATION = "llmd/names-reservations";

/** Carries what the owner expects to pay for a node, in US dollars per hour, to where policies can read it. */
export const EXPECTED_PRICE_ANNOTATION = "llmd/expected-usd-per-hour";

const NODE_POOL_PREFIX = "gpu-";

/** Name of a pool's NodePool and NodeClass. */
export const nodePoolName = (pool: string): string => NODE_POOL_PREFIX + pool;

/** Name in the configuration of the pool that a NodePool stands for. */
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
  /** Which NodePool a node came from; Karpenter's. */
  nodePool: "karpenter.sh/nodepool",
} as const;

/**
 * Karpenter's name of each capacity kind. Capacity Blocks and other reservations are one to Karpenter; which of the two a
 * pool means is in its annotation.
 */
export const CAPACITY_TYPE = {
  onDemand: "on-demand",
  spot: "spot",
  reserved: "reserved",
  capacityBlock: "reserved",
} as const;

/** How a pool gets its nodes. */
export type CapacityKind = keyof typeof CAPACITY_TYPE;

export const CAPACITY_KINDS = Object.keys(CAPACITY_TYPE) as CapacityKind[];
