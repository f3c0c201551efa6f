/** Role of the cluster: permissions of EKS Auto Mode in the account. */

import * as pulumi from "@pulumi/pulumi";
import * as aws from "../contracts/aws";
import { policyDocument } from "../contracts/iamPolicy";
import { createServiceRole } from "./roles";

/**
 * Made here because the role of the EKS component lacks BlockStoragePolicyV2 (AWS documents it since 2026-05-11). The output
 * waits for the policies: the cluster is made after them and deleted before them, or EKS cannot delete its network interfaces.
 */
export function createClusterRole(parent: pulumi.Resource, name: string): pulumi.Output<aws.iam.Role> {
  const { role, attachments } = createServiceRole(
    parent,
    `${name}-cluster`,
    { principal: aws.iam.Principals.EksPrincipal, actions: ["sts:AssumeRole", "sts:TagSession"] },
    [
      "AmazonEKSClusterPolicy",
      "AmazonEKSComputePolicy",
      "AmazonEKSBlockStoragePolicyV2",
      "AmazonEKSLoadBalancingPolicy",
      "AmazonEKSNetworkingPolicy",
    ],
  );
  const tags = new aws.iam.RolePolicy(
    `${name}-cluster-tags`,
    { role: role.name, policy: policyDocument(NODE_TAG_STATEMENTS) },
    { parent },
  );
  return pulumi.all([role.urn, tags.urn, ...attachments.map(({ urn }) => urn)]).apply(() => role);
}

const CLUSTER_TAG = "aws:RequestTag/eks:eks-cluster-name";
const OWN_CLUSTER = { [CLUSTER_TAG]: "${aws:PrincipalTag/eks:eks-cluster-name}" };

/**
 * Permission to give nodes, volumes and load balancers tags of the stack. Without it launches fail with "Error getting launch
 * template configs". AWS, EKS user guide, "Custom AWS tags for EKS Auto resources": new resources carry the cluster's name.
 */
const NODE_TAG_STATEMENTS: readonly aws.iam.PolicyStatement[] = [
  {
    Sid: "Compute",
    Effect: "Allow",
    Action: ["ec2:CreateFleet", "ec2:RunInstances", "ec2:CreateLaunchTemplate"],
    Resource: ["*"],
    Condition: {
      StringEquals: OWN_CLUSTER,
      StringLike: {
        "aws:RequestTag/eks:kubernetes-node-class-name": "*",
        "aws:RequestTag/eks:kubernetes-node-pool-name": "*",
      },
    },
  },
  {
    Sid: "Storage",
    Effect: "Allow",
    Action: ["ec2:CreateVolume", "ec2:CreateSnapshot"],
    Resource: ["arn:aws:ec2:*:*:volume/*", "arn:aws:ec2:*:*:snapshot/*"],
    Condition: { StringEquals: OWN_CLUSTER },
  },
  {
    Sid: "Networking",
    Effect: "Allow",
    Action: ["ec2:CreateNetworkInterface"],
    Resource: ["*"],
    Condition: {
      StringEquals: OWN_CLUSTER,
      StringLike: { "aws:RequestTag/eks:kubernetes-cni-node-name": "*" },
    },
  },
  {
    Sid: "LoadBalancer",
    Effect: "Allow",
    Action: [
      "elasticloadbalancing:CreateLoadBalancer",
      "elasticloadbalancing:CreateTargetGroup",
      "elasticloadbalancing:CreateListener",
      "elasticloadbalancing:CreateRule",
      "ec2:CreateSecurityGroup",
    ],
    Resource: ["*"],
    Condition: { StringEquals: OWN_CLUSTER },
  },
];
