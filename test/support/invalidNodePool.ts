/** An infra program whose NodePool the API server rejects. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../../rehearsal/engine/pulumi";

/** The project with the program of `copy`, a copy of the repository, in which the compiler would find the mistake first. */
export function withInvalidNodePool(infra: Project, copy: string): Project {
  const file = join(copy, "infra", "gpuPool.ts");
  const right = readFileSync(file, "utf8");
  const wrong = right.replace("`${pool.keepEmptyMinutes}m`", '"30 minutes"');
  assert.notEqual(wrong, right);
  writeFileSync(file, wrong);
  return { ...infra, folder: join(copy, "infra") };
}

/** The API server's message, which follows from the CRD that Karpenter publishes. */
export const refusedNodePool = (name: string): RegExp =>
  new RegExp(
    `NodePool\\.karpenter\\.sh "${name}" is invalid: spec\\.disruption\\.consolidateAfter: Invalid value: "30 minutes"`,
  );
