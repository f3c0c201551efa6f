/**
 * The real istiod at the rehearsal's API server, as the chart's Deployment would run it: its arguments, its environment,
 * and by way of the ConfigMaps its mesh configuration and injection templates.
 */
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { request } from "undici";
import { type Cluster, freePort } from "../cluster/cluster";
import { VisibleError } from "../errors";
import type { KubernetesApi } from "../kubernetesApi";
import { type Processes, until } from "../processes";

export interface IstiodArgs {
  /** An existing folder in which istiod gets one of its own. */
  readonly folder: string;
  /** Path of istiod. */
  readonly binary: string;
  /** Cluster whose Gateways and routes istiod reads. */
  readonly cluster: Pick<Cluster, "api" | "kubeconfig">;
  /** Starts istiod and ends it with the run. */
  readonly processes: Processes;
}

export interface Istiod {
  /** Address of its debugging interface and its webhooks, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Host and port for proxies, without TLS. */
  readonly proxiesAddress: string;
  /** Path of istiod's log. */
  readonly logFile: string;
  /** Ends it at once. What it made in the cluster stays: `isLeftByIstiod` names it. */
  stop(): Promise<void>;
}

/**
 * Starts istiod and returns when it has read the cluster.
 * @throws VisibleError when it is not installed.
 */
export async function startIstiod({ folder, binary, cluster, processes }: IstiodArgs): Promise<Istiod> {
  const { args, env } = await readInstallation(cluster.api);
  const http = await freePort();
  const grpc = await freePort();
  // It looks for files of its configuration below the folder it runs in, and must find none.
  const cwd = join(folder, "istiod");
  mkdirSync(cwd, { recursive: true });
  const flags = [
    `--kubeconfig=${cluster.kubeconfig}`,
    `--httpAddr=127.0.0.1:${http}`,
    `--grpcAddr=127.0.0.1:${grpc}`,
    `--secureGRPCAddr=127.0.0.1:${await freePort()}`,
    // Its webhooks then answer beside the rest, without TLS.
    "--httpsAddr=",
    `--monitoringAddr=127.0.0.1:${await freePort()}`,
    "--ctrlz_address=127.0.0.1",
    `--ctrlz_port=${await freePort()}`,
  ];
  // Of a flag given twice the last one holds.
  const started = processes.start("istiod", binary, [...args, ...flags], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, ...env, ...REHEARSAL_VARIABLES },
  });
  const url = `http://127.0.0.1:${http}`;
  await until(() => answers(`${url}/ready`), "istiod", [started]);
  return {
    url,
    proxiesAddress: `127.0.0.1:${grpc}`,
    logFile: started.logFile,
    stop: async () => {
      const { process: child } = started;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    },
  };
}

const REHEARSAL_VARIABLES = {
  POD_NAME: "istiod-rehearsal",
  SERVICE_ACCOUNT: "istiod",
  // One istiod needs no election, and one that was killed would keep the next waiting until its lease is over.
  ENABLE_LEADER_ELECTION: "false",
  // The chart's webhooks lead to a Service without pods. Left alone they let everything pass; istiod would make them strict.
  INJECTION_WEBHOOK_CONFIG_NAME: "",
  VALIDATION_WEBHOOK_CONFIG_NAME: "",
  // A rehearsal asks nobody outside, not even for the keys of a token's issuer. Loopback addresses are excepted by Go.
  HTTP_PROXY: "http://127.0.0.1:9",
  HTTPS_PROXY: "http://127.0.0.1:9",
};

interface Installation {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

interface IstiodDeployment {
  readonly metadata: { readonly namespace: string };
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
}

interface Container {
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

/** Reads arguments and variables from the chart's Deployment, without those that come from the pod. */
async function readInstallation(api: KubernetesApi): Promise<Installation> {
  const { items } = await api.call("GET", "/apis/apps/v1/deployments?labelSelector=app%3Distiod");
  const [deployment] = items as unknown as readonly IstiodDeployment[];
  const container = deployment?.spec.template.spec.containers[0];
  if (!deployment || !container)
    throw new VisibleError("istiod is not installed: there is no Deployment with the label app=istiod");
  const variables = (container.env ?? []).flatMap(({ name, value }): [string, string][] =>
    // The kubeconfig is a flag here.
    value === undefined || name === "KUBECONFIG" ? [] : [[name, value]],
  );
  return {
    args: container.args ?? ["discovery"],
    env: { ...Object.fromEntries(variables), POD_NAMESPACE: deployment.metadata.namespace },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(url);
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  }
}
