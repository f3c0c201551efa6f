/** What AWS says of the account before anything is made in it. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Quota } from "../catalog/quotas";

export interface AccountFacts {
  /** Of the session or user that deploys. */
  readonly deployerArn: string;
  /** Kubernetes versions in standard support, with its end; `undefined` where the caller may not ask. */
  readonly supportedVersions: readonly SupportedVersion[] | undefined;
  /** The stack's cluster; `undefined` where there is none yet, or the caller may not ask. */
  readonly cluster: RunningCluster | undefined;
  /** Values by quota code; those that the caller may not read are left out. */
  readonly quotas: ReadonlyMap<string, number>;
}

/** A cluster that an earlier update has made. */
export interface RunningCluster {
  /** Of Kubernetes: `1.35`. */
  readonly version: string;
  /** Address of its API server: `https://….eks.amazonaws.com`. */
  readonly endpoint: string;
  /** Ranges that its public endpoint is open to. */
  readonly cidrs: readonly string[];
}

export interface SupportedVersion {
  readonly version: string;
  /** A day, as in 2026-12-02. */
  readonly until: string;
}

/** Asks AWS, and says what the caller was not allowed to ask. */
export async function lookUpAccount(
  provider: aws.Provider,
  clusterName: string,
  quotas: readonly Quota[],
): Promise<AccountFacts> {
  const options = { provider };
  const [{ arn: deployerArn }, cluster, versions, values] = await Promise.all([
    aws.getCallerIdentity({}, options),
    ifAllowed("whether the cluster is there, and its version", () => lookUpCluster(clusterName, options)),
    ifAllowed("the Kubernetes versions that EKS supports", () =>
      aws.eks.getClusterVersions({ versionStatus: "STANDARD_SUPPORT" }, options),
    ),
    Promise.all(quotas.map(async quota => [quota.code, await lookUpQuota(quota, options)] as const)),
  ]);
  const known = values.filter((entry): entry is [string, number] => entry[1] !== undefined);
  return {
    deployerArn,
    cluster,
    supportedVersions: versions?.clusterVersions.map(supported),
    quotas: new Map(known),
  };
}

async function lookUpCluster(name: string, options: pulumi.InvokeOptions): Promise<RunningCluster | undefined> {
  const { names } = await aws.eks.getClusters({}, options);
  if (!names.includes(name)) return undefined;
  const { version, endpoint, vpcConfig } = await aws.eks.getCluster({ name }, options);
  return { version, endpoint, cidrs: vpcConfig.publicAccessCidrs };
}

const supported = ({
  clusterVersion,
  endOfStandardSupportDate,
}: {
  readonly clusterVersion: string;
  readonly endOfStandardSupportDate: string;
}): SupportedVersion => ({ version: clusterVersion, until: endOfStandardSupportDate.slice(0, 10) });

const lookUpQuota = async ({ serviceCode, code, name }: Quota, options: pulumi.InvokeOptions) =>
  (
    await ifAllowed(`the quota "${name}"`, () =>
      aws.servicequotas.getServiceQuota({ serviceCode, quotaCode: code }, options),
    )
  )?.value;

/** What is forbidden to ask is skipped with a notice; every other failure is one. */
async function ifAllowed<T>(what: string, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!/AccessDenied|UnauthorizedOperation/.test(String(error))) throw error;
    await pulumi.log.info(`You may not read ${what}: it is not checked.`);
    return undefined;
  }
}
