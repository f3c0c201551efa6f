/** What each layer hands to the next. A layer's index.ts ends by exporting exactly its type. */
import type * as pulumi from "@pulumi/pulumi";
import type { BillTerm, CapacityKind } from "../catalog/cost";
import type { InstanceTypeName } from "../catalog/instances";
import type { Limits } from "../catalog/limits";

/** One GPU pool, as the workloads layer needs to know it. */
export interface GpuPoolFacts {
  readonly name: string;
  readonly instanceType: InstanceTypeName;
  readonly gpusPerNode: number;
  readonly maxNodes: number;
  readonly capacityKind: CapacityKind;
  readonly zoneIds: readonly string[];
  /** Key of the taint that pods on the pool tolerate. */
  readonly taintKey: string;
}

export interface InfraOutputs {
  readonly region: string;
  readonly accountId: string;
  /** Worst-case terms of this layer. */
  readonly bill: readonly BillTerm[];
  readonly zoneIds: readonly string[];
  readonly clusterName: string;
  readonly clusterArn: string;
  readonly endpoint: string;
  /** Secret; asks the `aws` CLI for a token at each use and holds none. */
  readonly kubeconfig: string;
  readonly nodeSecurityGroupId: string;
  readonly gpuPools: readonly GpuPoolFacts[];
  readonly limits: Limits;
}

/** Namespaces and name of an object in one. */
export interface ObjectName {
  readonly name: string;
  readonly namespace: string;
}

export interface PlatformOutputs {
  /** Worst-case terms of infra and of this layer. */
  readonly bill: readonly BillTerm[];
  /** The Gateway below which every model's route hangs. */
  readonly gateway: ObjectName;
  /** Where the gateway answers inside the cluster. */
  readonly gatewayUrl: string;
  readonly namespaces: { readonly models: string };
  readonly versions: Readonly<Record<string, string>>;
}

export interface ModelEndpoint {
  readonly url: string;
  /** The `model` of a request. */
  readonly servedName: string;
  readonly gpusMin: number;
  readonly gpusMax: number;
}

export interface WorkloadOutputs {
  /** Worst-case terms of all layers. */
  readonly bill: readonly BillTerm[];
  /** By model name. */
  readonly endpoints: Readonly<Record<string, ModelEndpoint>>;
}

/** A layer's outputs as its program builds them: each a value, a promise or an output. */
export type Exported<T> = { readonly [Key in keyof T]: pulumi.Input<T[Key]> };
