/** IAM roles that EKS and its nodes assume. */

import type * as pulumi from "@pulumi/pulumi";
import * as aws from "../contracts/aws";
import { policyDocument } from "../contracts/iamPolicy";

/** A role that an AWS service assumes, with AWS-managed policies. */
export function createServiceRole(
  parent: pulumi.Resource,
  name: string,
  trust: { readonly principal: aws.iam.Principal; readonly actions: string[] },
  policies: readonly string[],
): { role: aws.iam.Role; attachments: aws.iam.RolePolicyAttachment[] } {
  const assumeRolePolicy = policyDocument([{ Effect: "Allow", Principal: trust.principal, Action: trust.actions }]);
  const role = new aws.iam.Role(name, { assumeRolePolicy }, { parent });
  const attachments = policies.map(
    policy =>
      new aws.iam.RolePolicyAttachment(
        `${name}-${policy}`,
        { role: role.name, policyArn: `arn:aws:iam::aws:policy/${policy}` },
        { parent },
      ),
  );
  return { role, attachments };
}

interface NodeRole {
  readonly role: aws.iam.Role;
  /** Resources that have to be there before a node can join the cluster. */
  readonly access: pulumi.Resource[];
}

/**
 * The role of a NodeClass's nodes, and the access entry that lets them join: EKS makes one only for its built-in pools.
 * @param policyArns further policies of the role.
 */
export function createNodeRole(
  parent: pulumi.Resource,
  name: string,
  clusterName: pulumi.Input<string>,
  policyArns: readonly pulumi.Input<string>[] = [],
): NodeRole {
  const { role, attachments } = createServiceRole(
    parent,
    `${name}-node`,
    { principal: aws.iam.Principals.Ec2Principal, actions: ["sts:AssumeRole"] },
    ["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"],
  );
  const principal = { clusterName, principalArn: role.arn };
  const entry = new aws.eks.AccessEntry(`${name}-node`, { ...principal, type: "EC2" }, { parent });
  const association = new aws.eks.AccessPolicyAssociation(
    `${name}-node`,
    {
      ...principal,
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
