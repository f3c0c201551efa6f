/** `llmd bench`. */
import type { BenchRequest } from "../bench/runner";
import { inOwnProcess } from "./ownProcess";

export type BenchOptions = Pick<BenchRequest, "models" | "runs" | "json">;

/** @returns the exit code: 1 when a bar is missed. */
export const bench = (options: BenchOptions): Promise<number> => inOwnProcess<BenchRequest>("bench/runner.ts", options);
