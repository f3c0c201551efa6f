/** Checks of the machine that deploys: whether it has the aws CLI that pulumi-eks needs, and reaches the API server. */
import { execFile } from "node:child_process";
import dns from "node:dns/promises";
import { get } from "node:https";
import { isIPv4 } from "node:net";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { Netmask } from "netmask";
import { satisfies } from "semver";
import { ADDRESS_SERVICE_VARIABLE } from "../contracts/environment";
import type { RunningCluster } from "./account";
import { type Findings, findings } from "./checks";
import type { ClusterSettings } from "./settings/cluster";

type Endpoint = ClusterSettings["endpoint"];

/** Findings about the deploying machine, before anything is made. */
export async function deployerFindings(endpoint: Endpoint, cluster: RunningCluster | undefined): Promise<Findings> {
  const [cli, access] = await Promise.all([awsCliProblem(), accessFindings(endpoint, cluster)]);
  return { ...access, problems: [...(cli ? [cli] : []), ...access.problems] };
}

/** Versions that pulumi-eks 4.3.0 accepts, in previews, too: its dependencies.ts. */
const AWS_CLI = ">=1.24.0 <2 || >=2.7.0";
const AWS_CLI_REMEDY =
  "Install version 2.7 or newer (or 1.24 or newer of version 1): https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html";
const AWS_CLI_TIMEOUT_MS = 30_000;

/** Problem of the `aws` command, which kubeconfigs get their tokens from; `undefined` where there is none. */
async function awsCliProblem(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)("aws", ["--version"], { timeout: AWS_CLI_TIMEOUT_MS });
    const version = /^aws-cli\/(\d+\.\d+\.\d+)/m.exec(stdout)?.[1];
    if (version === undefined)
      return `The aws command on the PATH prints no version of the aws CLI, but "${stdout.trim()}". ${AWS_CLI_REMEDY}`;
    if (satisfies(version, AWS_CLI)) return undefined;
    return `The aws CLI on the PATH is ${version}, too old for pulumi-eks. ${AWS_CLI_REMEDY}`;
  } catch {
    return `There is no working aws CLI on the PATH. pulumi-eks and every kubeconfig need one. ${AWS_CLI_REMEDY}`;
  }
}

const PROXIED =
  'This machine reaches the API server through a proxy, whose public address is not known here: make sure that "cidrs" has it.';
const NO_ADDRESS = 'The public address of this machine is not known: make sure that "cidrs" has it.';

/**
 * Findings about the way to the API server. Without one, pulumi-eks tries 60 times in 300 seconds without a message, then
 * goes on, and the first Kubernetes object fails. A preview only warns.
 */
async function accessFindings({ public: isPublic, cidrs }: Endpoint, cluster?: RunningCluster): Promise<Findings> {
  if (!isPublic || (cluster && (await isReached(cluster, cidrs)))) return findings();
  if (hasProxy()) return findings({ notices: [PROXIED] });
  const address = await publicAddress();
  if (address === undefined) return findings({ notices: [NO_ADDRESS] });
  if (cidrs.some(cidr => new Netmask(cidr).contains(address))) return findings();
  const problem =
    `"llmd-infra:cluster.endpoint.cidrs" is [${cidrs.join(", ")}], and this machine deploys from ${address}: it would wait ` +
    `300 seconds for the API server in vain. Add ${address}/32, or deploy from inside the VPC.`;
  return findings(pulumi.runtime.isDryRun() ? { warnings: [problem] } : { problems: [problem] });
}

/** Whether pulumi-eks and the Kubernetes provider use a proxy. */
const hasProxy = (): boolean => Boolean(process.env.HTTPS_PROXY || process.env.https_proxy);

/** Whether this machine reaches a cluster, and still will after the update has set its ranges. */
async function isReached({ endpoint, cidrs: now }: RunningCluster, cidrs: readonly string[]): Promise<boolean> {
  const keepsRanges = [...now].sort().join() === [...cidrs].sort().join();
  return (keepsRanges || (await isInside(endpoint))) && (await answers(`${endpoint}/healthz`));
}

const PRIVATE_RANGES = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].map(
  range => new Netmask(range),
);

/** Whether the host name of an API server resolves to a private address. Inside the VPC it does, and ranges do not count. */
async function isInside(endpoint: string): Promise<boolean> {
  try {
    const { address } = await dns.lookup(new URL(endpoint).hostname, { family: 4 });
    return PRIVATE_RANGES.some(range => range.contains(address));
  } catch {
    return false;
  }
}

const TIMEOUT_MS = 3000;

/** Whether anything answers at an address, whatever the answer and its certificate are. */
const answers = (url: string): Promise<boolean> =>
  new Promise(resolve => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const request = get(url, { signal, rejectUnauthorized: false }, response => {
      response.resume();
      resolve(true);
    });
    request.on("error", () => resolve(false));
  });

/** Service of AWS that answers with the caller's IPv4 address and nothing else. */
const ADDRESS_SERVICE = "https://checkip.amazonaws.com";

/** Public IPv4 address of this machine, as the API server would see it; `undefined` where no service tells it. */
async function publicAddress(): Promise<string | undefined> {
  try {
    const url = process.env[ADDRESS_SERVICE_VARIABLE] ?? ADDRESS_SERVICE;
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = (await response.text()).trim();
    return isIPv4(text) ? text : undefined;
  } catch {
    return undefined;
  }
}
