/** The machine that deploys: whether it has what pulumi-eks asks of it, and whether the API server lets it in. */
import { execFile } from "node:child_process";
import dns from "node:dns/promises";
import { get } from "node:https";
import { isIPv4 } from "node:net";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { Netmask } from "netmask";
import { satisfies } from "semver";
import { ADDRESS_SERVICE_VARIABLE } from "../contracts/environment";
import { ConfigError } from "../contracts/settings";
import type { RunningCluster } from "./account";
import type { ClusterSettings } from "./settings/cluster";

/**
 * Checks the deploying machine before anything is created.
 * @throws ConfigError where pulumi-eks would fail, or where an update could not reach the API server; a preview only warns
 * of the latter.
 */
export async function checkDeployer(
  endpoint: ClusterSettings["endpoint"],
  cluster: RunningCluster | undefined,
): Promise<void> {
  const [cli, access] = await Promise.all([awsCliProblem(), accessProblem(endpoint, cluster)]);
  const warnsOnly = pulumi.runtime.isDryRun();
  const problems = [cli, warnsOnly ? undefined : access].filter(problem => problem !== undefined);
  if (problems.length > 0) throw new ConfigError(problems);
  if (access !== undefined) await pulumi.log.warn(access);
}

/** What pulumi-eks 4.3.0 asks for, in previews, too: its dependencies.ts. */
const AWS_CLI = ">=1.24.0 <2 || >=2.7.0";
const AWS_CLI_REMEDY =
  "Install version 2.7 or newer (or 1.24 or newer of version 1): https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html";
const AWS_CLI_TIMEOUT_MS = 30_000;

/** Why the `aws` command does not do, if it does not: kubeconfigs get their tokens from it. */
export async function awsCliProblem(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)("aws", ["--version"], { timeout: AWS_CLI_TIMEOUT_MS });
    const version = /^aws-cli\/(\d+\.\d+\.\d+)/m.exec(stdout)?.[1];
    if (version === undefined)
      return `The aws command on the PATH names no version of the aws CLI but says "${stdout.trim()}". ${AWS_CLI_REMEDY}`;
    if (satisfies(version, AWS_CLI)) return undefined;
    return `The aws CLI on the PATH is ${version}, too old for pulumi-eks. ${AWS_CLI_REMEDY}`;
  } catch {
    return `There is no working aws CLI on the PATH, which pulumi-eks and every kubeconfig need. ${AWS_CLI_REMEDY}`;
  }
}

/**
 * Why an update from this machine could not reach the API server. pulumi-eks asks for it 60 times in 300 seconds without a
 * word, then goes on, and the first Kubernetes object fails.
 */
async function accessProblem(
  { public: isPublic, cidrs }: ClusterSettings["endpoint"],
  cluster: RunningCluster | undefined,
): Promise<string | undefined> {
  if (!isPublic || (cluster && (await isReached(cluster, cidrs)))) return undefined;
  const address = hasProxy() ? undefined : await publicAddress();
  if (address === undefined) {
    await pulumi.log.info(
      hasProxy() ? PROXIED : 'This machine\'s public address could not be told: it is not held against "cidrs".',
    );
    return undefined;
  }
  return rangeProblem(address, cidrs);
}

const PROXIED =
  'This machine reaches the API server through a proxy, whose public address is not known here: see that "cidrs" has it.';

/** pulumi-eks and the Kubernetes provider go through the proxy that these name. */
const hasProxy = (): boolean =>
  ["HTTPS_PROXY", "https_proxy"].some(name => process.env[name] !== undefined && process.env[name] !== "");

/** Whether this machine reaches a cluster, and will once the update has set its ranges. */
async function isReached({ endpoint, cidrs: now }: RunningCluster, cidrs: readonly string[]): Promise<boolean> {
  const keepsRanges = [...now].sort().join() === [...cidrs].sort().join();
  return (keepsRanges || (await isInside(endpoint))) && (await answers(`${endpoint}/healthz`));
}

const PRIVATE_RANGES = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].map(
  range => new Netmask(range),
);

/** Whether the name of an API server stands for a private address here, as it does inside its VPC: there no range counts. */
async function isInside(endpoint: string): Promise<boolean> {
  try {
    const { address } = await dns.lookup(new URL(endpoint).hostname, { family: 4 });
    return PRIVATE_RANGES.some(range => range.contains(address));
  } catch {
    return false;
  }
}

/** Why an address is let in by none of the ranges, if it is not. */
export const rangeProblem = (address: string, cidrs: readonly string[]): string | undefined =>
  cidrs.some(cidr => new Netmask(cidr).contains(address))
    ? undefined
    : `"llmd-infra:cluster.endpoint.cidrs" is [${cidrs.join(", ")}], and this machine deploys from ${address}: it would wait ` +
      `300 seconds for the API server in vain. Add ${address}/32, or deploy from inside the VPC.`;

const TIMEOUT_MS = 3000;

/** Whether anything answers at an address; what, and with which certificate, does not matter. */
const answers = (url: string): Promise<boolean> =>
  new Promise(resolve => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const request = get(url, { signal, rejectUnauthorized: false }, response => {
      response.resume();
      resolve(true);
    });
    request.on("error", () => resolve(false));
  });

/** AWS's own; it answers with nothing but the caller's IPv4 address. */
const ADDRESS_SERVICE = "https://checkip.amazonaws.com";

/** This machine's public IPv4 address, as the API server would see it. */
export async function publicAddress(): Promise<string | undefined> {
  try {
    const url = process.env[ADDRESS_SERVICE_VARIABLE] ?? ADDRESS_SERVICE;
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const said = (await answer.text()).trim();
    return isIPv4(said) ? said : undefined;
  } catch {
    return undefined;
  }
}
