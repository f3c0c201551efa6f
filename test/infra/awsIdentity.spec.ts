import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { podTrust } from "../../contracts/iamPolicy";
import { AwsIdentity, type AwsIdentityArgs } from "../../infra/awsIdentity";
import { arnOf, assertPartsOf, built, ofType, only, type Registered, settled } from "../support/mockedProgram";
import { statementsIn } from "../support/policies";

const ROLE = "aws:iam/role:Role";
const POLICY = "aws:iam/rolePolicy:RolePolicy";

const ACCOUNT = "111122223333";
const CLUSTER_ARN = "arn:aws:eks:us-east-2:111122223333:cluster/llmd-dev";
const BUCKET = "arn:aws:s3:::llmd-dev-models-0123456";
const KEY = "arn:aws:kms:us-east-2:111122223333:key/1234abcd";

const identityOf = (modelStore: AwsIdentityArgs["modelStore"]) =>
  built(
    () =>
      new AwsIdentity("llmd-dev", {
        accountId: ACCOUNT,
        region: "us-east-2",
        // As the cluster and the model store hand them over.
        clusterArn: pulumi.output(CLUSTER_ARN),
        modelStore,
      }),
  );

const allow = (Sid: string, Action: string[], Resource: string, Condition?: object) => ({
  Sid,
  Effect: "Allow",
  Action,
  Resource: [Resource],
  ...(Condition && { Condition }),
});

const IN_REGION = { StringEquals: { "aws:RequestedRegion": "us-east-2" } };

/** Permissions by role. No role may delete anything. */
const ROLES = {
  "llmd-dev-model-reader": [
    allow("ListWeights", ["s3:ListBucket"], BUCKET),
    allow("ReadWeights", ["s3:GetObject"], `${BUCKET}/*`),
    allow("DecryptWeights", ["kms:Decrypt"], KEY),
  ],
  "llmd-dev-model-writer": [
    allow("ListWeights", ["s3:ListBucket"], BUCKET),
    allow("FindUploads", ["s3:ListBucketMultipartUploads"], BUCKET),
    allow(
      "WriteWeights",
      ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
      `${BUCKET}/*`,
    ),
    allow("EncryptWeights", ["kms:Decrypt", "kms:GenerateDataKey"], KEY),
  ],
  "llmd-dev-monitoring": [
    allow("ReadMetrics", ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"], "*", IN_REGION),
    allow("DescribeNodes", ["ec2:DescribeInstances"], "*", IN_REGION),
  ],
};

describe("the AWS identities of pods", () => {
  let registered: Registered[];
  let identity: AwsIdentity;

  before(async () => {
    const store = { bucketArn: pulumi.output(BUCKET), keyArn: pulumi.output(KEY) };
    ({ registered, component: identity } = await identityOf(store));
  });

  it("are three roles", () =>
    assert.deepEqual(
      ofType(registered, ROLE).map(({ name }) => name),
      Object.keys(ROLES),
    ));

  for (const [role, statements] of Object.entries(ROLES)) {
    it(`include ${role}, which pods of the cluster assume`, () =>
      assert.deepEqual(statementsIn(only(registered, ROLE, role).inputs.assumeRolePolicy), [
        podTrust(ACCOUNT, CLUSTER_ARN),
      ]));

    it(`allow ${role} what its pods do, and nothing else`, () => {
      const { role: of, policy } = only(registered, POLICY, role).inputs;
      assert.equal(of, role);
      assert.deepEqual(statementsIn(policy), statements);
    });
  }

  it("trust pods of one cluster of one account, with the tags of their sessions", () =>
    assert.deepEqual(podTrust(ACCOUNT, CLUSTER_ARN), {
      Sid: "PodsOfTheCluster",
      Effect: "Allow",
      Principal: { Service: "pods.eks.amazonaws.com" },
      Action: ["sts:AssumeRole", "sts:TagSession"],
      Condition: {
        StringEquals: { "aws:SourceAccount": ACCOUNT },
        ArnEquals: { "aws:SourceArn": CLUSTER_ARN },
      },
    }));

  it("are handed over by ARN", async () => {
    const { modelReaderRoleArn, modelWriterRoleArn, monitoringRoleArn } = identity;
    assert.ok(modelReaderRoleArn && modelWriterRoleArn);
    assert.deepEqual(
      await Promise.all([modelReaderRoleArn, modelWriterRoleArn, monitoringRoleArn].map(settled)),
      Object.keys(ROLES).map(arnOf),
    );
  });

  // The type is part of every URN: another name would replace the roles of an existing stack.
  it("keep the type of the component, and name everything after it, under it and only once", () =>
    assertPartsOf(registered, "llmd:infra:Identity", "llmd-dev"));

  it("are the monitoring role alone where there is no bucket", async () => {
    const { registered: few, component: plain } = await identityOf(undefined);
    assert.deepEqual(
      ofType(few, ROLE).map(({ name }) => name),
      ["llmd-dev-monitoring"],
    );
    assert.deepEqual([plain.modelReaderRoleArn, plain.modelWriterRoleArn], [undefined, undefined]);
  });
});
