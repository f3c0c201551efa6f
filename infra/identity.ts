/** What pods may do in AWS: roles for Pod Identity. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { podTrust, policyDocument, type Statement } from "../contracts/iamPolicy";

export interface IdentityArgs {
  /** 12 digits. */
  readonly accountId: string;
  /** The only Region the monitoring role reads, e.g. `us-east-2`. */
  readonly region: string;
  /** The only cluster whose pods may take on the roles. */
  readonly clusterArn: pulumi.Input<string>;
  /** What the model roles read and write. @default - no model roles: there is no bucket */
  readonly modelStore?: {
    readonly bucketArn: pulumi.Input<string>;
    /** Of the key that encrypts the bucket's objects. */
    readonly keyArn: pulumi.Input<string>;
  };
}

/**
 * Roles only: their associations with service accounts belong to the layers that make the service accounts, one for each
 * model and copy Job. Whoever may associate a role with a service account of the cluster gives it away, so the trust
 * names the cluster, and who may associate is decided by `iam:PassRole`.
 */
export class Identity extends pulumi.ComponentResource {
  /** Reads weights; for model servers. Undefined without a model store. */
  readonly modelReaderRoleArn?: pulumi.Output<string>;
  /** Reads and writes weights, deletes none; for the Jobs that copy them. Undefined without a model store. */
  readonly modelWriterRoleArn?: pulumi.Output<string>;
  /** Reads what CloudWatch and EC2 tell of nodes; for exporters. */
  readonly monitoringRoleArn: pulumi.Output<string>;
  /** The roles themselves, for others to add to. */
  readonly roles: IdentityRoles;

  constructor(name: string, args: IdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:infra:Identity", name, {}, opts);
    const modelReader = createModelRole(this, `${name}-model-reader`, args, modelReaderStatements);
    const modelWriter = createModelRole(this, `${name}-model-writer`, args, modelWriterStatements);
    const monitoring = createPodRole(this, `${name}-monitoring`, args, monitoringStatements(args.region));

    this.modelReaderRoleArn = modelReader?.arn;
    this.modelWriterRoleArn = modelWriter?.arn;
    this.monitoringRoleArn = monitoring.arn;
    this.roles = { modelReader, modelWriter, monitoring };
    this.registerOutputs({
      modelReaderRoleArn: this.modelReaderRoleArn,
      modelWriterRoleArn: this.modelWriterRoleArn,
      monitoringRoleArn: this.monitoringRoleArn,
    });
  }
}

export interface IdentityRoles {
  readonly modelReader?: aws.iam.Role;
  readonly modelWriter?: aws.iam.Role;
  readonly monitoring: aws.iam.Role;
}

/** The bucket of weights, and the key that encrypts it. */
export interface ModelStoreArns {
  readonly bucketArn: string;
  readonly keyArn: string;
}

function createModelRole(
  parent: Identity,
  name: string,
  args: IdentityArgs,
  statements: (store: ModelStoreArns) => Statement[],
): aws.iam.Role | undefined {
  if (!args.modelStore) return undefined;
  const { bucketArn, keyArn } = args.modelStore;
  const allowed = pulumi
    .all([bucketArn, keyArn])
    .apply(([bucket, key]) => statements({ bucketArn: bucket, keyArn: key }));
  return createPodRole(parent, name, args, allowed);
}

function createPodRole(
  parent: Identity,
  name: string,
  { accountId, clusterArn }: IdentityArgs,
  statements: pulumi.Input<readonly Statement[]>,
): aws.iam.Role {
  const assumeRolePolicy = pulumi.output(clusterArn).apply(arn => policyDocument([podTrust(accountId, arn)]));
  const role = new aws.iam.Role(name, { assumeRolePolicy }, { parent });
  const policy = pulumi.output(statements).apply(allowed => policyDocument(allowed));
  new aws.iam.RolePolicy(name, { role: role.name, policy }, { parent });
  return role;
}

const listBucket = ({ bucketArn }: ModelStoreArns): Statement => ({
  Sid: "ListWeights",
  Effect: "Allow",
  Action: ["s3:ListBucket"],
  Resource: [bucketArn],
});

export const modelReaderStatements = (store: ModelStoreArns): Statement[] => [
  listBucket(store),
  { Sid: "ReadWeights", Effect: "Allow", Action: ["s3:GetObject"], Resource: [`${store.bucketArn}/*`] },
  { Sid: "DecryptWeights", Effect: "Allow", Action: ["kms:Decrypt"], Resource: [store.keyArn] },
];

/** May overwrite, which leaves the old version to come back to; may delete nothing. */
export const modelWriterStatements = (store: ModelStoreArns): Statement[] => [
  listBucket(store),
  { Sid: "FindUploads", Effect: "Allow", Action: ["s3:ListBucketMultipartUploads"], Resource: [store.bucketArn] },
  {
    Sid: "WriteWeights",
    Effect: "Allow",
    // Weights come in parts: a Job that was interrupted lists what it has, goes on, or gives it up.
    Action: ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
    Resource: [`${store.bucketArn}/*`],
  },
  {
    Sid: "EncryptWeights",
    Effect: "Allow",
    // Decrypt, too: S3 reads the parts of an upload again when it puts them together.
    Action: ["kms:Decrypt", "kms:GenerateDataKey"],
    Resource: [store.keyArn],
  },
];

/** Nothing of this product's asks AWS for metrics yet: what an exporter of CloudWatch's cannot do without, and no more. */
export const monitoringStatements = (region: string): Statement[] => [
  {
    Sid: "ReadMetrics",
    Effect: "Allow",
    Action: ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"],
    // `*`: what AWS's own services measure belongs to no resource; datasets, the only ones, hold metrics sent by others.
    Resource: ["*"],
    Condition: inRegion(region),
  },
  {
    Sid: "DescribeNodes",
    Effect: "Allow",
    Action: ["ec2:DescribeInstances"],
    // `*`: EC2 narrows none of its lists down to a resource.
    Resource: ["*"],
    Condition: inRegion(region),
  },
];

/** All that narrows what has no resource. */
const inRegion = (region: string) => ({ StringEquals: { "aws:RequestedRegion": region } });
