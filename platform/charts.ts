/** Helm releases at their pins, and the components that are one release. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CHARTS, type ChartName } from "../catalog/versions";
import type { Namespaces } from "./namespaces";
import type { PriorityClassNames } from "./priorityClasses";

interface ReleaseArgs {
  /** Name of the release, part of its objects' names. */
  readonly name: string;
  readonly namespace: pulumi.Input<string>;
  /** The chart's values. Never a secret: Helm and the state keep them in clear. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** Installs a chart, all of it or nothing. */
export function createRelease(
  resourceName: string,
  chartName: ChartName,
  release: ReleaseArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.helm.v3.Release {
  const { chart, ...published } = CHARTS[chartName];
  return new k8s.helm.v3.Release(
    resourceName,
    {
      ...release,
      chart,
      version: CHARTS[chartName].version,
      ...("repository" in published && { repositoryOpts: { repo: published.repository } }),
      atomic: true,
      // Each revision is a Secret.
      maxHistory: 5,
      // Seconds: nodes may have to start first.
      timeout: 600,
    },
    opts,
  );
}

/** Arguments that every optional part needs. */
export interface PartArgs {
  /** Provider of the cluster that the chart is installed in. */
  readonly kubernetes: k8s.Provider;
  /** Names of the namespaces, by key. */
  readonly namespaces: Pick<Namespaces, "name">;
  /** Names of the PriorityClasses, by their pods. */
  readonly priorityClasses: PriorityClassNames;
}

/** Component that installs one chart, as `<name>-chart`. */
export abstract class ChartComponent extends pulumi.ComponentResource {
  constructor(
    type: `llmd:platform:${string}`,
    name: string,
    { kubernetes, chart, ...release }: ReleaseArgs & { readonly kubernetes: k8s.Provider; readonly chart: ChartName },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(type, name, {}, opts);
    createRelease(`${name}-chart`, chart, release, { parent: this, provider: kubernetes });
    this.registerOutputs({});
  }
}
