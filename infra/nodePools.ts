/** Node pools of a cluster: the system pool, and one for each GPU pool of the stack file. */
import type * as pulumi from "@pulumi/pulumi";
import { nodePoolName } from "../catalog/gpuPool";
import type { Cluster } from "./cluster";
import { GpuPool } from "./gpuPool";
import type { PoolPlace } from "./karpenter";
import type { Network } from "./network";
import type { InfraSettings } from "./settings";
import { SystemPool } from "./systemPool";

interface NodePoolsArgs extends Pick<PoolPlace, "nodeTags" | "policyArns" | "kubernetes"> {
  readonly settings: InfraSettings;
  readonly network: Network;
  readonly cluster: Cluster;
}

/**
 * @param name `llmd-<stack>`.
 * @returns the system pool: everything that has pods depends on it.
 */
export function createNodePools(name: string, args: NodePoolsArgs, opts: pulumi.ComponentResourceOptions): SystemPool {
  const { settings, network, cluster, ...rest } = args;
  const nodes = {
    ...rest,
    clusterName: cluster.name,
    securityGroupId: cluster.securityGroupId,
    efaSecurityGroupId: network.efaSecurityGroupId,
  };
  // Sorted, because a NodeClass that changes with the order of the list may replace nodes.
  const subnetsOf = (zoneIds: readonly string[]) =>
    [...zoneIds].sort().flatMap(zone => network.privateSubnetByZone[zone] ?? []);
  // Nodes can neither start nor be drained while they do not reach AWS.
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
