/** Where in S3 the weights of a model are. */
import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "../../contracts/settings";
import type { ClusterContext, ModelStore } from "../context";
import type { RevisionPlan } from "../plan";

type Located = Pick<RevisionPlan, "name" | "model" | "weights">;

/**
 * Below the prefix, written when everything else is there. Inside, so that whoever deletes the weights deletes it with them;
 * vLLM takes it along with the configuration, and nothing there reads it.
 */
export const MARKER = ".llmd-complete.json";

/**
 * What the names of a model's objects begin with, without the last slash. The commit is a part of it: servers have to know
 * where the weights are before anybody has asked Hugging Face what `main` is, and no prefix ever holds two versions.
 * @throws Error without a commit; the settings ask for one.
 */
export function weightsPrefix({ name, model, weights: { commit } }: Located): string {
  if (commit === undefined) throw new Error(`model "${name}" has its weights in S3, and no commit`);
  return `models/${model}/${commit}`;
}

/** The model store; an output that fails where there is none. */
export const modelStoreOf = (cluster: Pick<ClusterContext, "modelStore">): pulumi.Output<ModelStore> =>
  pulumi.output(cluster.modelStore).apply(store => {
    if (store) return store;
    throw new ConfigError([
      `"llmd-workloads:models": weights.source is s3, and llmd-infra has no model store: set llmd-infra:modelStore.bucket ` +
        "to true, or weights.source to huggingFace",
    ]);
  });

/** What vLLM is given as its model. */
export const weightsUri = (cluster: Pick<ClusterContext, "modelStore">, plan: Located): pulumi.Output<string> =>
  pulumi.interpolate`s3://${modelStoreOf(cluster).bucket}/${weightsPrefix(plan)}`;
