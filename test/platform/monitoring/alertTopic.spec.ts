import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { podTrust } from "../../../contracts/iamPolicy";
import { AlertTopic } from "../../../platform/monitoring/alertTopic";
import { arnOf, only, type Registered, registeredBy } from "../../support/mockedProgram";

const COMPONENT = "llmd:platform:AlertTopic";
const ROLE = "aws:iam/role:Role";
const POLICY = "aws:iam/rolePolicy:RolePolicy";
const ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation";

const ACCOUNT = "111122223333";
const CLUSTER_ARN = `arn:aws:eks:us-east-2:${ACCOUNT}:cluster/llmd-dev`;
const TOPIC = `arn:aws:sns:us-east-2:${ACCOUNT}:llm-alerts`;
const NAME = "llmd-dev-alerts";

describe("the permission to publish alerts", () => {
  let registered: Registered[];

  before(async () => {
    registered = await registeredBy(() => {
      const provider = new aws.Provider("aws", { region: "us-east-2" });
      new AlertTopic(
        NAME,
        {
          accountId: ACCOUNT,
          clusterName: "llmd-dev",
          clusterArn: CLUSTER_ARN,
          topicArn: TOPIC,
          serviceAccount: "alertmanager",
          namespace: "llm-d-monitoring",
        },
        { provider },
      );
    });
  });

  const documentIn = (type: string, field: string): unknown =>
    JSON.parse(String(only(registered, type, NAME).inputs[field]));

  it("is for one topic, and for nothing but publishing", () =>
    assert.deepEqual(documentIn(POLICY, "policy"), {
      Version: "2012-10-17",
      Statement: [{ Sid: "TellOfAlerts", Effect: "Allow", Action: ["sns:Publish"], Resource: [TOPIC] }],
    }));

  it("is for pods of one cluster", () =>
    assert.deepEqual(documentIn(ROLE, "assumeRolePolicy"), {
      Version: "2012-10-17",
      Statement: [podTrust(ACCOUNT, CLUSTER_ARN)],
    }));

  it("is for Alertmanager only, after its policy", () => {
    const { inputs, dependencies } = only(registered, ASSOCIATION, NAME);
    assert.deepEqual(inputs, {
      clusterName: "llmd-dev",
      namespace: "llm-d-monitoring",
      serviceAccount: "alertmanager",
      roleArn: arnOf(NAME),
    });
    assert.ok(dependencies.includes(`${POLICY}::${NAME}`));
  });

  it("is a part of its component", () => {
    for (const type of [ROLE, POLICY, ASSOCIATION])
      assert.equal(only(registered, type, NAME).parent, `${COMPONENT}::${NAME}`);
  });
});
