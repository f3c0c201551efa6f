/** Names that only the product sets, be they vLLM's arguments or variables of its environment. */
import type { Paths, Reserved, ServingPath } from "../servers/shape";

/** Whatever a model's path, it may not be given what any path sets. */
export const reservedIn = (paths: Paths, ours: Reserved, ofPath: (path: ServingPath) => Reserved): Reserved =>
  Object.assign({}, ours, ...Object.values(paths).map(ofPath));

/** The reason why only the product sets a name; undefined where it does not. */
export function reservedReason(name: string, reserved: Reserved): string | undefined {
  const family = Object.keys(reserved).find(ours => ours.endsWith("*") && name.startsWith(ours.slice(0, -1)));
  return reserved[Object.hasOwn(reserved, name) ? name : (family ?? "")];
}
