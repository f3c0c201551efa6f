/** Who administers the cluster beside whoever made it. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** Whatever may be done in Kubernetes. AWS, EKS user guide, "Review access policy permissions". */
export const ADMIN_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";

/** An access entry for a role that another component makes. */
export function grantClusterAdmin(
  parent: pulumi.Resource,
  name: string,
  clusterName: pulumi.Input<string>,
  principalArn: pulumi.Input<string>,
): void {
  const entry = new aws.eks.AccessEntry(name, { clusterName, principalArn, type: "STANDARD" }, { parent });
  new aws.eks.AccessPolicyAssociation(
    name,
    { clusterName, principalArn, policyArn: ADMIN_POLICY, accessScope: { type: "cluster" } },
    { parent, dependsOn: [entry] },
  );
}
