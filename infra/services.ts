/** AWS services beside the cluster, as far as the stack file has them. */
import type * as pulumi from "@pulumi/pulumi";
import { AwsIdentity } from "./awsIdentity";
import { Budget } from "./budget";
import { DeployRole } from "./deployRole";
import { ModelStore } from "./modelStore";
import { PullThroughCache } from "./pullThroughCache";
import type { InfraSettings } from "./settings";

export interface Services {
  /** IAM roles for the cluster's workloads. */
  readonly identity: AwsIdentity;
  /** Bucket for copies of weights; undefined: the stack has none. */
  readonly modelStore: ModelStore | undefined;
  /** ECR cache of upstream images; undefined: nodes pull from upstream. */
  readonly imageCache: PullThroughCache | undefined;
  /** Role that CI deploys with; undefined: the stack has none. */
  readonly deployRole: DeployRole | undefined;
}

/**
 * @param name `llmd-<stack>`.
 * @param clusterArn cluster whose pods get AWS identities.
 */
export function createServices(
  name: string,
  { accountId, region, protect, ...settings }: InfraSettings,
  clusterArn: pulumi.Input<string>,
  opts: pulumi.ComponentResourceOptions,
): Services {
  const { modelStore: store, imageCache: cache, deploy, budget } = settings;
  const place = { accountId, region };
  const modelStore = store?.bucket ? new ModelStore(name, { ...store, protect }, opts) : undefined;
  if (budget) new Budget(name, { ...budget, stackTag: name }, opts);
  return {
    modelStore,
    identity: new AwsIdentity(name, { ...place, clusterArn, modelStore }, opts),
    imageCache: cache?.enabled ? new PullThroughCache(name, { ...place, ...cache }, opts) : undefined,
    deployRole: deploy && new DeployRole(name, { ...place, state: deploy.state, ...deploy.github }, opts),
  };
}
