/** Facts about the account that AWS states before anything is made in it. */

import * as pulumi from "@pulumi/pulumi";
import type { Quota } from "../catalog/quotas";
import * as aws from "../contracts/aws";

export interface AccountFacts {
  /** ARN of the session or user that deploys. */
  readonly deployerArn: string;
  /** Whether the stack's cluster exists already. */
  readonly hasCluster: boolean;
  /** The stack's cluster; `undefined` where there is none yet, or the caller may not read it. */
  readonly cluster: RunningCluster | undefined;
  /** Kubernetes versions in standard support; `undefined` where the caller may not read them. */
  readonly supportedVersions: readonly SupportedVersion[] | undefined;
  /** Values of quotas by code, without those that the caller may not read. */
  readonly quotas: ReadonlyMap<string, number>;
}

/** A cluster that an earlier update has made. */
export interface RunningCluster {
  /** Kubernetes version, e.g. `1.35`. */
  readonly version: string;
  /** Address of the API server: `https://….eks.amazonaws.com`. */
  readonly endpoint: string;
  /** Ranges that the public endpoint is open to. */
  readonly cidrs: readonly string[];
}

interface SupportedVersion {
  readonly version: string;
  /** Last day of standard support, e.g. 2026-12-02. */
  readonly until: string;
}

/** Reads the facts. Facts that the caller may not read are left out with a notice. */
export async function lookUpAccount(
  provider: aws.Provider,
  clusterName: string,
  quotas: readonly Quota[],
): Promise<AccountFacts> {
  const options = { provider };
  const [{ arn: deployerArn }, cluster, versions, values] = await Promise.all([
    aws.getCallerIdentity({}, options),
    lookUpCluster(clusterName, options),
    ifAllowed("the Kubernetes versions that EKS supports", () =>
      aws.eks.getClusterVersions({ versionStatus: "STANDARD_SUPPORT" }, options),
    ),
    Promise.all(quotas.map(async quota => [quota.code, await lookUpQuota(quota, options)] as const)),
  ]);
  const supportedVersions = versions?.clusterVersions.map(({ clusterVersion, endOfStandardSupportDate }) => ({
    version: clusterVersion,
    until: endOfStandardSupportDate.slice(0, 10),
  }));
  const known = values.filter((entry): entry is [string, number] => entry[1] !== undefined);
  return { deployerArn, ...cluster, supportedVersions, quotas: new Map(known) };
}

async function lookUpCluster(
  name: string,
  options: pulumi.InvokeOptions,
): Promise<Pick<AccountFacts, "hasCluster" | "cluster">> {
  const { names } = await aws.eks.getClusters({}, options);
  if (!names.includes(name)) return { hasCluster: false, cluster: undefined };
  const found = await ifAllowed("the version and the endpoint of the cluster", () =>
    aws.eks.getCluster({ name }, options),
  );
  const cluster = found && {
    version: found.version,
    endpoint: found.endpoint,
    cidrs: found.vpcConfig.publicAccessCidrs,
  };
  return { hasCluster: true, cluster };
}

const lookUpQuota = async ({ serviceCode, code, name }: Quota, options: pulumi.InvokeOptions) =>
  (
    await ifAllowed(`the quota "${name}"`, () =>
      aws.servicequotas.getServiceQuota({ serviceCode, quotaCode: code }, options),
    )
  )?.value;

/** Answer of AWS; `undefined`, with a notice, where the caller may not have it. Every other failure is passed on. */
async function ifAllowed<T>(what: string, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!/AccessDenied|UnauthorizedOperation/.test(String(error))) throw error;
    await pulumi.log.info(`You may not read ${what}: the check is skipped.`);
    return undefined;
  }
}
