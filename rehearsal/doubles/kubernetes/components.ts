/** The remote components of the kubernetes provider: YAML files whose objects become resources of their own. */
import { readFile } from "node:fs/promises";
import { parseAllDocuments } from "yaml";
import { CRD, type KubernetesObject } from "../../kubernetesApi";
import { type ConstructRequest, unknownTo } from "../protocol/double";
import { plain, secret, type WireObject, type WireValue } from "../protocol/wire";
import { idOf } from "./metadata";

export const KUBERNETES_VERSION = "4.34.2";

/** Local file for a URL that a program names; an unknown URL is an error, never a download. */
export type ResolveUrl = (url: string) => string;

const OBJECTS_OF: Readonly<Record<string, (inputs: WireObject, resolve: ResolveUrl) => Promise<KubernetesObject[]>>> = {
  "kubernetes:yaml/v2:ConfigFile": (inputs, resolve) => readObjects(resolve(String(plain(inputs.file)))),
  "kubernetes:yaml/v2:ConfigGroup": async (inputs, resolve) => {
    const files = [plain(inputs.files) ?? []].flat() as string[];
    const read = await Promise.all(files.map(file => readObjects(resolve(file))));
    return [
      ...read.flat(),
      ...parseObjects(String(plain(inputs.yaml) ?? "")),
      ...((inputs.objs ?? []) as KubernetesObject[]),
    ];
  },
};

export async function constructFromYaml({ type, name, inputs, monitor }: ConstructRequest, resolve: ResolveUrl) {
  const objectsOf = OBJECTS_OF[type];
  if (!objectsOf) throw unknownTo("kubernetes", "component", type);
  const objects = await objectsOf(inputs, resolve);
  const urn = await monitor.component(type, name);
  const prefix = plain(inputs.resourcePrefix) ?? name;

  const references: WireValue[] = [];
  let earlier: string[] = [];
  for (const rank of [0, 1, 2]) {
    const registered = await Promise.all(
      objects
        .filter(object => installRank(object) === rank)
        .map(object =>
          monitor.child(typeToken(object), `${prefix}:${idOf(object)}`, hideSecretData(object), {
            version: KUBERNETES_VERSION,
            dependsOn: earlier,
          }),
        ),
    );
    references.push(...registered.map(({ reference }) => reference));
    earlier = [...earlier, ...registered.map(child => child.urn)];
  }
  const state = { resources: references };
  await monitor.outputs(state);
  return { urn, state };
}

/** Order of creation: namespaces, then CRDs, then all other objects. */
const installRank = ({ kind }: KubernetesObject): number => (kind === "Namespace" ? 0 : kind === CRD ? 1 : 2);

function typeToken({ apiVersion, kind }: KubernetesObject): string {
  return `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
}

export function hideSecretData(object: WireObject): WireObject {
  if (object.kind !== "Secret") return object;
  const hidden = ["data", "stringData"].filter(key => object[key] !== undefined);
  return { ...object, ...Object.fromEntries(hidden.map(key => [key, secret(object[key] ?? null)])) };
}

export const readObjects = async (file: string): Promise<KubernetesObject[]> =>
  parseObjects(await readFile(file, "utf8"));

export function parseObjects(text: string): KubernetesObject[] {
  return parseAllDocuments(text)
    .map(document => document.toJS({ maxAliasCount: -1 }) as KubernetesObject | null)
    .filter(object => object !== null)
    .flatMap(object => (object.kind === "List" ? (object.items as KubernetesObject[]) : [object]));
}
