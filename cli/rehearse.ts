/** `llmd rehearse`. */
import type { RehearsalRequest } from "../rehearsal/runner";
import { inOwnProcess } from "./ownProcess";

export type RehearseOptions = Pick<RehearsalRequest, "stack" | "keep" | "json">;

/** @returns the exit code. */
export const rehearse = (options: RehearseOptions): Promise<number> =>
  inOwnProcess<RehearsalRequest>("rehearsal/runner.ts", options);
