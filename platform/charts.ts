/** Helm releases at their pins. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { CHARTS, type ChartName } from "../catalog/versions";

export interface ReleaseArgs {
  /** Of the release; what its objects are named after. */
  readonly name: string;
  readonly namespace: pulumi.Input<string>;
  /** Never a secret: Helm keeps them, and so does the state. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Seconds until the release has to stand. @default 600 - nodes have to come first */
  readonly timeoutSeconds?: number;
}

/** A chart installed whole or not at all. */
export function createRelease(
  resourceName: string,
  chartName: ChartName,
  { name, namespace, values, timeoutSeconds = 600 }: ReleaseArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.helm.v3.Release {
  const { chart, ...published } = CHARTS[chartName];
  return new k8s.helm.v3.Release(
    resourceName,
    {
      name,
      chart,
      version: CHARTS[chartName].version,
      ...("repository" in published && { repositoryOpts: { repo: published.repository } }),
      namespace,
      values,
      atomic: true,
      // Each is a Secret of its own.
      maxHistory: 5,
      timeout: timeoutSeconds,
    },
    opts,
  );
}
