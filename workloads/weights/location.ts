/** Places in S3 of a model's weights, and of the vocabulary that a model like gpt-oss needs beside its repository. */
import * as pulumi from "@pulumi/pulumi";
import { ENCODINGS, type Encoding } from "../../catalog/models";
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

/** Address of the weights, vLLM's model. */
export const weightsUri = (cluster: Pick<ClusterContext, "modelStore">, plan: Located): pulumi.Output<string> =>
  pulumi.interpolate`s3://${modelStoreOf(cluster).bucket}/${weightsPrefix(plan)}`;

/** Volume of a server's vocabularies, and where it is mounted. */
export const ENCODINGS_FOLDER = { name: "encodings", mountPath: "/encodings" } as const;

/**
 * The vocabulary that the model store holds; none where the model needs none, or where its weights are not there. It is copied
 * with the weights, and the guard fetches it, so that no server needs the internet to start (vllm#22525, openai/harmony#101).
 */
export function storedEncoding({ known, weights }: Pick<RevisionPlan, "known" | "weights">): Encoding | undefined {
  const name = known?.model.encoding;
  return name === undefined || weights.source !== "s3" ? undefined : ENCODINGS[name];
}

/** Below the prefix of the weights, so that whoever deletes them deletes it with them. */
export const encodingPath = ({ file }: Encoding): string => `encodings/${file}`;

/** Variable that has harmony look for vocabularies in a folder in place of the internet. */
export const encodingEnv = (plan: Pick<RevisionPlan, "known" | "weights">) =>
  storedEncoding(plan) === undefined ? [] : [{ name: "TIKTOKEN_ENCODINGS_BASE", value: ENCODINGS_FOLDER.mountPath }];
