/**
 * Metadata of objects: names, ids, and the annotations by which a program instructs the real provider
 * (pulumi.com/registry/packages/kubernetes).
 */
import { createHash } from "node:crypto";
import type { KubernetesObject } from "../../kubernetesApi";
import { isObject, type WireObject, type WireValue } from "../protocol/wire";

/** Annotation that the provider sets on an object whose name it chose. */
export const AUTONAMED = "pulumi.com/autonamed";
/** Annotation that takes fields over from other field managers. */
export const PATCH_FORCE = "pulumi.com/patchForce";
export const SKIP_AWAIT = "pulumi.com/skipAwait";
export const WAIT_FOR = "pulumi.com/waitFor";
export const TIMEOUT_SECONDS = "pulumi.com/timeoutSeconds";

export const metadataOf = ({ metadata }: WireObject): WireObject => (isObject(metadata) ? metadata : {});

export function annotationOf(object: WireObject, name: string): WireValue | undefined {
  const { annotations } = metadataOf(object);
  return isObject(annotations) ? annotations[name] : undefined;
}

export const isAnnotated = (object: WireObject, name: string): boolean => annotationOf(object, name) === "true";

/** `namespace/name`, as the real provider writes it. */
export const idOf = ({ metadata }: KubernetesObject): string =>
  metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;

/** Eight hexadecimal digits that follow from a URN: the engine's random seed differs between a preview and its run. */
export const urnSuffix = (urn: string): string => createHash("sha1").update(urn).digest("hex").slice(0, 8);
