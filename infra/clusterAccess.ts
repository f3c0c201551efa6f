/** Who administers the cluster beside whoever made it. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** Whatever may be done in Kubernetes. AWS, EKS user guide, "Review access policy permissions". */
const ADMIN_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";

export interface ClusterAccessArgs {
  readonly clusterName: pulumi.Input<string>;
  /** ARNs of the administrators, by a name that the stack has only once. */
  readonly administrators: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * Entries beside the cluster and not of it: a protected cluster would keep everyone who was ever let in. What works in
 * Kubernetes depends on `entries`, so that a destroy by one of them does not lock itself out.
 */
export class ClusterAccess extends pulumi.ComponentResource {
  /** What an administrator needs to work in Kubernetes. */
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

/** Name of an administrator's entry: account, role or user, and its name, which need no path to be unique. */
export function entryKey(arn: string): string {
  const [, , , , account, resource = ""] = arn.split(":");
  const path = resource.split("/");
  return [account, path.at(0), path.at(-1)].join("-");
}
