/** A lock between processes: a file that its owner keeps fresh, so that one left behind by a killed owner is noticed. */
import { closeSync, openSync } from "node:fs";
import { rm, stat, utimes } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const REFRESH_MS = 2_000;
const STALE_MS = 15_000;
const RETRY_MS = 250;

/** Runs `work` while no other process holds the lock file; waits for as long as another one does. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  while (!tryCreate(file)) {
    if (await isStale(file)) await rm(file, { force: true });
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

async function isStale(file: string): Promise<boolean> {
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Date.now() }));
  return Date.now() - mtimeMs > STALE_MS;
}
