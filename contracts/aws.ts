/**
 * Services of AWS that the programs use. `@pulumi/aws` by itself loads more than two hundred others, which takes up to a third of
 * the time that a program's modules take to load.
 */
export type { Region } from "@pulumi/aws";
export * as budgets from "@pulumi/aws/budgets";
export * as ec2 from "@pulumi/aws/ec2";
export * as ecr from "@pulumi/aws/ecr";
export * as eks from "@pulumi/aws/eks";
export { getCallerIdentity } from "@pulumi/aws/getCallerIdentity";
export * as iam from "@pulumi/aws/iam";
export * as kms from "@pulumi/aws/kms";
export { Provider } from "@pulumi/aws/provider";
export * as route53 from "@pulumi/aws/route53";
export * as s3 from "@pulumi/aws/s3";
export * as servicequotas from "@pulumi/aws/servicequotas";
export * as vpc from "@pulumi/aws/vpc";
