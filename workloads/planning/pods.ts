/** Whether a role's pods have room for their CPUs and memory where they have room for their GPUs. */
import { instanceType } from "../../catalog/instances";
import { cpus, gib } from "../../catalog/quantities";
import type { RolePlan } from "../plan";
import type { Quantities } from "../servers/shape";

/** What pods ask for, how it is counted, and what a node has of it. */
const ASKED = [
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
  return ASKED.flatMap(({ key, amount, unit, of }) => {
    const asked = requestsOf(role).reduce((total, requests) => total + amount(requests[key] ?? "0"), 0);
    if (pods * asked < node[of]) return [];
    return [
      `"${modelPath}.resources.${key}": ${pods} of its pods share a ${pool.instanceType} of pool "${pool.name}" for its ` +
        `GPUs, and each asks for ${asked} of its ${node[of]} ${unit}: give a smaller amount`,
    ];
  });
}

/** Of all containers that run at a time. */
const requestsOf = ({ server: { requests, sidecars } }: RolePlan): Quantities[] => [
  requests,
  ...sidecars.map(({ resources }) => resourcesOf(resources)),
];

/** Sidecars are ours: what they ask for is plain. */
const resourcesOf = (resources: unknown): Quantities =>
  (resources as { readonly requests?: Quantities } | undefined)?.requests ?? {};
