import assert from "node:assert/strict";
import { makeNetwork, makeServices, TestAccount } from "../../../../support/aws";
import { secondCluster } from "./eks.cases";

describe("the aws double's EKS", () => {
  for (const [region, zone, forbidden] of [
    ["us-east-1", "c", "use1-az3"],
    ["us-west-1", "b", "usw1-az2"],
    ["ca-central-1", "c", "cac1-az3"],
  ] as const)
    it(`rejects a control plane in ${forbidden}, and takes the zone beside it`, async () => {
      const aws = new TestAccount(region);
      const role = await aws.make("role", "role", { name: "llmd-cluster" });
      const { subnetA, subnetB, vpc } = await makeNetwork(aws, ["a", zone]);
      const availabilityZone = `${region}d`;
      const allowed = await aws.make("subnet", "d", { vpcId: vpc.id, cidrBlock: "10.0.32.0/20", availabilityZone });
      const clusterIn = (...subnetIds: string[]) =>
        aws.make("cluster", "cluster", { name: "llmd", roleArn: role.outputs.arn, vpcConfig: { subnetIds } });

      await assert.rejects(clusterIn(subnetA.id, subnetB.id), {
        message:
          `UnsupportedAvailabilityZoneException: Cannot create cluster 'llmd' because ${forbidden}, the targeted ` +
          "Availability Zone, does not currently have sufficient capacity to support the cluster.",
      });
      await clusterIn(subnetA.id, allowed.id);
    });

  async function withCluster(changes: Record<string, unknown> = {}) {
    const aws = new TestAccount();
    const made = await makeServices(aws);
    const inputs = secondCluster(made);
    const before = aws.contents();
    return { aws, made, inputs, before, cluster: await aws.make("cluster", "second", { ...inputs, ...changes }) };
  }

  it("keeps a cluster with deletion protection until it is switched off", async () => {
    const { aws, inputs, before, cluster } = await withCluster({ deletionProtection: true });
    await assert.rejects(aws.remove(cluster), {
      message:
        "InvalidRequestException: Cannot delete cluster because deletion protection is enabled. Disable it first.",
    });
    await aws.update(cluster, { ...inputs, deletionProtection: false });
    await aws.remove(cluster);
    assert.deepEqual(aws.contents(), before);
  });

  it("upgrades a cluster by one minor version, skips none and takes none back", async () => {
    const { aws, inputs, cluster } = await withCluster({ version: "1.34" });
    const refusal = (from: string, to: string) => ({
      message: `InvalidParameterException: Unsupported Kubernetes minor version update from ${from} to ${to}`,
    });
    await assert.rejects(aws.update(cluster, { ...inputs, version: "1.36" }), refusal("1.34", "1.36"));
    await aws.update(cluster, { ...inputs, version: "1.34" });
    const outputs = await aws.update(cluster, { ...inputs, version: "1.35" });
    assert.equal(outputs.version, "1.35");
    await assert.rejects(aws.update(cluster, { ...inputs, version: "1.34" }), refusal("1.35", "1.34"));
  });

  it("rejects an update as it rejects a creation, and keeps the old state", async () => {
    const { aws, made, inputs, cluster } = await withCluster();
    const vpcConfig = { subnetIds: [made.subnetA.id, "subnet-0"] };
    await assert.rejects(aws.update(cluster, { ...inputs, vpcConfig }), {
      message: "InvalidSubnetID.NotFound: The subnet ID 'subnet-0' does not exist",
    });
    assert.deepEqual(await aws.read(cluster), cluster.outputs);
  });

  it("rejects a version from the day after its extended support", async () => {
    const aws = new TestAccount();
    const inputs = { ...secondCluster(await makeServices(aws)), version: "1.31" };
    aws.account.today = () => new Date("2026-11-27");
    await assert.rejects(aws.make("cluster", "late", inputs), {
      message: "InvalidParameterException: unsupported Kubernetes version 1.31",
    });
    aws.account.today = () => new Date("2026-11-26");
    assert.equal((await aws.make("cluster", "in-time", inputs)).outputs.version, "1.31");
  });

  it("takes its newest version where none is given", async () =>
    assert.equal((await withCluster({ version: undefined })).cluster.outputs.version, "1.36"));

  it("finds a principal's entry among several, and takes one on each of two clusters", async () => {
    const { aws, made, cluster } = await withCluster();
    const principalArn = made.nodeRole.outputs.arn;
    await aws.make("accessEntry", "other", { clusterName: "llmd", principalArn: made.role.outputs.arn });
    const policyArn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy";
    await aws.make("accessPolicy", "nodes", { clusterName: "llmd", principalArn, policyArn });
    const { outputs } = await aws.make("accessEntry", "second", { clusterName: cluster.id, principalArn });
    assert.match(
      String(outputs.accessEntryArn),
      /^arn:aws:eks:us-east-2:111122223333:access-entry\/second\/[0-9a-f]{17}$/,
    );
  });

  it("gives a service account another role in each cluster and namespace, and in an update", async () => {
    const { aws, made, cluster } = await withCluster();
    const [namespace, serviceAccount, roleArn] = ["models", "reader", made.role.outputs.arn];
    const inputs = { clusterName: "llmd", namespace, serviceAccount, roleArn };
    const first = await aws.make("podIdentity", "first", inputs);
    await aws.update(first, { ...inputs, roleArn: made.nodeRole.outputs.arn });
    for (const other of [{ namespace: "other" }, { serviceAccount: "other" }, { clusterName: cluster.id }])
      await aws.make("podIdentity", `other ${Object.keys(other)}`, { ...inputs, ...other });
  });

  it("picks the version of an add-on where none is given", async () => {
    const { aws } = await withCluster();
    const { outputs } = await aws.make("addon", "metrics", { clusterName: "llmd", addonName: "metrics-server" });
    assert.match(String(outputs.addonVersion), /^v0\.8\.1-eksbuild\.\d+$/);
    assert.match(
      String(outputs.arn),
      /^arn:aws:eks:us-east-2:111122223333:addon\/llmd\/metrics-server\/[0-9a-f-]{36}$/,
    );
  });
});
