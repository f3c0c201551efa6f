/** Waiting for servers of a rehearsal, as long as they live. */
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Started } from "../processes";

const READY_TIMEOUT_MS = 60_000;

/** @throws Error with the last lines of its log when one of the processes ends first. */
export async function until(isReady: () => Promise<boolean>, what: string, started: readonly Started[]): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await isReady())) {
    const ended = started.find(({ process }) => process.exitCode !== null || process.signalCode !== null);
    if (ended) throw new Error(`${ended.name} ended at its start: ${await lastLines(ended.logFile)}`);
    if (Date.now() > deadline) throw new Error(`${what} is not ready after ${READY_TIMEOUT_MS / 1000} s, see its log`);
    await sleep(50);
  }
}

const lastLines = async (file: string): Promise<string> =>
  (await readFile(file, "utf8")).trimEnd().split("\n").slice(-5).join("\n");
