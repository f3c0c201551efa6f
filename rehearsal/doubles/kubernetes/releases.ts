/**
 * Helm releases: opaque, because their charts are not rendered at this depth; but the definitions a chart installs are
 * installed, and left behind on uninstall as Helm leaves them.
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { ResourceIdentity } from "../protocol/double";
import { UNKNOWN, type WireObject } from "../protocol/wire";
import type { KubernetesApi } from "./api";
import { readObjects } from "./components";

export const RELEASE = "kubernetes:helm.sh/v3:Release";

/** A chart the double knows. */
export interface KnownChart {
  readonly repository: string;
  readonly chart: string;
  readonly version: string;
  /** File with the definitions the chart installs, if it has any. */
  readonly definitions?: string;
}

export function nameRelease(
  { name, urn }: ResourceIdentity,
  inputs: WireObject,
  old: WireObject | undefined,
): WireObject {
  if (inputs.name !== undefined) return inputs;
  return { ...inputs, name: old?.name ?? `${name}-${createHash("sha1").update(urn).digest("hex").slice(0, 8)}` };
}

export function chartOf(inputs: WireObject, known: readonly KnownChart[]): KnownChart {
  const repository = (inputs.repositoryOpts as WireObject | undefined)?.repo ?? "";
  const found = known.find(
    chart => chart.repository === repository && chart.chart === inputs.chart && chart.version === inputs.version,
  );
  if (!found)
    throw new Error(
      `the kubernetes double does not know the chart "${inputs.chart}" ${inputs.version} of "${repository}"`,
    );
  return found;
}

/** Installs every definition of a file and waits until it is served. */
export async function installDefinitions(api: KubernetesApi, file: string | undefined): Promise<void> {
  const definitions = file === undefined ? [] : await readObjects(file);
  await Promise.all(
    definitions.map(async definition => {
      await api.applyPatiently(definition);
      await api.established(definition);
    }),
  );
}

export const releaseId = (inputs: WireObject): string => `${inputs.namespace ?? "default"}/${inputs.name}`;

export function releaseOutputs(inputs: WireObject, revision: number, preview: boolean): WireObject {
  const status = {
    name: inputs.name,
    namespace: inputs.namespace ?? "default",
    chart: basename(String(inputs.chart)),
    version: inputs.version,
    revision,
    status: "deployed",
  };
  return { ...inputs, status: preview ? UNKNOWN : status };
}
