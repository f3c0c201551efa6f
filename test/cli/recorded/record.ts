/**
 * Records what a real API server answers to the requests of `llmd wait`, from the scene of `scene.ts`, into `cluster.jsonl`:
 *
 *     node -r ts-node/register/transpile-only test/cli/recorded/record.ts
 *
 * One line for each object, so that a change can be read. Only `managedFields` are left out, which nobody reads.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import envPaths from "env-paths";
import { startCluster } from "../../../rehearsal/cluster/cluster";
import { readObjects } from "../../../rehearsal/doubles/kubernetes/components";
import type { KubernetesApi, KubernetesObject } from "../../../rehearsal/kubernetesApi";
import { Processes } from "../../../rehearsal/processes";
import { Progress } from "../../../rehearsal/progress";
import { ensureToolchain } from "../../../rehearsal/toolchain";
import { OWN_CRDS } from "../../../rehearsal/toolchain/crds";
import { type Line, PATHS, RECORDING } from "./answers";
import { stage } from "./scene";

async function record(): Promise<void> {
  const progress = new Progress(line => console.error(line));
  const tools = await ensureToolchain({ cache: envPaths("llmd", { suffix: "" }).cache, progress });
  const folder = mkdtempSync(join(tmpdir(), "llmd-recording-"));
  const processes = new Processes(join(folder, "logs"), join(folder, "pids"));
  try {
    const { gatewayApi, inferenceExtension, karpenter } = tools.crds;
    const groups = join(tools.charts.leaderWorkerSet, "crds/leaderworkerset.x-k8s.io_leaderworkersets.yaml");
    const ofEks = [karpenter, OWN_CRDS.eksNodeClass];
    const { api } = await startCluster(join(folder, "cluster"), tools.binaries, processes, ofEks);
    await define(api, [gatewayApi, inferenceExtension, groups]);
    const now = new Date();
    await stage(api, now);
    // Until controllers have written down what they saw last.
    await sleep(2_000);
    const lines = await Promise.all(PATHS.map(path => linesOf(api, path)));
    const head: Line = { recordedAt: now.toISOString() };
    writeFileSync(RECORDING, [head, ...lines.flat()].map(line => `${JSON.stringify(line)}\n`).join(""));
    await api.close();
  } finally {
    await processes.killAll();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of files that have other objects, too. */
async function define(api: KubernetesApi, files: readonly string[]): Promise<void> {
  const objects = (await Promise.all(files.map(readObjects))).flat();
  for (const definition of objects.filter(({ kind }) => kind === "CustomResourceDefinition")) {
    await api.applyPatiently(definition);
    await api.established(definition);
  }
}

async function linesOf(api: KubernetesApi, path: string): Promise<Line[]> {
  const { items, ...list } = await api.call("GET", path);
  const objects = (items as unknown as KubernetesObject[]).map(
    ({ metadata: { managedFields: _, ...metadata }, ...rest }) => {
      const { apiVersion, kind, ...others } = rest;
      return { path, item: { ...(apiVersion && { apiVersion, kind }), metadata, ...others } };
    },
  );
  return [{ path, list }, ...objects];
}

void record();
