/** The cluster's own role: what EKS Auto Mode may do in the account. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument, type Statement } from "../contracts/iamPolicy";
import { serviceRole } from "./roles";

/**
 * The component's own role lacks BlockStoragePolicyV2 (AWS documents it since 2026-05-11). The role comes with its policies:
 * the cluster is made after them and deleted before them, or EKS cannot clean up its network interfaces.
 */
export function createClusterRole(parent: pulumi.Resource, name: string): pulumi.Output<aws.iam.Role> {
  const { role, attachments } = serviceRole(
    parent,
    `${name}-cluster`,
    "eks.amazonaws.com",
    ["sts:AssumeRole", "sts:TagSession"],
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
    { role: role.name, policy: policyDocument(nodeTagStatements()) },
    { parent },
  );
  return pulumi.all([role.urn, tags.urn, ...attachments.map(({ urn }) => urn)]).apply(() => role);
}

const CLUSTER_TAG = "aws:RequestTag/eks:eks-cluster-name";
const OWN_CLUSTER = { [CLUSTER_TAG]: "${aws:PrincipalTag/eks:eks-cluster-name}" };

/**
 * Lets EKS give nodes, volumes and load balancers tags of ours; without it launches fail with "Error getting launch template
 * configs". AWS, EKS user guide, "Custom AWS tags for EKS Auto resources": what is made carries the cluster's own name.
 */
export const nodeTagStatements = (): Statement[] => [
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
