/** Charts that the double knows: rendered from a folder or, where no Go module has them, with their values checked. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { CRD, type KubernetesApi } from "../../kubernetesApi";
import { isObject, type WireObject, type WireValue } from "../protocol/wire";
import { renderedObjects } from "./rendered";

interface Published {
  /** Name in the repository, or the whole address of one in an OCI registry. */
  readonly chart: string;
  readonly version: string;
  /** @default - the chart's address says it */
  readonly repository?: string;
}

/** A chart that Helm renders. */
export interface RenderedChart extends Published {
  /** Folder of the chart, its subcharts in place. */
  readonly rendered: string;
}

/** A chart that no Go module has: its values are checked, and its release makes no objects. */
export interface CheckedChart extends Published {
  /** Schema of the values. */
  readonly values: z.ZodType;
}

export type KnownChart = RenderedChart | CheckedChart;

/** @throws Error that names a chart that the double does not know. */
export function chartOf(inputs: WireObject, known: readonly KnownChart[]): KnownChart {
  const repository = (inputs.repositoryOpts as WireObject | undefined)?.repo ?? "";
  const found = known.find(
    chart =>
      (chart.repository ?? "") === repository && chart.chart === inputs.chart && chart.version === inputs.version,
  );
  if (!found)
    throw new Error(
      `the kubernetes double does not know the chart "${inputs.chart}" ${inputs.version} of "${repository}"`,
    );
  return found;
}

/** Arguments of a release that the double imitates, and those without an effect on what it imitates. */
const ARGUMENTS = new Set([
  "allowNullValues",
  "atomic",
  "chart",
  "cleanupOnFail",
  "compat",
  "description",
  "maxHistory",
  "name",
  "namespace",
  "repositoryOpts",
  "skipAwait",
  "skipCrds",
  "timeout",
  "values",
  "version",
]);

/** @throws Error that names the arguments whose effect the double does not imitate. */
export function rejectUnknownArguments(inputs: WireObject): void {
  const unknown = Object.keys(inputs).filter(key => !ARGUMENTS.has(key));
  if (unknown.length > 0)
    throw new Error(
      `the kubernetes double does not know the argument "${unknown.join('", "')}" of a Helm release: ` +
        "add it to the double, or use one that it knows",
    );
}

/** The values as the real provider passes them to Helm: without nulls, unless `allowNullValues` is true. */
export function valuesOf({ values, allowNullValues }: WireObject): WireObject {
  if (!isObject(values)) return {};
  return allowNullValues === true ? values : (withoutNulls(values) as WireObject);
}

function withoutNulls(value: WireValue | undefined): WireValue | undefined {
  if (Array.isArray(value)) return value.filter(item => item !== null).map(item => withoutNulls(item) ?? null);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutNulls(item)]));
}

/** @throws Error with every mistake and its path. */
export function checkValues({ chart, version, values: schema }: CheckedChart, values: WireObject): void {
  const { error } = schema.safeParse(values);
  if (!error) return;
  const mistakes = error.issues.map(({ path, message }) => `  values${path.map(step).join("")}: ${message}`);
  throw new Error(`the chart "${chart}" ${version} rejects its values:\n${mistakes.join("\n")}`);
}

const step = (key: PropertyKey): string => (typeof key === "number" ? `[${key}]` : `.${String(key)}`);

/**
 * CRDs that stay on purpose after charts are uninstalled: those of `crds` folders, and live ones with Helm's annotation
 * `keep`, as `kind.group/version//name`.
 */
export async function keptCrds(api: KubernetesApi, charts: readonly KnownChart[]): Promise<Set<string>> {
  const folders = charts.flatMap(chart => ("rendered" in chart ? [chart.rendered] : []));
  const bundled = await Promise.all(folders.map(bundledCrds));
  const live = await api.listMetadata("apiextensions.k8s.io/v1", CRD);
  const kept = live.filter(isKept).map(({ metadata }) => metadata.name);
  return new Set([...bundled.flat(), ...kept].map(name => `${CRD}.apiextensions.k8s.io/v1//${name}`));
}

/** True for an object that Helm keeps when its release is uninstalled. */
export const isKept = ({ metadata }: { metadata: WireObject }): boolean =>
  (metadata.annotations as WireObject | undefined)?.["helm.sh/resource-policy"] === "keep";

/** Names of the CRDs in the `crds` folders of a chart and its subcharts. */
async function bundledCrds(chart: string): Promise<string[]> {
  const files = await readdir(chart, { recursive: true });
  const bundled = files.filter(file => /^(charts\/[^/]+\/)*crds\/[^/]+\.yaml$/.test(file));
  const texts = await Promise.all(bundled.map(file => readFile(join(chart, file), "utf8")));
  return texts
    .flatMap(text => renderedObjects(text, { release: "", namespace: "" }))
    .map(({ object }) => object.metadata.name);
}
