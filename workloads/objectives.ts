/** What requests are worth: one InferenceObjective for each priority of a model. */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { RevisionContext } from "./context";
import { type RevisionKey, revisionName } from "./names";
import { inferenceObjective, poolRef } from "./routing/customResources";

/** Header by which a request names its objective. Without it, or with a name nobody knows, its priority is 0. */
export const OBJECTIVE_HEADER = "x-llm-d-inference-objective";

/** What the header says for a priority of the stack file: `qwen3-32b-v1-premium`. */
export const objectiveName = (key: RevisionKey, priority: string): string => `${revisionName(key)}-${priority}`;

/** They matter while requests wait: the picker then takes those of the highest priority first. */
export const createObjectives = (
  { key, plan, cluster, opts }: RevisionContext,
  pool: pulumi.Resource,
): k8s.apiextensions.CustomResource[] =>
  Object.entries(plan.priorities).map(([priorityName, priority]) => {
    const name = objectiveName(key, priorityName);
    return inferenceObjective(
      name,
      { name, namespace: cluster.namespace },
      { poolRef: poolRef(revisionName(key)), priority },
      { ...opts, dependsOn: [pool] },
    );
  });
