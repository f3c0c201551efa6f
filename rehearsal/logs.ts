/** Logs of failed runs, kept where they outlive the run. */
import { cp, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Failed runs whose logs are kept. */
const KEPT_LOGS = 10;

/** @returns the folder the logs were copied to, below the user's cache folder. */
export async function keepLogs(logFolder: string, cache: string): Promise<string> {
  const all = join(cache, "logs");
  const kept = join(all, `${new Date().toISOString().replace(/[:.]/g, "-")}-${process.pid}`);
  await mkdir(kept, { recursive: true });
  await cp(logFolder, kept, { recursive: true });
  const outdated = (await readdir(all)).sort().slice(0, -KEPT_LOGS);
  for (const old of outdated) await rm(join(all, old), { recursive: true, force: true });
  return kept;
}
