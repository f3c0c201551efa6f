/** Perpetual diffs: differences between a program and the API server that no `pulumi up` ends. */
import type { KubernetesObject } from "../../kubernetesApi";
import { isWithin, memberAt, parsePath } from "../protocol/paths";
import type { WireObject, WireValue } from "../protocol/wire";
import { compare, isEmpty } from "./comparison";

/** Longest value that is written out, in characters. */
const LONGEST = 80;

/**
 * @param live the object as the API server stored it.
 * @param ignoreChanges known to an update only: the engine does not tell a creation what the program ignores.
 * @throws Error with every property that the next `pulumi up`, and each after it, would propose to change.
 */
export function rejectPerpetualDiff(
  inputs: WireObject,
  live: KubernetesObject,
  ignoreChanges: readonly string[] = [],
): void {
  const { changes, before, after } = compare({ oldInputs: inputs, newInputs: inputs, live });
  const perpetual = [...changes.keys()].filter(path => !isWithin(path, ignoreChanges));
  if (perpetual.length === 0) return;
  const { kind, metadata } = live;
  const place = metadata.namespace === undefined ? "" : ` in namespace "${metadata.namespace}"`;
  throw new Error(
    `every "pulumi up" would update ${kind} "${metadata.name}"${place}, because the API server keeps other values ` +
      `than the program gives:\n${perpetual.map(path => lineOf(path, before, after, kind)).join("\n")}\n` +
      "Remove the values that it drops, and write the others as it keeps them.",
  );
}

function lineOf(path: string, live: WireObject, program: WireObject, kind: string): string {
  const [kept, given] = [live, program].map(side => shown(memberAt(side, parsePath(path)), kind));
  return `  ${path}: ${given} in the program, ${kept} on the API server`;
}

function shown(value: WireValue | undefined, kind: string): string {
  if (value === undefined) return "nothing";
  if (kind === "Secret" && !isEmpty(value)) return "[secret]";
  const text = JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
