/** The role of a NodeClass's nodes. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { serviceRole } from "./roles";

export interface NodeRole {
  readonly role: aws.iam.Role;
  /** What has to be there before a node can join. */
  readonly access: pulumi.Resource[];
}

/**
 * A role, and the access entry that lets its nodes join: EKS makes one only for built-in pools.
 * @param parent what the resources belong to.
 * @param policyArns further policies of the role.
 */
export function createNodeRole(
  parent: pulumi.Resource,
  name: string,
  clusterName: pulumi.Input<string>,
  policyArns: readonly pulumi.Input<string>[] = [],
): NodeRole {
  const policies = ["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"];
  const { role, attachments } = serviceRole(parent, `${name}-node`, "ec2.amazonaws.com", ["sts:AssumeRole"], policies);
  const entry = new aws.eks.AccessEntry(
    `${name}-node`,
    { clusterName, principalArn: role.arn, type: "EC2" },
    { parent },
  );
  const association = new aws.eks.AccessPolicyAssociation(
    `${name}-node`,
    {
      clusterName,
      principalArn: role.arn,
      policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy",
      accessScope: { type: "cluster" },
    },
    { parent, dependsOn: [entry] },
  );
  const further = policyArns.map(
    (policyArn, index) =>
      new aws.iam.RolePolicyAttachment(`${name}-node-further-${index}`, { role: role.name, policyArn }, { parent }),
  );
  return { role, access: [...attachments, ...further, association] };
}
