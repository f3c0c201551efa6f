/** Arguments of the platform's parts for specs, and the release that a part installs. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PartArgs } from "../../platform/charts";
import { NAMESPACES } from "../../platform/namespaces";
import { PRIORITY_CLASSES } from "../../platform/priorityClasses";
import { only, type Registered, registeredBy } from "../support/mockedProgram";

/** Names of namespaces and PriorityClasses in the cluster, as components that make none receive them. */
export const namesOfParts = (): Pick<PartArgs, "namespaces" | "priorityClasses"> => ({
  namespaces: { name: key => pulumi.output<string>(NAMESPACES[key]) },
  priorityClasses: {
    serving: pulumi.output<string>(PRIORITY_CLASSES.serving),
    routing: pulumi.output<string>(PRIORITY_CLASSES.routing),
    platform: pulumi.output<string>(PRIORITY_CLASSES.platform),
  },
});

export interface InstalledChart {
  readonly registered: readonly Registered[];
  /** The release, as the component `part` makes it. */
  readonly release: Registered;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Value of the release at a path such as `webhook.replicaCount`. */
  readonly value: (path: string) => unknown;
}

/** Runs a part named `part` and reads its release. */
export async function installedBy(build: (args: PartArgs) => unknown): Promise<InstalledChart> {
  const registered = await registeredBy(() => {
    build({ kubernetes: new k8s.Provider("cluster", { kubeconfig: "{}" }), ...namesOfParts() });
  });
  const release = only(registered, "kubernetes:helm.sh/v3:Release", "part-chart");
  return {
    registered,
    release,
    inputs: release.inputs,
    value: path => valueAt(release.inputs.values, path.split(".")),
  };
}

const valueAt = (value: unknown, [key, ...rest]: readonly string[]): unknown =>
  key === undefined ? value : valueAt((value as Readonly<Record<string, unknown>>)[key], rest);
