/** Names that requests give: of adapters, of aliases that stand for adapters, and of priorities. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { LABELS } from "../catalog/serving";
import type { ClusterContext, RevisionContext } from "./context";
import { inferenceModelRewrite, inferenceObjective, poolRef } from "./customResources";
import { type RevisionKey, revisionName } from "./names";
import type { AdapterAlias, LoraAdapter } from "./plan";
import type { RoutedModel } from "./routing/route";

/** Label of objects that the payload processor reads. */
const READ_BY_PROCESSOR = { [LABELS.readByProcessor]: "true" };

interface NamesArgs {
  readonly model: RoutedModel;
  /** Names of adapters and aliases of all revisions. */
  readonly names: readonly string[];
  readonly cluster: Pick<ClusterContext, "namespace">;
}

/**
 * Tells the payload processor which names a model answers to: its own, those of its adapters, and aliases. Only where the
 * processor runs. A model without adapters needs it as well: a name that is on no list leads nowhere.
 */
export function createNames(
  { model: { name, repository }, names, cluster: { namespace } }: NamesArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.ConfigMap {
  const object = `${name}-names`;
  const adapters = [...new Set(names)].sort();
  return new k8s.core.v1.ConfigMap(
    object,
    {
      metadata: { name: object, namespace, labels: READ_BY_PROCESSOR },
      data: { baseModel: repository, ...(adapters.length > 0 && { adapters: stringify(adapters) }) },
    },
    opts,
  );
}

/** Names of one revision for the payload processor. */
export const namesOf = (lora: readonly LoraAdapter[], aliases: readonly AdapterAlias[] = []): string[] =>
  [...lora, ...aliases].map(({ name }) => name);

/** Has the picker put an adapter's name in the place of an alias; nothing where there are no aliases. */
export function createAliases(
  { key, cluster, opts }: RevisionContext,
  aliases: readonly AdapterAlias[],
  pool: pulumi.Resource,
): k8s.apiextensions.CustomResource | undefined {
  if (aliases.length === 0) return undefined;
  const name = `${revisionName(key)}-aliases`;
  return inferenceModelRewrite(
    name,
    { name, namespace: cluster.namespace },
    { poolRef: poolRef(revisionName(key)), rules: aliases.map(aliasRule) },
    { ...opts, dependsOn: [pool] },
  );
}

const aliasRule = ({ name, targets }: AdapterAlias) => ({
  matches: [{ model: { type: "Exact", value: name } as const }],
  // A weight of 0 is not allowed: who gets nothing is left out.
  targets: targets
    .filter(({ percent }) => percent > 0)
    .map(({ adapter, percent }) => ({ modelRewrite: adapter, weight: percent })),
});

/**
 * Name of an objective, `qwen3-32b-v1-premium`, which a request gives in the header `x-llm-d-inference-objective`. The priority of
 * a request without the header, or with an unknown name, is 0.
 */
const objectiveName = (key: RevisionKey, priority: string): string => `${revisionName(key)}-${priority}`;

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
