/** Annotations by which a program tells the real provider what to do (pulumi.com/registry/packages/kubernetes). */
import { isObject, type WireObject, type WireValue } from "../protocol/wire";

/** Set by the provider: the name is its own. */
export const AUTONAMED = "pulumi.com/autonamed";
/** Take fields over from others that have set them. */
export const PATCH_FORCE = "pulumi.com/patchForce";
export const SKIP_AWAIT = "pulumi.com/skipAwait";
export const WAIT_FOR = "pulumi.com/waitFor";
export const TIMEOUT_SECONDS = "pulumi.com/timeoutSeconds";

export function annotationOf({ metadata }: WireObject, name: string): WireValue | undefined {
  const { annotations } = isObject(metadata) ? metadata : {};
  return isObject(annotations) ? annotations[name] : undefined;
}

export const isAnnotated = (object: WireObject, name: string): boolean => annotationOf(object, name) === "true";
