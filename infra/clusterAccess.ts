/** Administrators of the cluster, beside the principal that made it. */

import * as pulumi from "@pulumi/pulumi";
import * as aws from "../contracts/aws";
import type { AccountFacts } from "./account";

/** Allows everything in Kubernetes. AWS, EKS user guide, "Review access policy permissions". */
const ADMIN_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";

interface ClusterAccessArgs {
  readonly clusterName: pulumi.Input<string>;
  /** ARNs of the administrators, by a name that is unique in the stack. */
  readonly administrators: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * Access entries beside the cluster and not part of it: a protected cluster would keep every entry for ever. Resources in
 * Kubernetes depend on `entries`, so that a destroy by an administrator removes its own access last.
 */
export class ClusterAccess extends pulumi.ComponentResource {
  /** Resources that administrators need to work in Kubernetes. */
  readonly entries: pulumi.Resource[];

  constructor(name: string, args: ClusterAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:infra:ClusterAccess", name, {}, opts);
    this.entries = Object.entries(args.administrators).map(([key, principalArn]) =>
      grantAdmin(this, `${name}-${key}`, args.clusterName, principalArn),
    );
    this.registerOutputs({});
  }
}

function grantAdmin(
  parent: ClusterAccess,
  name: string,
  clusterName: pulumi.Input<string>,
  principalArn: pulumi.Input<string>,
): aws.eks.AccessPolicyAssociation {
  const entry = new aws.eks.AccessEntry(name, { clusterName, principalArn, type: "STANDARD" }, { parent });
  return new aws.eks.AccessPolicyAssociation(
    name,
    { clusterName, principalArn, policyArn: ADMIN_POLICY, accessScope: { type: "cluster" } },
    { parent, dependsOn: [entry] },
  );
}

/** Name of an administrator's entry: account, kind and name, which are unique without the path. */
export function entryKey(arn: string): string {
  const [, , , , account, resource = ""] = arn.split(":");
  const path = resource.split("/");
  return [account, path.at(0), path.at(-1)].join("-");
}

interface AdministratorsArgs {
  /** Name of the cluster, and value of the tag `stack` that this stack's own entries carry. */
  readonly name: string;
  /** ARNs of roles and users. */
  readonly admins: readonly string[];
  readonly account: Pick<AccountFacts, "deployerArn" | "hasCluster">;
}

/**
 * The administrators that need an entry of this stack. EKS makes an entry for the principal that makes the cluster, and
 * rejects a second one. That principal is recorded nowhere. While there is no cluster, it is the one that deploys; afterwards
 * its entry shows it, because the entry lacks the stack's tag.
 */
export async function administratorsToAdd(args: AdministratorsArgs, provider: aws.Provider): Promise<string[]> {
  const { name, admins, account } = args;
  const others = await Promise.all(
    admins.map(admin =>
      account.hasCluster ? hasOtherEntry(admin, name, provider) : isDeployer(admin, account.deployerArn),
    ),
  );
  for (const admin of admins.filter((_, index) => others[index]))
    await pulumi.log.info(
      `${admin} administers the cluster by an entry that this stack did not make: it gets no second one.`,
    );
  return admins.filter((_, index) => !others[index]);
}

async function hasOtherEntry(principalArn: string, name: string, provider: aws.Provider): Promise<boolean> {
  try {
    const { tags } = await aws.eks.getAccessEntry({ clusterName: name, principalArn }, { provider });
    return tags.stack !== name;
  } catch (error) {
    // Wordings of the provider and of AWS.
    if (/ResourceNotFound|couldn't find resource|not found/i.test(String(error))) return false;
    throw error;
  }
}

/** Whether a principal is the deployer itself, or the role behind the deployer's session. */
const isDeployer = (principalArn: string, deployerArn: string): boolean =>
  principalArn === deployerArn ||
  principalArn.replace(/:iam::(\d+):role\/(?:.*\/)?/, ":sts::$1:assumed-role/") ===
    deployerArn.replace(/(:assumed-role\/[^/]+)\/[^/]*$/, "$1");
