/** AWS identities of pods: IAM roles for EKS Pod Identity. */

import * as pulumi from "@pulumi/pulumi";
import * as aws from "../contracts/aws";
import { podTrust, policyDocument } from "../contracts/iamPolicy";

export interface AwsIdentityArgs {
  /** AWS account, 12 digits. */
  readonly accountId: string;
  /** The only Region that the monitoring role reads, e.g. `us-east-2`. */
  readonly region: string;
  /** The only cluster whose pods may assume the roles. */
  readonly clusterArn: pulumi.Input<string>;
  /** Model store that the model roles read and write. @default - no model roles: there is no bucket */
  readonly modelStore?: ModelStoreArns;
}

/** The bucket of weights, and the key that encrypts its objects. */
interface ModelStoreArns {
  readonly bucketArn: pulumi.Input<string>;
  readonly keyArn: pulumi.Input<string>;
}

/**
 * Roles only. Their associations with service accounts belong to the layers that make the service accounts, one for each
 * model and copy Job. An association gives the role to a service account of the cluster: the trust policy names the
 * cluster, and `iam:PassRole` decides who may make associations.
 */
export class AwsIdentity extends pulumi.ComponentResource {
  /** Role of model servers: reads weights. Undefined without a model store. */
  readonly modelReaderRoleArn?: pulumi.Output<string>;
  /** Role of copy Jobs: reads and writes weights, deletes none. Undefined without a model store. */
  readonly modelWriterRoleArn?: pulumi.Output<string>;
  /** Role of exporters: reads CloudWatch metrics and EC2 instances. */
  readonly monitoringRoleArn: pulumi.Output<string>;

  constructor(name: string, args: AwsIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    // The type is part of every URN of an existing stack: it keeps its first name.
    super("llmd:infra:Identity", name, {}, opts);
    const { modelStore, region } = args;
    if (modelStore) {
      this.modelReaderRoleArn = createPodRole(
        this,
        `${name}-model-reader`,
        args,
        modelReaderStatements(modelStore),
      ).arn;
      this.modelWriterRoleArn = createPodRole(
        this,
        `${name}-model-writer`,
        args,
        modelWriterStatements(modelStore),
      ).arn;
    }
    this.monitoringRoleArn = createPodRole(this, `${name}-monitoring`, args, monitoringStatements(region)).arn;
    this.registerOutputs({
      modelReaderRoleArn: this.modelReaderRoleArn,
      modelWriterRoleArn: this.modelWriterRoleArn,
      monitoringRoleArn: this.monitoringRoleArn,
    });
  }
}

function createPodRole(
  parent: AwsIdentity,
  name: string,
  { accountId, clusterArn }: AwsIdentityArgs,
  statements: readonly aws.iam.PolicyStatement[],
): aws.iam.Role {
  const assumeRolePolicy = policyDocument([podTrust(accountId, clusterArn)]);
  const role = new aws.iam.Role(name, { assumeRolePolicy }, { parent });
  new aws.iam.RolePolicy(name, { role: role.name, policy: policyDocument(statements) }, { parent });
  return role;
}

const listBucket = ({ bucketArn }: ModelStoreArns): aws.iam.PolicyStatement => ({
  Sid: "ListWeights",
  Effect: "Allow",
  Action: ["s3:ListBucket"],
  Resource: [bucketArn],
});

const objectsIn = ({ bucketArn }: ModelStoreArns) => [pulumi.interpolate`${bucketArn}/*`];

const modelReaderStatements = (store: ModelStoreArns): aws.iam.PolicyStatement[] => [
  listBucket(store),
  { Sid: "ReadWeights", Effect: "Allow", Action: ["s3:GetObject"], Resource: objectsIn(store) },
  { Sid: "DecryptWeights", Effect: "Allow", Action: ["kms:Decrypt"], Resource: [store.keyArn] },
];

/** Permission to overwrite, which keeps the old version, but not to delete. */
const modelWriterStatements = (store: ModelStoreArns): aws.iam.PolicyStatement[] => [
  listBucket(store),
  { Sid: "FindUploads", Effect: "Allow", Action: ["s3:ListBucketMultipartUploads"], Resource: [store.bucketArn] },
  {
    Sid: "WriteWeights",
    Effect: "Allow",
    // Weights come in parts: a Job that was interrupted lists the parts that are there, and goes on or aborts the upload.
    Action: ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
    Resource: objectsIn(store),
  },
  {
    Sid: "EncryptWeights",
    Effect: "Allow",
    // Decrypt, too: S3 reads the parts of an upload again when it puts them together.
    Action: ["kms:Decrypt", "kms:GenerateDataKey"],
    Resource: [store.keyArn],
  },
];

/** The least that an exporter of CloudWatch metrics needs. No part of this product reads such metrics yet. */
const monitoringStatements = (region: string): aws.iam.PolicyStatement[] => {
  // `*`: metrics of AWS's own services belong to no resource, and EC2 narrows none of its lists down to one.
  const scope = { Resource: ["*"], Condition: { StringEquals: { "aws:RequestedRegion": region } } };
  return [
    {
      Sid: "ReadMetrics",
      Effect: "Allow",
      Action: ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"],
      ...scope,
    },
    { Sid: "DescribeNodes", Effect: "Allow", Action: ["ec2:DescribeInstances"], ...scope },
  ];
};
