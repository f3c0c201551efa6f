/**
 * Inputs that the real provider sends for ignored paths: none where another field manager owns the field, otherwise the live
 * value. So the field neither changes nor loses its owner. Learnt from `handleSSAIgnoreFields` in
 * github.com/pulumi/pulumi-kubernetes, provider/pkg/await/await.go.
 */
import { FIELD_MANAGER, type KubernetesObject } from "../../kubernetesApi";
import { memberAt, withMember } from "../protocol/paths";
import { isObject, type WireObject, type WireValue } from "../protocol/wire";

/** @param ignoreChanges as the program wrote them. Like the real provider, paths through lists and quoted keys are not followed. */
export const applyIgnoreChanges = (
  inputs: WireObject,
  live: KubernetesObject,
  ignoreChanges: readonly string[],
): WireObject => ignoreChanges.map(path => path.split(".")).reduce((object, path) => leave(object, live, path), inputs);

function leave(inputs: WireObject, live: KubernetesObject, path: readonly string[]): WireObject {
  const owners = ownersOf(live, path);
  if (owners.size > 0 && !owners.has(FIELD_MANAGER)) return withMember(inputs, path, undefined);
  const value = memberAt(live, path);
  return value === undefined ? inputs : withMember(inputs, path, value);
}

/** Field managers that own the field or a part of it. */
function ownersOf({ metadata }: KubernetesObject, path: readonly string[]): Set<string> {
  const entries = (metadata.managedFields ?? []) as { manager: string; fieldsV1?: WireValue }[];
  const fields = path.map(key => `f:${key}`);
  const owning = entries.filter(({ fieldsV1 }) => isObject(memberAt(fieldsV1, fields)));
  return new Set(owning.map(({ manager }) => manager));
}
