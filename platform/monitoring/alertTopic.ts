/** Permission of Alertmanager to publish to an SNS topic. */
import * as pulumi from "@pulumi/pulumi";
import * as aws from "../../contracts/aws";
import { podTrust, policyDocument } from "../../contracts/iamPolicy";

interface AlertTopicArgs {
  /** 12 digits. */
  readonly accountId: string;
  readonly clusterName: pulumi.Input<string>;
  readonly clusterArn: pulumi.Input<string>;
  /** The only topic that it may publish to. */
  readonly topicArn: string;
  /** Service account of Alertmanager. */
  readonly serviceAccount: string;
  readonly namespace: pulumi.Input<string>;
}

/**
 * A role for Pod Identity. A topic with a customer-managed KMS key needs `kms:Decrypt` and `kms:GenerateDataKey` for this role in
 * the key's policy.
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
