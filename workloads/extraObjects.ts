/** Makes what a serving path has beside servers, pool and picker. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { RevisionContext } from "./context";
import type { ExtraObject } from "./servers/shape";

const MADE_BY = { Service: k8s.core.v1.Service } as const;

export const createExtraObject = (
  { cluster, opts }: RevisionContext,
  { kind, name, annotations, spec }: ExtraObject,
): pulumi.CustomResource =>
  new MADE_BY[kind](name, { metadata: { name, namespace: cluster.namespace, annotations }, spec }, opts);
