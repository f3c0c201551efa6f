/** The pools that roles run on: whether they are there, and whether everything on them has room. */
import { GPU_TAINT } from "../../catalog/gpuPool";
import { instanceType } from "../../catalog/instances";
import { cpus, gib } from "../../catalog/quantities";
import type { GpuPoolFacts } from "../../contracts/outputs";
import { gpusOf, type RevisionPlan, type RolePlan } from "../plan";
import type { Quantities, ServingPath } from "../servers/shape";
import type { RequestedRole } from "./revisions";

const TYPE = "p5.48xlarge";

/**
 * What a pool is taken for in a preview of a stack whose infra layer is not there yet: two p5.48xlarge, so that every path has
 * objects to show. Nothing is held against it.
 */
export const standIn = (name: string): GpuPoolFacts => ({
  name,
  instanceType: TYPE,
  gpusPerNode: instanceType(TYPE).gpus,
  maxNodes: 2,
  capacityKind: "onDemand",
  zoneIds: [],
  efaPerNode: instanceType(TYPE).efa,
  taintKey: GPU_TAINT,
  usdPerNodeHour: 0,
  expireAfterHours: 480,
});

/** True where servers hand caches to each other, by NIXL over EFA. */
export const usesNixl = ({ cacheTransfer }: Pick<ServingPath, "cacheTransfer">): boolean => cacheTransfer === "nixl";

/** A pod's share of its node's EFA interfaces, which only one pod can have each. */
export const efaPerPod = (path: ServingPath, { gpusPerPod }: RequestedRole, pool: GpuPoolFacts): number =>
  usesNixl(path) ? Math.floor((pool.efaPerNode * gpusPerPod) / pool.gpusPerNode) : 0;

/** Why a server of the role starts on no node of the pool. */
export function nodeProblems(plan: RevisionPlan, requested: RequestedRole, pool: GpuPoolFacts): string[] {
  const { gpusPerPod, poolPath } = requested;
  const { name, gpusPerNode, instanceType: type } = pool;
  if (plan.servingPath.wholeNodes && gpusPerNode !== gpusPerPod)
    return [
      `"${poolPath}": ${plan.path} takes whole nodes of ${gpusPerPod} GPUs, the ${type} of pool "${name}" has ` +
        `${gpusPerNode}: take another pool`,
    ];
  if (gpusPerPod > gpusPerNode)
    return [
      `"${requested.path}.tensorParallel": a server of ${gpusPerPod} GPUs fits no node of pool "${name}", whose ${type} ` +
        `has ${gpusPerNode}: take at most that, or another pool`,
    ];
  return efaProblems(plan, requested, pool);
}

function efaProblems({ path, servingPath }: RevisionPlan, requested: RequestedRole, pool: GpuPoolFacts): string[] {
  if (!usesNixl(servingPath) || efaPerPod(servingPath, requested, pool) > 0) return [];
  const { name, efaPerNode, gpusPerNode } = pool;
  if (efaPerNode === 0)
    return [
      `"${requested.poolPath}": path ${path} moves the cache over EFA, which pool "${name}" has none of: set efa: true on ` +
        "it in llmd-infra:gpuPools and deploy it, or take another pool",
    ];
  return [
    `"${requested.path}.tensorParallel": path ${path} moves the cache over EFA, and the share of ${requested.gpusPerPod} ` +
      `of ${gpusPerNode} GPUs in the ${efaPerNode} EFA interfaces of a node of pool "${name}" is less than one: ` +
      "take more GPUs, or another pool",
  ];
}

/** EFA reaches no other zone. */
export function zoneProblems(modelPath: string, roles: readonly RolePlan[]): string[] {
  const [decode, prefill] = roles;
  if (decode === undefined || prefill === undefined) return [];
  const { name, zoneIds } = decode.pool;
  if (prefill.pool.zoneIds.some(zone => zoneIds.includes(zone))) return [];
  return [
    `"${modelPath}.prefill.pool": pool "${prefill.pool.name}" is in ${prefill.pool.zoneIds.join(", ")}, pool "${name}" of ` +
      `decode in ${zoneIds.join(", ")}, and EFA reaches no other zone: take pools of one zone`,
  ];
}

/** Role of one revision that runs on a pool. */
export interface PoolUsage {
  /** Model, revision and role. */
  readonly who: string;
  /** Plan of the role, which names the pool and the GPUs. */
  readonly role: RolePlan;
}

/** Checks that every pool has room for all replicas that always run, and for all that may run. */
export function roomProblems(usages: readonly PoolUsage[], modelsPath: string): string[] {
  const byPool = Map.groupBy(usages, ({ role }) => role.pool.name);
  return [...byPool.values()].flatMap(there => poolRoomProblems(there, modelsPath));
}

