/** IAM policy documents, in the types of the AWS provider's SDK. */

import * as pulumi from "@pulumi/pulumi";
import type * as aws from "./aws";

/** Text of a policy document. Inside it, statements may hold values that are only known later. */
export const policyDocument = (statements: readonly aws.iam.PolicyStatement[]): pulumi.Output<string> =>
  pulumi.jsonStringify({ Version: "2012-10-17", Statement: [...statements] } satisfies aws.iam.PolicyDocument);

/**
 * Lets pods of one cluster assume a role. AWS, EKS user guide, "EKS Pod Identity": sessions carry the pod's cluster,
 * namespace, … as tags.
 * @param accountId 12 digits.
 */
export const podTrust = (accountId: string, clusterArn: pulumi.Input<string>): aws.iam.PolicyStatement => ({
  Sid: "PodsOfTheCluster",
  Effect: "Allow",
  Principal: { Service: "pods.eks.amazonaws.com" },
  Action: ["sts:AssumeRole", "sts:TagSession"],
  Condition: { StringEquals: { "aws:SourceAccount": accountId }, ArnEquals: { "aws:SourceArn": clusterArn } },
});
