/** A real API server for specs, started when the first of them asks and ended with the test run. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import envPaths from "env-paths";
import { type Cluster, startCluster } from "../../rehearsal/cluster/cluster";
import { installCrds } from "../../rehearsal/doubles/kubernetes/releases";
import type { KubernetesObject } from "../../rehearsal/kubernetesApi";
import { Processes } from "../../rehearsal/processes";
import { Progress } from "../../rehearsal/progress";
import { ensureToolchain, type Toolchain } from "../../rehearsal/toolchain";
import { OWN_CRDS } from "../../rehearsal/toolchain/crds";

export const CACHE = envPaths("llmd", { suffix: "" }).cache;

/** Building the tools takes minutes the first time. */
export const TOOLCHAIN_TIMEOUT_MS = 45 * 60_000;

interface TestCluster extends Cluster {
  readonly toolchain: Toolchain;
}

let starting: Promise<TestCluster> | undefined;
let stop = async (): Promise<void> => {};

after(() => stop());

export const toolchain = (): Promise<Toolchain> =>
  ensureToolchain({ cache: CACHE, progress: new Progress(line => console.error(line)) });

/** The cluster all specs share; what a spec makes in it, it removes. */
export function testCluster(): Promise<TestCluster> {
  starting ??= start();
  return starting;
}

async function start(): Promise<TestCluster> {
  const tools = await toolchain();
  const folder = mkdtempSync(join(tmpdir(), "llmd-test-"));
  const processes = new Processes(join(folder, "logs"), join(folder, "pids"));
  stop = async () => {
    await processes.killAll();
    rmSync(folder, { recursive: true, force: true });
  };
  const crds = [tools.crds.karpenter, OWN_CRDS.eksNodeClass];
  return { ...(await startCluster(join(folder, "cluster"), tools.binaries, processes, crds)), toolchain: tools };
}

/** What a spec of definitions needs. */
export async function apiServer() {
  const { api } = await testCluster();
  return {
    install: (file: string) => installCrds(api, file),
    /** @throws Error with the API server's message. */
    dryRun: async (object: { apiVersion: string; kind: string }): Promise<void> => {
      const path = await api.pathOf(object as KubernetesObject);
      await api.call("POST", `${dirname(path)}?dryRun=All&fieldValidation=Strict`, object as KubernetesObject);
    },
  };
}
