/** All node pools of a cluster: the system pool, and one for each GPU pool of the stack file. */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { billedNodeUsdPerHour, cents } from "../catalog/cost";
import { GPU_TAINT, nodePoolName } from "../catalog/gpuPool";
import { instanceType } from "../catalog/instances";
import type { GpuPoolFacts } from "../contracts/outputs";
import type { Cluster } from "./cluster";
import { GpuPool } from "./gpuPool";
import type { Network } from "./network";
import type { InfraSettings } from "./settings";
import type { GpuPoolSettings } from "./settings/gpuPools";
import { SystemPool } from "./systemPool";

export interface NodePoolsArgs {
  readonly settings: InfraSettings;
  readonly network: Network;
  readonly cluster: Cluster;
  /** Tags of the nodes: the provider's own do not reach what EKS launches, and the budget counts by them. */
  readonly nodeTags: Readonly<Record<string, string>>;
  /** Policies the nodes' roles need beside EKS's own. */
  readonly policyArns: readonly pulumi.Input<string>[];
  readonly kubernetes: k8s.Provider;
}

/**
 * @param name `llmd-<stack>`.
 * @returns the system pool, for what has to run before anything else does.
 */
export function createNodePools(name: string, args: NodePoolsArgs, opts: pulumi.ComponentResourceOptions): SystemPool {
  const { settings, network, cluster, ...rest } = args;
  const nodes = {
    ...rest,
    clusterName: cluster.name,
    securityGroupId: cluster.securityGroupId,
    efaSecurityGroupId: network.efaSecurityGroupId,
  };
  // In one order, whatever the list's: a changed NodeClass may mean other nodes.
  const subnetsOf = (zoneIds: readonly string[]) =>
    [...zoneIds].sort().flatMap(zone => network.privateSubnetByZone[zone] ?? []);
  // Nodes can neither start nor be drained without a way out.
  const options = { ...opts, dependsOn: network.egress };
  const systemPool = new SystemPool(
    `${name}-system`,
    { ...settings.systemPool, ...nodes, subnetIds: subnetsOf(settings.network.zoneIds) },
    options,
  );
  for (const pool of settings.gpuPools)
    new GpuPool(
      `${name}-${nodePoolName(pool.name)}`,
      { ...pool, ...nodes, subnetIds: subnetsOf(pool.zoneIds) },
      options,
    );
  return systemPool;
}

/** What later layers have to know of a GPU pool. */
export const poolFacts = (pool: GpuPoolSettings, region: string): GpuPoolFacts => ({
  name: pool.name,
  instanceType: pool.instanceType,
  gpusPerNode: instanceType(pool.instanceType).gpus,
  maxNodes: pool.maxNodes,
  ...(pool.staticNodes !== undefined && { staticNodes: pool.staticNodes }),
  capacityKind: pool.capacity.kind,
  zoneIds: pool.zoneIds,
  efaPerNode: pool.efa ? instanceType(pool.instanceType).efa : 0,
  taintKey: GPU_TAINT,
  usdPerNodeHour: cents(billedNodeUsdPerHour(pool.instanceType, pool.capacity, region)),
  expireAfterHours: pool.expireAfterHours,
  ...(pool.capacity.kind === "capacityBlock" && { endsAt: pool.capacity.endsAt }),
});