const ENDS = [
  { end: "min", what: "always run" },
  { end: "max", what: "may run" },
] as const;

/** A ceiling beyond the pool can never be reached: the servers above it would never start. */
function poolRoomProblems(there: readonly PoolUsage[], modelsPath: string): string[] {
  const pool = there[0]?.role.pool;
  if (pool === undefined) return [];
  const room = podNodes(pool) * pool.gpusPerNode;
  const over = ENDS.find(({ end }) => sum(there, end) > room);
  if (over === undefined) return [];
  const each = there.filter(({ role }) => gpusOf(role, over.end) > 0);
  const list = each.map(({ who, role }) => `${who} ${gpusOf(role, over.end)}`).join(", ");
  const needed = sum(there, over.end);
  return [
    `"${modelsPath}": the servers that ${over.what} on pool "${pool.name}" need ${needed} GPUs (${list}), ` +
      shortage(pool, room, Math.ceil(needed / pool.gpusPerNode)),
  ];
}

/** Nodes that pods may count on. */
const podNodes = ({ staticNodes, maxNodes }: GpuPoolFacts): number => staticNodes ?? maxNodes;

function shortage({ staticNodes, maxNodes, gpusPerNode }: GpuPoolFacts, room: number, neededNodes: number): string {
  if (staticNodes === undefined)
    return `its ${maxNodes} nodes of ${gpusPerNode} have ${room}: lower the number of replicas, or raise the pool's maxNodes`;
  return (
    `its staticNodes, ${staticNodes} of ${gpusPerNode}, have ${room}, and a static pool does not grow for pods up to its ` +
    `maxNodes of ${maxNodes}: lower the number of replicas, or set the pool's staticNodes to ${neededNodes} and its maxNodes to ` +
    `${Math.max(maxNodes, neededNodes + 1)} or more`
  );
}

/** Warns of settings that are to give nodes back, on pools that give none. */
export function staticPoolWarnings(
  { schedule, roles }: Pick<RevisionPlan, "schedule" | "roles">,
  { path, modelPath }: { readonly path: string; readonly modelPath: string },
): string[] {
  const pools = roles.map(({ pool }) => pool).filter(({ staticNodes }) => staticNodes !== undefined);
  const isEmptied = roles.some(({ replicas }) => replicas.min === 0);
  if (pools.length === 0 || (schedule === undefined && !isEmptied)) return [];
  const where = schedule === undefined ? `${path}.replicas` : `${modelPath}.schedule`;
  return [...new Map(pools.map(pool => [pool.name, pool])).values()].map(
    ({ name, staticNodes }) =>
      `"${where}": pool "${name}" is static: its ${staticNodes} nodes run, and are billed, while the servers are away. ` +
      "That frees GPUs for other models, and no node: take a pool without staticNodes to save money.",
  );
}

const sum = (usages: readonly PoolUsage[], end: "min" | "max"): number =>
  usages.reduce((gpus, { role }) => gpus + gpusOf(role, end), 0);

/** Resources that pods request, how they are counted, and the node's own. */
const POD_RESOURCES = [
  { key: "cpu", amount: cpus, unit: "CPUs", of: "vcpus" },
  { key: "memory", amount: gib, unit: "GiB", of: "memoryGiB" },
] as const;

/**
 * GPUs stay idle, and their servers Pending, where a node's CPUs or memory are used up before they are. What a node keeps for
 * itself is not counted: nobody knows it to the last CPU.
 * @param modelPath where `resources` is.
 */
export function resourceProblems(modelPath: string, role: RolePlan): string[] {
  const { gpusPerPod, podsPerServer, replicas, pool } = role;
  const node = instanceType(pool.instanceType);
  const pods = Math.min(Math.floor(pool.gpusPerNode / gpusPerPod), replicas.max * podsPerServer);
  return POD_RESOURCES.flatMap(({ key, amount, unit, of }) => {
    const asked = requestsOf(role).reduce((total, requests) => total + amount(requests[key] ?? "0"), 0);
    if (pods * asked < node[of]) return [];
    return [
      `"${modelPath}.resources.${key}": ${pods} of its pods share a ${pool.instanceType} of pool "${pool.name}" for its ` +
        `GPUs, and each asks for ${asked} of its ${node[of]} ${unit}: give a smaller amount`,
    ];
  });
}

/** Requests of all containers that run at a time. */
const requestsOf = ({ server: { requests, sidecars } }: RolePlan): Quantities[] => [
  requests,
  ...sidecars.map(({ resources }) => resourcesOf(resources)),
];

/** Sidecars are ours: what they ask for is plain. */
const resourcesOf = (resources: unknown): Quantities =>
  (resources as { readonly requests?: Quantities } | undefined)?.requests ?? {};
