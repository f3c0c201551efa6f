/**
 * Objects of a rendered chart. Only the identity of an object is parsed. The rest is left to the API server, because a chart
 * with CRDs is megabytes of YAML.
 */
import { parse } from "yaml";
import type { KubernetesObject } from "../../kubernetesApi";
import type { WireObject } from "../protocol/wire";

export interface RenderedObject {
  /** `apiVersion`, `kind` and `metadata`, in the release's namespace where it names none. */
  readonly object: KubernetesObject;
  /** The whole object as YAML. */
  readonly text: string;
  /** True for an object of a `crds` folder: it is installed where it is missing, and never changed. */
  readonly isFromCrdsFolder: boolean;
  /** Moments of the release at which Helm makes it, such as `pre-install`. @default - it is part of the release */
  readonly hooks: readonly string[];
}

/** The release that owns an object. */
export interface Owner {
  /** Name of the Helm release. */
  readonly release: string;
  /** Namespace of the release, not of the object. */
  readonly namespace: string;
}

const DOCUMENT_END = /^---(?:[ \t].*)?$/m;
const SOURCE = /^# Source: (.+)$/m;
const CRDS_FOLDER = /\/crds\/[^/]+$/;
// Everything indented below belongs to it; at the margin the next field begins.
const METADATA = /^metadata:.*\n(?:[ \t].*\n|\n)*/m;

/** @throws Error for a document that is not one object. */
export function renderedObjects(manifest: string, { namespace }: Owner): RenderedObject[] {
  const rendered: RenderedObject[] = [];
  let source = "";
  for (const document of manifest.split(DOCUMENT_END)) {
    // Helm names a file of several documents above the first one only.
    source = SOURCE.exec(document)?.[1] ?? source;
    const text = `${document.trim()}\n`;
    if (/^\w/m.test(text)) rendered.push(renderedObject(text, source, namespace));
  }
  return rendered;
}

function renderedObject(text: string, source: string, namespace: string): RenderedObject {
  const { apiVersion, kind, metadata } = parse(headOf(text)) as Partial<KubernetesObject>;
  if (!apiVersion || !kind || !metadata?.name) throw new Error(`${source} renders a document that is not one object`);
  const hooks = String((metadata.annotations as WireObject | undefined)?.["helm.sh/hook"] ?? "");
  return {
    object: { apiVersion, kind, metadata: { namespace, ...metadata } },
    text,
    isFromCrdsFolder: CRDS_FOLDER.test(source) && !source.includes("/templates/"),
    hooks: hooks.split(",").filter(hook => hook !== ""),
  };
}

const headOf = (text: string): string =>
  [/^apiVersion:.*\n/m, /^kind:.*\n/m, METADATA].map(part => part.exec(text)?.[0] ?? "").join("");

/** Marks an object as a release's, as Helm does. */
export function owned({ text, ...rendered }: RenderedObject, { release, namespace }: Owner): RenderedObject {
  const { metadata } = parse(METADATA.exec(text)?.[0] ?? "") as { metadata: WireObject };
  const labels = { ...(metadata.labels as WireObject | null), "app.kubernetes.io/managed-by": "Helm" };
  const annotations = {
    ...(metadata.annotations as WireObject | null),
    "meta.helm.sh/release-name": release,
    "meta.helm.sh/release-namespace": namespace,
  };
  const block = `metadata: ${JSON.stringify({ ...metadata, labels, annotations })}\n`;
  return { ...rendered, text: text.replace(METADATA, () => block) };
}
