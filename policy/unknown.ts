/** Values that are unknown during a preview, the only run that a policy can block. */
import { UnknownValueError } from "@pulumi/policy";

/**
 * Reads values that may be unknown. An unknown that a rule does not catch makes the engine skip the rule with a warning.
 * @param otherwise answer where the values are unknown. Every other error is passed on.
 */
export function ifKnown<T, U>(read: () => T, otherwise: (unknown: Error) => U): T | U {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnknownValueError && error instanceof Error) return otherwise(error);
    throw error;
  }
}
