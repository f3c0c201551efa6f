/** Where models run: the pools they name, as the infra layer made them. */

import type { GpuPoolFacts } from "../contracts/outputs";
import { ConfigError } from "../contracts/settings";
import type { ModelSettings } from "./settings";

type Placed = Pick<ModelSettings, "pool" | "tensorParallel">;

/** @throws ConfigError with every model whose servers could never start on the pool it names. */
export function checkPlacement(models: readonly Placed[], pools: readonly GpuPoolFacts[]): void {
  const problems = models.flatMap((model, index) => placementProblems(`llmd-workloads:models[${index}]`, model, pools));
  if (problems.length > 0) throw new ConfigError(problems);
}

function placementProblems(path: string, { pool: name, tensorParallel }: Placed, pools: readonly GpuPoolFacts[]) {
  const pool = pools.find(candidate => candidate.name === name);
  if (!pool)
    return [
      `"${path}.pool": "${name}" is not a GPU pool of llmd-infra: take one of ${pools.map(p => p.name).join(", ")}`,
    ];
  if (tensorParallel <= pool.gpusPerNode) return [];
  return [
    `"${path}.tensorParallel": a server of ${tensorParallel} GPUs fits no node of pool "${name}", whose ` +
      `${pool.instanceType} has ${pool.gpusPerNode}: take at most that, or another pool`,
  ];
}
