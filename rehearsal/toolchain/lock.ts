/** A lock between processes. Its owner keeps it fresh, so that the lock of a killed owner is noticed. */
import { setTimeout as sleep } from "node:timers/promises";
import { lock } from "proper-lockfile";

const RETRY_MS = 250;

const OPTIONS = {
  /** Milliseconds without a refresh after which a lock counts as left behind. */
  stale: 15_000,
  update: 2_000,
  // What is locked does not exist yet.
  realpath: false,
  // A lock is lost when its folder is removed, or when the machine sleeps. The work goes on: its result appears at one go.
  onCompromised: () => {},
};

/** Runs `work` while no other process holds the lock `<path>.locked`; waits for as long as another one does. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const release = await acquire(path);
  try {
    return await work();
  } finally {
    // It fails for a lost lock.
    await release().catch(() => {});
  }
}

/** The library's own retries would hide other problems, such as a full disk. */
async function acquire(path: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      return await lock(path, { ...OPTIONS, lockfilePath: `${path}.locked` });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
      await sleep(RETRY_MS);
    }
  }
}
