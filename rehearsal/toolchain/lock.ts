/** A lock between processes: a file that its owner keeps fresh, so that one left behind by a killed owner is noticed. */
import { closeSync, openSync, rmSync, statSync } from "node:fs";
import { rm, utimes } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const REFRESH_MS = 2_000;
const STALE_MS = 15_000;
const RETRY_MS = 250;

/** Runs `work` while no other process holds the lock file; waits for as long as another one does. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  while (!tryCreate(file)) {
    // At one go, so that it is not the next holder's fresh file that is removed.
    if (isStale(file)) rmSync(file, { force: true });
    else await sleep(RETRY_MS);
  }
  const refresh = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), REFRESH_MS);
  try {
    return await work();
  } finally {
    clearInterval(refresh);
    await rm(file, { force: true });
  }
}

function tryCreate(file: string): boolean {
  try {
    closeSync(openSync(file, "wx"));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function isStale(file: string): boolean {
  const mtimeMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  return Date.now() - mtimeMs > STALE_MS;
}
