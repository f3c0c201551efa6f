/** Where models run: the pools they name, as the infra layer made them. */
import type { GpuPoolFacts } from "../contracts/outputs";
import { ConfigError } from "../contracts/settings";
import type { ModelSettings } from "./settings";

type Placed = Pick<ModelSettings, "pool" | "tensorParallel" | "replicas">;

const MODELS = "llmd-workloads:models";

/** @throws ConfigError with everything that could never start on the pool it names. */
export function checkPlacement(models: readonly Placed[], pools: readonly GpuPoolFacts[]): void {
  const problems = [
    ...models.flatMap((model, index) => serverProblems(`${MODELS}[${index}]`, model, pools)),
    ...pools.flatMap(pool => roomProblems(pool, models)),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
}

/** Whether one server of the model has a node to start on. */
function serverProblems(path: string, { pool: name, tensorParallel }: Placed, pools: readonly GpuPoolFacts[]) {
  const pool = pools.find(candidate => candidate.name === name);
  if (!pool)
    return [
      `"${path}.pool": "${name}" is not a GPU pool of llmd-infra: take one of ${pools.map(candidate => candidate.name).join(", ")}`,
    ];
  if (tensorParallel <= pool.gpusPerNode) return [];
  return [
    `"${path}.tensorParallel": a server of ${tensorParallel} GPUs fits no node of pool "${name}", whose ` +
      `${pool.instanceType} has ${pool.gpusPerNode}: take at most that, or another pool`,
  ];
}

/** Whether a pool has room for all servers that always run. GPUs per server are powers of two, so they fill nodes whole. */
function roomProblems({ name, maxNodes, gpusPerNode }: GpuPoolFacts, models: readonly Placed[]): string[] {
  const there = models.filter(({ pool, tensorParallel }) => pool === name && tensorParallel <= gpusPerNode);
  const needed = there.reduce((sum, { replicas, tensorParallel }) => sum + replicas.min * tensorParallel, 0);
  const room = maxNodes * gpusPerNode;
  if (needed <= room) return [];
  return [
    `"${MODELS}": the servers that always run on pool "${name}" need ${needed} GPUs, its ${maxNodes} nodes have ${room}: ` +
      `lower a replicas.min, or raise the pool's maxNodes`,
  ];
}
