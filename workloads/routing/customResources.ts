/** Typed factories for what leads requests to a model: only the fields this product sets. */
import { customResource } from "../../contracts/customResource";
import { INFERENCE_GROUP } from "../../contracts/httpRoute";

/** A pool of the object's own namespace. The group is always said: its default differs between versions. */
export interface PoolRef {
  readonly group: typeof INFERENCE_GROUP;
  readonly kind: "InferencePool";
  readonly name: string;
}

export const poolRef = (name: string): PoolRef => ({ group: INFERENCE_GROUP, kind: "InferencePool", name });

/** `llm-d.ai/v1alpha2` InferenceObjective: what requests that name it are worth. */
export interface InferenceObjectiveSpec {
  readonly poolRef: PoolRef;
  /** Higher is served first; 0 is what requests without an objective have. */
  readonly priority: number;
}

/** `llm-d.ai/v1alpha2` InferenceModelRewrite: other names for the `model` of requests, by share. */
export interface InferenceModelRewriteSpec {
  readonly poolRef: PoolRef;
  readonly rules: readonly {
    readonly matches: readonly { readonly model: { readonly type: "Exact"; readonly value: string } }[];
    /** Weights from 1. */
    readonly targets: readonly { readonly modelRewrite: string; readonly weight: number }[];
  }[];
}

const LLMD = "llm-d.ai/v1alpha2";

export const inferenceObjective = customResource<InferenceObjectiveSpec>(LLMD, "InferenceObjective");

export const inferenceModelRewrite = customResource<InferenceModelRewriteSpec>(LLMD, "InferenceModelRewrite");
