/** What lets Alertmanager publish to an SNS topic. */

import * as pulumi from "@pulumi/pulumi";
import * as aws from "../../contracts/aws";
import { podTrust, policyDocument } from "../../contracts/iamPolicy";

export interface AlertTopicArgs {
  /** 12 digits. */
  readonly accountId: string;
  readonly clusterName: pulumi.Input<string>;
  readonly clusterArn: pulumi.Input<string>;
  /** The only topic it publishes to. */
  readonly topicArn: string;
  /** Alertmanager's, and where it is. */
  readonly serviceAccount: string;
  readonly namespace: pulumi.Input<string>;
}

/**
 * A role for Pod Identity. A topic that is encrypted with a key of one's own needs, in that key's policy, the right to
 * `kms:Decrypt` and `kms:GenerateDataKey` for this role: whose key it is, its ARN does not say.
 */
export class AlertTopic extends pulumi.ComponentResource {
  constructor(name: string, args: AlertTopicArgs, opts: pulumi.ComponentResourceOptions) {
    super("llmd:platform:AlertTopic", name, {}, opts);
    const options = { parent: this, provider: opts.provider };
    const assumeRolePolicy = pulumi
      .output(args.clusterArn)
      .apply(arn => policyDocument([podTrust(args.accountId, arn)]));
    const role = new aws.iam.Role(name, { assumeRolePolicy }, options);
    const policy = new aws.iam.RolePolicy(
      name,
      {
        role: role.name,
        policy: policyDocument([
          { Sid: "TellOfAlerts", Effect: "Allow", Action: ["sns:Publish"], Resource: [args.topicArn] },
        ]),
      },
      options,
    );
    new aws.eks.PodIdentityAssociation(
      name,
      {
        clusterName: args.clusterName,
        namespace: args.namespace,
        serviceAccount: args.serviceAccount,
        roleArn: role.arn,
      },
      { ...options, dependsOn: [policy] },
    );
    this.registerOutputs({});
  }
}
