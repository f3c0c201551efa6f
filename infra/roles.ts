/** IAM roles that EKS and its nodes take on. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** A role that `service` takes on, with AWS-managed policies. */
export function serviceRole(
  parent: pulumi.Resource,
  name: string,
  service: string,
  actions: readonly string[],
  policies: readonly string[],
): { role: aws.iam.Role; attachments: aws.iam.RolePolicyAttachment[] } {
  const role = new aws.iam.Role(name, { assumeRolePolicy: trust(service, actions) }, { parent });
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

const trust = (service: string, actions: readonly string[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: actions }],
  });
