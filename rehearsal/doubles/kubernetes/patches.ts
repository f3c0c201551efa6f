/** Patches: fields that a program lays over an object that something else has made, such as a chart. */
import { createHash } from "node:crypto";
import type { KubernetesApi, KubernetesObject } from "../../kubernetesApi";
import type {
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  DiffResult,
  ReadRequest,
  UpdateRequest,
} from "../protocol/double";
import { isObject, type WireObject } from "../protocol/wire";
import { asObject, idOf } from "./objects";
import { rejectPerpetualDiff } from "./perpetualDiff";
import { IDENTITY } from "./replacements";

/** Of the real provider's patches those that the product uses. */
export const isPatch = (type: string): boolean => type === "kubernetes:apps/v1:DeploymentPatch";

/** Fields are the patch's own: laid over by what made the object, they would be taken away by its next update. */
const managerOf = (urn: string): string => `llmd-patch-${createHash("sha1").update(urn).digest("hex").slice(0, 8)}`;

/** The real provider gives a patch no name of its own: it has to say what it is for. */
export function checkPatch(inputs: WireObject): WireObject {
  if (isObject(inputs.metadata) && inputs.metadata.name === undefined)
    throw new Error("patch resources require the metadata.name field to be set");
  return inputs;
}

/** Another object is another patch. */
export const diffPatch = ({ changed }: DiffRequest): DiffResult => ({
  replaces: IDENTITY.filter(path => changed.includes(path)),
  deleteBeforeReplace: false,
});

/** Nobody asks the server in a preview: what is patched may not be there yet, and a part of an object is none. */
export async function createPatch(api: KubernetesApi, { inputs, urn }: CreateRequest) {
  const live = await lay(api, inputs, urn);
  return { id: idOf(live), outputs: live };
}

export const updatePatch = (api: KubernetesApi, { inputs, urn }: UpdateRequest): Promise<WireObject> =>
  lay(api, inputs, urn);

export async function readPatch(api: KubernetesApi, { inputs, state }: ReadRequest) {
  const live = await api.get(asObject(state));
  return live && { inputs, outputs: live };
}

/** Gives its fields back; the object stays. */
export async function deletePatch(api: KubernetesApi, { state, urn }: DeleteRequest): Promise<void> {
  const { apiVersion, kind, metadata } = asObject(state);
  const object = { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace } };
  if (await api.getMetadata(object)) await api.apply(object, { dryRun: false, fieldManager: managerOf(urn) });
}

/** Compared like any object, lists item by item: one of a container that is not the first is proposed again for ever. */
async function lay(api: KubernetesApi, inputs: WireObject, urn: string): Promise<KubernetesObject> {
  const live = await api.apply(asObject(inputs), { dryRun: false, fieldManager: managerOf(urn) });
  rejectPerpetualDiff(inputs, live);
  return live;
}
