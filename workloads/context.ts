/** Input of every builder of a model's objects. */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { InfraOutputs, PlatformOutputs } from "../contracts/outputs";
import type { RevisionKey } from "./names";
import type { RevisionPlan } from "./plan";

/** Cluster that models are deployed to, the same for all of them. */
export interface ClusterContext {
  /** Provider of the cluster; all of a model's objects are made with it. */
  readonly kubernetes: k8s.Provider;
  /** Namespace of all objects of all models. */
  readonly namespace: pulumi.Input<string>;
  /** The Gateway that routes hang below, and its own namespace. */
  readonly gateway: pulumi.Input<PlatformOutputs["gateway"]>;
  /** URL of that Gateway inside the cluster. */
  readonly gatewayUrl: pulumi.Input<string>;
  /** URL that clients call; undefined without an entry. */
  readonly entryUrl: pulumi.Input<string | undefined>;
  /** URL of Prometheus inside the cluster, which KEDA queries for the load. */
  readonly prometheusUrl: pulumi.Input<string>;
  /** Optional parts of the platform: true for those that are installed. */
  readonly features: pulumi.Input<PlatformOutputs["features"]>;
  /** Names of the PriorityClasses: `serving` of model servers, `routing` of endpoint pickers. */
  readonly priorityClasses: pulumi.Input<PlatformOutputs["priorityClasses"]>;
  /** Bucket of weights and who reads and writes it, if there is one. */
  readonly modelStore: pulumi.Input<ModelStore | undefined>;
  /** AWS region of the cluster; `AWS_REGION` of pods that read or write the model store. */
  readonly region: pulumi.Input<InfraOutputs["region"]>;
  /** Name of the EKS cluster, which Pod Identity associations refer to. */
  readonly clusterName: pulumi.Input<InfraOutputs["clusterName"]>;
  /** Secret; undefined where none is configured. */
  readonly huggingFaceToken: pulumi.Output<string> | undefined;
}

export interface ModelStore {
  /** Name of the S3 bucket. */
  readonly bucket: string;
  /** ARN of the role that model servers read the bucket with. */
  readonly readerRoleArn: string;
  /** ARN of the role that copy Jobs write the bucket with. */
  readonly writerRoleArn: string;
}

/** One revision of one model under construction. */
export interface RevisionContext {
  /** Names of model and revision, of which all its objects' names are made. */
  readonly key: RevisionKey;
  /** Plan of the revision, every default filled in. */
  readonly plan: RevisionPlan;
  /** Cluster that its objects are made in. */
  readonly cluster: ClusterContext;
  /** Parent and provider of each object. */
  readonly opts: pulumi.CustomResourceOptions;
}
