/** Which administrators of the stack file get an access entry from this stack. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface AdministratorsArgs {
  readonly clusterName: string;
  /** Value of the tag that this stack's own entries carry. */
  readonly stackTag: string;
  /** ARNs of roles and users. */
  readonly admins: readonly string[];
  /** Of the session or user that deploys now. */
  readonly deployerArn: string;
}

/**
 * The administrators without those who have an entry from elsewhere: EKS makes one for whoever makes the cluster, and
 * refuses a second. Who that was is not written down anywhere, so it is told by the entry itself, which lacks our tag; until
 * the cluster is there it is whoever deploys.
 */
export async function administratorsToAdd(args: AdministratorsArgs, provider: aws.Provider): Promise<string[]> {
  const { admins, clusterName, deployerArn } = args;
  const { names } = await aws.eks.getClusters({}, { provider });
  const isThere = names.includes(clusterName);
  const others = await Promise.all(
    admins.map(admin => (isThere ? hasOtherEntry(admin, args, provider) : isDeployer(admin, deployerArn))),
  );
  for (const admin of admins.filter((_, index) => others[index]))
    await pulumi.log.info(`${admin} administers the cluster by an entry from elsewhere: it gets none of this stack's.`);
  return admins.filter((_, index) => !others[index]);
}

async function hasOtherEntry(
  principalArn: string,
  { clusterName, stackTag }: AdministratorsArgs,
  provider: aws.Provider,
): Promise<boolean> {
  try {
    const { tags } = await aws.eks.getAccessEntry({ clusterName, principalArn }, { provider });
    return tags.stack !== stackTag;
  } catch (error) {
    // The provider words it its own way, and AWS another.
    if (/ResourceNotFound|couldn't find resource|not found/i.test(String(error))) return false;
    throw error;
  }
}

/**
 * Whether a principal is who deploys now: itself, or the role behind its session.
 * @param deployerArn of the session or user that deploys.
 */
export const isDeployer = (principalArn: string, deployerArn: string): boolean =>
  principalArn === deployerArn ||
  principalArn.replace(/:iam::(\d+):role\/(?:.*\/)?/, ":sts::$1:assumed-role/") ===
    deployerArn.replace(/(:assumed-role\/[^/]+)\/[^/]*$/, "$1");
