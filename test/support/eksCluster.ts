/** The eks double's cluster, constructed against a recording engine. */
import assert from "node:assert/strict";
import { eksDouble } from "../../rehearsal/doubles/eks";
import { resourceReference, type WireObject } from "../../rehearsal/doubles/protocol/wire";
import { type MonitorAnswers, type RecordedChild, RecordingMonitor } from "./componentMonitor";

export const ROLE_ARN = "arn:aws:iam::111122223333:role/llmd-cluster";
/** What AWS adds to the cluster. */
const MADE: WireObject = {
  name: "llmd",
  arn: "arn:aws:eks:us-east-2:111122223333:cluster/llmd",
  endpoint: "https://127.0.0.1:1",
  certificateAuthority: { data: "Y2E=" },
  vpcConfig: { vpcId: "vpc-1", clusterSecurityGroupId: "sg-1" },
};
export const CLUSTER = "aws:eks/cluster:Cluster";

/** The cluster as the product declares it, reduced to what the double asks for. */
export const goodCluster = (changes: WireObject = {}): WireObject => ({
  name: "llmd",
  authenticationMode: "API",
  serviceRole: resourceReference("urn:role", "llmd-cluster", "7.48.0"),
  subnetIds: ["subnet-a", "subnet-b"],
  autoMode: { enabled: true, createNodeRole: false, computeConfig: { nodePools: [] } },
  skipDefaultNodeGroup: true,
  createInstanceRole: false,
  corednsAddonOptions: { enabled: false },
  ...changes,
});

/** What the double makes of the inputs; that it refuses before it registers anything is asserted on the way. */
export async function constructCluster(inputs: WireObject, answers: MonitorAnswers = {}, type = "eks:index:Cluster") {
  const monitor = new RecordingMonitor({
    states: { "urn:role": { arn: ROLE_ARN } },
    stateOfChild: (child, given) => (child === CLUSTER ? { ...given, ...MADE } : given),
    ...answers,
  });
  try {
    const request = { type, name: "llmd", inputs, preview: false, monitor: monitor.asMonitor };
    const result = await eksDouble.construct?.(request);
    assert.ok(result);
    return { ...result, monitor, child: (name: string) => named(monitor.children, name) };
  } catch (error) {
    assert.deepEqual([monitor.components, monitor.children], [[], []], "something was registered before the refusal");
    throw error;
  }
}

function named(children: readonly RecordedChild[], name: string): RecordedChild {
  const found = children.find(child => child.name === name);
  assert.ok(found, `no child ${name} among ${children.map(child => child.name)}`);
  return found;
}
