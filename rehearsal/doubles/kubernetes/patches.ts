/** Patches: fields that a program sets on an object of another maker, such as a chart. */
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
import { idOf, urnSuffix } from "./metadata";
import { asObject } from "./objects";
import { rejectPerpetualDiff } from "./perpetualDiff";
import { IDENTITY } from "./replacements";

/** True for the one patch type that the product uses. */
export const isPatch = (type: string): boolean => type === "kubernetes:apps/v1:DeploymentPatch";

/** Field manager of a patch. With that of the object's maker, the maker's next update would remove the fields. */
const managerOf = (urn: string): string => `llmd-patch-${urnSuffix(urn)}`;

/** Rejects a patch without a name: the real provider gives it none, since it names an existing object. */
export function checkPatch(inputs: WireObject): WireObject {
  if (isObject(inputs.metadata) && inputs.metadata.name === undefined)
    throw new Error("patch resources require the metadata.name field to be set");
  return inputs;
}

/** A patch of another object is another resource. */
export const diffPatch = ({ changed }: DiffRequest): DiffResult => ({
  replaces: IDENTITY.filter(path => changed.includes(path)),
  deleteBeforeReplace: false,
});

/** Creates a patch. There is no dry run in a preview: the object may not exist yet, and a part of an object is not valid. */
export async function createPatch(api: KubernetesApi, { inputs, urn }: CreateRequest) {
  const live = await applyPatch(api, inputs, urn);
  return { id: idOf(live), outputs: live };
}

export const updatePatch = (api: KubernetesApi, { inputs, urn }: UpdateRequest): Promise<WireObject> =>
  applyPatch(api, inputs, urn);

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

/** Lists are compared item by item, so a patch of a container that is not the first would be proposed again for ever. */
async function applyPatch(api: KubernetesApi, inputs: WireObject, urn: string): Promise<KubernetesObject> {
  const live = await api.apply(asObject(inputs), { dryRun: false, fieldManager: managerOf(urn) });
  rejectPerpetualDiff(inputs, live);
  return live;
}
