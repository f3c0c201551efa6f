/** What the rows of EC2 share: ids, ARNs, and references in EC2's words. */
import type { WireObject, WireValue } from "../../protocol/wire";
import { type Account, derived } from "../account";
import { type AwsReference, CLUSTER, type Made, ROUTE_TABLE, SECURITY_GROUP, SUBNET, VPC } from "./common";

/** A reference to something of EC2's, in EC2's words. */
export const ec2Reference = (to: string, what: string): AwsReference => ({
  to,
  missing: id => `Invalid${what[0]?.toUpperCase()}${what.slice(1)}ID.NotFound: The ${what} ID '${id}' does not exist`,
  inUse: id => `DependencyViolation: The ${what} '${id}' has dependencies and cannot be deleted.`,
});

export const vpcReference = ec2Reference(VPC, "vpc");
export const subnetReference = ec2Reference(SUBNET, "subnet");
export const routeTableReference = ec2Reference(ROUTE_TABLE, "routeTable");

/** EKS makes a security group with each cluster. */
const isOfCluster = (account: Account, id: WireValue): boolean =>
  account.all(CLUSTER).some(({ outputs }) => (outputs.vpcConfig as WireObject).clusterSecurityGroupId === id);

export const securityGroupReference: AwsReference = {
  to: SECURITY_GROUP,
  missing: id => `InvalidGroup.NotFound: The security group '${id}' does not exist`,
  inUse: id => `DependencyViolation: resource ${id} has a dependent object`,
  madeElsewhere: isOfCluster,
};

export const ec2Id =
  (prefix: string) =>
  ({ seed }: Made) =>
    `${prefix}-${derived(seed)}`;

export const ec2Arn =
  (kind: string) =>
  ({ account }: Made, id: string): WireObject => ({
    arn: account.arn("ec2", `${kind}/${id}`),
    ownerId: account.accountId,
  });
