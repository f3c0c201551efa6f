/** Typed factories for a model's custom resources: only the fields this product sets. */
import type * as k8s from "@pulumi/kubernetes";
import { customResource } from "../contracts/customResource";
import { INFERENCE_GROUP } from "../contracts/httpRoute";

/** A number from 1 to 65535. */
interface Port {
  readonly number: number;
}

/** `inference.networking.k8s.io/v1` InferencePool, of the Inference Extension v1.5. */
interface InferencePoolSpec {
  /** 1 to 64 labels of pods in the pool's namespace. */
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  /** 1 to 8; each is an endpoint of its own. */
  readonly targetPorts: readonly Port[];
  readonly endpointPickerRef: {
    /** A Service. */
    readonly name: string;
    /** The Service's port, not the container's. */
    readonly port: Port;
    /** Behaviour of the gateway while the picker does not answer: choose a server at random, or refuse. */
    readonly failureMode: "FailOpen" | "FailClose";
  };
}

/** `leaderworkerset.x-k8s.io/v1` LeaderWorkerSet, of LeaderWorkerSet v0.9. */
interface LeaderWorkerSetSpec {
  /** Groups; where an autoscaler owns them, those it is made with. */
  readonly replicas: number;
  readonly leaderWorkerTemplate: {
    /** Pods of one group, the leader among them. */
    readonly size: number;
    /** Effect on a group of a restart of one of its pods or containers: none before all have started. */
    readonly restartPolicy: "RecreateGroupAfterStart";
    /** Template of every pod of a group: without its own template the leader takes this one, too. */
    readonly workerTemplate: k8s.types.input.core.v1.PodTemplateSpec;
  };
  readonly rolloutStrategy: {
    readonly type: "RollingUpdate";
    readonly rollingUpdateConfiguration: {
      /** Groups, or a share of them, that an update takes away at once. */
      readonly maxUnavailable: number | `${number}%`;
      readonly maxSurge: number;
    };
  };
  /**
   * `LeaderCreated`: workers start together with their leader. `LeaderReady` would wait for ever: a leader is Ready when the
   * ranks of all pods are.
   */
  readonly startupPolicy: "LeaderCreated";
}

/** Model servers that one picker chooses among. */
export const inferencePool = customResource<InferencePoolSpec>(`${INFERENCE_GROUP}/v1`, "InferencePool");

/** Model servers of several pods each, which live and die together. */
export const leaderWorkerSet = customResource<LeaderWorkerSetSpec>("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet");

/** A pool of the object's own namespace. The group is always said: its default differs between versions. */
interface PoolRef {
  readonly group: typeof INFERENCE_GROUP;
  readonly kind: "InferencePool";
  readonly name: string;
}

export const poolRef = (name: string): PoolRef => ({ group: INFERENCE_GROUP, kind: "InferencePool", name });

/** `llm-d.ai/v1alpha2` InferenceObjective: what requests that name it are worth. */
interface InferenceObjectiveSpec {
  readonly poolRef: PoolRef;
  /** Higher is served first; 0 is what requests without an objective have. */
  readonly priority: number;
}

/** `llm-d.ai/v1alpha2` InferenceModelRewrite: other names for the `model` of requests, by share. */
interface InferenceModelRewriteSpec {
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
