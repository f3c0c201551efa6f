import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { podTrust } from "../../contracts/iamPolicy";
import {
  Identity,
  type IdentityArgs,
  modelReaderStatements,
  modelWriterStatements,
  monitoringStatements,
} from "../../infra/identity";
import { arnOf, assertNamed, ofType, only, type Registered, registeredBy, settled } from "../support/mockedProgram";
import { onEverything, statement, statementsIn } from "../support/policies";

const COMPONENT = "llmd:infra:Identity";
const ROLE = "aws:iam/role:Role";
const POLICY = "aws:iam/rolePolicy:RolePolicy";

const ACCOUNT = "111122223333";
const CLUSTER_ARN = "arn:aws:eks:us-east-2:111122223333:cluster/llmd-dev";
const STORE = {
  bucketArn: "arn:aws:s3:::llmd-dev-models-0123456",
  keyArn: "arn:aws:kms:us-east-2:111122223333:key/1234abcd",
};
const ARGS: IdentityArgs = { accountId: ACCOUNT, region: "us-east-2", clusterArn: CLUSTER_ARN, modelStore: STORE };

const build = async (args: IdentityArgs) => {
  const made = {} as { identity: Identity };
  const registered = await registeredBy(() => {
    made.identity = new Identity("llmd-dev", args);
  });
  return { ...made, registered };
};

const allowed = (statements: readonly { Action: readonly string[] }[]): string[] =>
  statements.flatMap(({ Action }) => Action).sort();

describe("what pods may do", () => {
  it("lets model servers list and read weights, and no more", () =>
    assert.deepEqual(modelReaderStatements(STORE), [
      { Sid: "ListWeights", Effect: "Allow", Action: ["s3:ListBucket"], Resource: [STORE.bucketArn] },
      { Sid: "ReadWeights", Effect: "Allow", Action: ["s3:GetObject"], Resource: [`${STORE.bucketArn}/*`] },
      { Sid: "DecryptWeights", Effect: "Allow", Action: ["kms:Decrypt"], Resource: [STORE.keyArn] },
    ]));

  it("lets copy Jobs write weights as well, in parts that can be gone on with or given up", () =>
    assert.deepEqual(modelWriterStatements(STORE), [
      { Sid: "ListWeights", Effect: "Allow", Action: ["s3:ListBucket"], Resource: [STORE.bucketArn] },
      { Sid: "FindUploads", Effect: "Allow", Action: ["s3:ListBucketMultipartUploads"], Resource: [STORE.bucketArn] },
      {
        Sid: "WriteWeights",
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
        Resource: [`${STORE.bucketArn}/*`],
      },
      {
        Sid: "EncryptWeights",
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:GenerateDataKey"],
        Resource: [STORE.keyArn],
      },
    ]));

  it("lets nobody delete weights", () => {
    const actions = [...allowed(modelReaderStatements(STORE)), ...allowed(modelWriterStatements(STORE))];
    assert.deepEqual(
      actions.filter(action => /Delete|Put(?!Object$)|\*/.test(action)),
      [],
    );
  });

  it("narrows all that a model role may do down to the store", () =>
    assert.deepEqual(onEverything([...modelReaderStatements(STORE), ...modelWriterStatements(STORE)]), []));

  it("lets exporters read metrics and nodes, in one Region only because AWS narrows neither further", () => {
    const statements = monitoringStatements("us-east-2");
    assert.deepEqual(allowed(statements), [
      "cloudwatch:GetMetricData",
      "cloudwatch:ListMetrics",
      "ec2:DescribeInstances",
    ]);
    assert.deepEqual(onEverything(statements), ["ReadMetrics", "DescribeNodes"]);
    for (const { Condition } of statements)
      assert.deepEqual(Condition, { StringEquals: { "aws:RequestedRegion": "us-east-2" } });
  });

  it("trusts pods of one cluster of one account, with the tags of their sessions", () =>
    assert.deepEqual(podTrust(ACCOUNT, CLUSTER_ARN), {
      Sid: "PodsOfTheCluster",
      Effect: "Allow",
      Principal: { Service: "pods.eks.amazonaws.com" },
      Action: ["sts:AssumeRole", "sts:TagSession"],
      Condition: {
        StringEquals: { "aws:SourceAccount": "111122223333" },
        ArnEquals: { "aws:SourceArn": CLUSTER_ARN },
      },
    }));
});

describe("the roles of pods", () => {
  let registered: Registered[];
  let identity: Identity;

  before(async () => {
    ({ registered, identity } = await build({
      ...ARGS,
      // As the cluster and the model store hand them over.
      clusterArn: pulumi.output(CLUSTER_ARN),
      modelStore: { bucketArn: pulumi.output(STORE.bucketArn), keyArn: pulumi.output(STORE.keyArn) },
    }));
  });

  const roles = [
    { role: "llmd-dev-model-reader", statements: modelReaderStatements(STORE) },
    { role: "llmd-dev-model-writer", statements: modelWriterStatements(STORE) },
    { role: "llmd-dev-monitoring", statements: monitoringStatements("us-east-2") },
  ];

  it("are three", () =>
    assert.deepEqual(
      ofType(registered, ROLE).map(({ name }) => name),
      roles.map(({ role }) => role),
    ));

  for (const { role, statements } of roles) {
    it(`include ${role}, which pods of the cluster take on`, () => {
      const { assumeRolePolicy } = only(registered, ROLE, role).inputs;
      assert.deepEqual(statementsIn(assumeRolePolicy), [podTrust(ACCOUNT, CLUSTER_ARN)]);
    });

    it(`let ${role} do what it is for`, () => {
      const { role: of, policy } = only(registered, POLICY, role).inputs;
      assert.equal(of, role);
      assert.deepEqual(statementsIn(policy), statements);
    });
  }

  it("are handed over by ARN and as they are", async () => {
    const { modelReaderRoleArn, modelWriterRoleArn, monitoringRoleArn, roles: made } = identity;
    assert.ok(modelReaderRoleArn && modelWriterRoleArn && made.modelReader && made.modelWriter);
    const arns = [modelReaderRoleArn, modelWriterRoleArn, monitoringRoleArn];
    assert.deepEqual(
      await Promise.all(arns.map(settled)),
      roles.map(({ role }) => arnOf(role)),
    );
    const names = [made.modelReader.name, made.modelWriter.name, made.monitoring.name];
    assert.deepEqual(
      await Promise.all(names.map(settled)),
      roles.map(({ role }) => role),
    );
  });

  it("name everything after the component, under it and only once", () => {
    assertNamed(registered, "llmd-dev");
    for (const { type, parent } of registered)
      if (type !== COMPONENT) assert.equal(parent, `${COMPONENT}::llmd-dev`, `parent of ${type}`);
  });

  it("leave the model roles out where there is no bucket", async () => {
    const { registered: few, identity: plain } = await build({ ...ARGS, modelStore: undefined });
    assert.deepEqual(
      ofType(few, ROLE).map(({ name }) => name),
      ["llmd-dev-monitoring"],
    );
    assert.deepEqual([plain.modelReaderRoleArn, plain.modelWriterRoleArn], [undefined, undefined]);
    assert.deepEqual(statement(statementsIn(only(few, POLICY).inputs.policy), "ReadMetrics").Resource, ["*"]);
  });
});
