/** Input of every builder of a model's objects. */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { InfraOutputs, PlatformOutputs } from "../contracts/outputs";
import type { RevisionKey } from "./names";
import type { RevisionPlan } from "./plan";

/** Cluster that models are deployed to, the same for all of them. */
export interface ClusterContext {
  readonly kubernetes: k8s.Provider;
  /** Namespace of all objects of all models. */
  readonly namespace: pulumi.Input<string>;
  /** The Gateway that routes hang below, and its own namespace. */
  readonly gateway: pulumi.Input<PlatformOutputs["gateway"]>;
  /** URL of that Gateway inside the cluster. */
  readonly gatewayUrl: pulumi.Input<string>;
  /** URL that clients call; undefined without an entry. */
  readonly entryUrl: pulumi.Input<string | undefined>;
  readonly prometheusUrl: pulumi.Input<string>;
  readonly features: pulumi.Input<PlatformOutputs["features"]>;
  readonly priorityClasses: pulumi.Input<PlatformOutputs["priorityClasses"]>;
  /** Bucket of weights and who reads and writes it, if there is one. */
  readonly modelStore: pulumi.Input<ModelStore | undefined>;
  readonly region: pulumi.Input<InfraOutputs["region"]>;
  readonly clusterName: pulumi.Input<InfraOutputs["clusterName"]>;
  /** Secret; undefined where none is configured. */
  readonly huggingFaceToken: pulumi.Output<string> | undefined;
}

export interface ModelStore {
  readonly bucket: string;
  readonly readerRoleArn: string;
  readonly writerRoleArn: string;
}

/** One revision of one model under construction. */
export interface RevisionContext {
  readonly key: RevisionKey;
  readonly plan: RevisionPlan;
  readonly cluster: ClusterContext;
  /** Parent and provider of each object. */
  readonly opts: pulumi.CustomResourceOptions;
}
