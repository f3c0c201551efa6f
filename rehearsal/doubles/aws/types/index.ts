/**
 * AWS resource types that the double knows: what each makes, what it refers to, and which inputs AWS rejects. Messages are
 * AWS's own where they are documented, or the provider's where that rejects first. An unknown type is rejected by name.
 */
import { BUDGETS_TYPES } from "./budgets";
import type { AwsTypes } from "./common";
import { EC2_TYPES } from "./ec2";
import { ECR_TYPES } from "./ecr";
import { EKS_TYPES } from "./eks";
import { IAM_TYPES } from "./iam";
import { KMS_TYPES } from "./kms";
import { NAT_GATEWAY_TYPES } from "./natGateway";
import { ROUTE53_TYPES } from "./route53";
import { S3_TYPES } from "./s3";
import { SECRETS_MANAGER_TYPES } from "./secretsManager";
import { SECURITY_GROUP_TYPES } from "./securityGroups";
import { VPC_ENDPOINT_TYPES } from "./vpcEndpoint";

export type { AwsReference, AwsType, Made } from "./common";

export const AWS_TYPES: AwsTypes = {
  ...EC2_TYPES,
  ...NAT_GATEWAY_TYPES,
  ...SECURITY_GROUP_TYPES,
  ...VPC_ENDPOINT_TYPES,
  ...KMS_TYPES,
  ...S3_TYPES,
  ...IAM_TYPES,
  ...EKS_TYPES,
  ...ECR_TYPES,
  ...SECRETS_MANAGER_TYPES,
  ...BUDGETS_TYPES,
  ...ROUTE53_TYPES,
};
