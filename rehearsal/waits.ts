/** What a real `up` of a stack waits for, from the state that a rehearsal left. */
import { type Wait, waitOf } from "./doubles/kubernetes/waits";
import type { StateResource } from "./engine/pulumi";

export interface StackWait extends Wait {
  /** `infra`, `platform`, … */
  readonly stack: string;
  readonly urn: string;
  /** `Deployment`, `Release`, … */
  readonly kind: string;
}

export const waitsOf = (stack: string, resources: readonly StateResource[]): StackWait[] =>
  resources.flatMap(({ urn, type, inputs = {}, customTimeouts }) => {
    const wait = waitOf({ type, inputs, createTimeout: customTimeouts?.create });
    return wait ? [{ stack, urn, kind: type.split(":").at(-1) ?? type, ...wait }] : [];
  });

/** `2 Deployment, 1 Service`, in the order of kinds. */
export function countByKind(waits: readonly StackWait[]): string {
  const kinds = [...new Set(waits.map(({ kind }) => kind))].sort();
  return kinds.map(kind => `${waits.filter(wait => wait.kind === kind).length} ${kind}`).join(", ");
}
