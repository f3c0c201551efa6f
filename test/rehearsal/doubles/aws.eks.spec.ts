import assert from "node:assert/strict";
import type { WireObject } from "../../../rehearsal/doubles/protocol/wire";
import {
  ACCOUNT_ID,
  makeServices,
  type RefusedCreation,
  type Services,
  TestAccount,
  testRefusedCreationsOn,
} from "../../support/aws";

const cluster = ({ subnetA, subnetB, role, key }: Services) => ({
  name: "second",
  version: "1.35",
  roleArn: role.outputs.arn,
  vpcConfig: { subnetIds: [subnetA.id, subnetB.id] },
  enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
  encryptionConfig: { provider: { keyArn: key.outputs.arn }, resources: ["secrets"] },
});
const podIdentity = ({ role }: Services) => ({
  clusterName: "llmd",
  namespace: "models",
  serviceAccount: "reader",
  roleArn: role.outputs.arn,
});
const addon = () => ({ clusterName: "llmd", addonName: "metrics-server", resolveConflictsOnCreate: "OVERWRITE" });
const nobody = `arn:aws:iam::${ACCOUNT_ID}:role/nobody`;
const foreignKey = `arn:aws:kms:us-east-2:${ACCOUNT_ID}:key/0000`;

const REFUSED_CREATIONS: readonly RefusedCreation<Services>[] = [
  {
    refuses: "a version that EKS no longer has",
    type: "cluster",
    good: cluster,
    wrong: () => ({ version: "1.30" }),
    message: "InvalidParameterException: unsupported Kubernetes version 1.30",
  },
  {
    refuses: "a version that EKS does not have yet",
    type: "cluster",
    good: cluster,
    wrong: () => ({ version: "1.37" }),
    message: "InvalidParameterException: unsupported Kubernetes version 1.37",
  },
  {
    refuses: "a log that EKS does not write",
    type: "cluster",
    good: cluster,
    wrong: () => ({ enabledClusterLogTypes: ["api", "controller"] }),
    message:
      'expected enabled_cluster_log_types.1 to be one of ["api" "audit" "authenticator" "controllerManager" "scheduler"], got controller',
  },
  {
    refuses: "a key for secrets that is not there",
    type: "cluster",
    good: cluster,
    wrong: () => ({ encryptionConfig: { provider: { keyArn: foreignKey }, resources: ["secrets"] } }),
    message: `InvalidParameterException: The KeyArn in encryptionConfig provider, ${foreignKey}, is invalid`,
  },
  {
    refuses: "a security group that is not there",
    type: "cluster",
    good: cluster,
    wrong: made => ({ vpcConfig: { ...cluster(made).vpcConfig, securityGroupIds: ["sg-0"] } }),
    message: "InvalidGroup.NotFound: The security group 'sg-0' does not exist",
  },
  {
    refuses: "a pod identity on no cluster",
    type: "podIdentity",
    good: podIdentity,
    wrong: () => ({ clusterName: "elsewhere" }),
    message: "ResourceNotFoundException: No cluster found for name: elsewhere.",
  },
  {
    refuses: "a pod identity of no role",
    type: "podIdentity",
    good: podIdentity,
    wrong: () => ({ roleArn: nobody }),
    message: "InvalidParameterException: Role provided in the request does not exist.",
  },
  {
    refuses: "a pod identity that leads to no role",
    type: "podIdentity",
    good: podIdentity,
    wrong: () => ({ targetRoleArn: nobody }),
    message: "InvalidParameterException: Role provided in the request does not exist.",
  },
  {
    refuses: "an add-on that EKS does not have",
    type: "addon",
    good: addon,
    wrong: () => ({ addonName: "metric-server" }),
    message: "InvalidParameterException: Addon metric-server specified is not supported in 1.36 kubernetes version",
  },
  {
    refuses: "a version of an add-on that EKS does not have",
    type: "addon",
    good: addon,
    wrong: () => ({ addonVersion: "v0.8.1" }),
    message: "InvalidParameterException: Addon version specified is not supported",
  },
  {
    refuses: "to keep what is in the cluster when it makes an add-on",
    type: "addon",
    good: addon,
    wrong: () => ({ resolveConflictsOnCreate: "PRESERVE" }),
    message: 'expected resolve_conflicts_on_create to be one of ["NONE" "OVERWRITE"], got PRESERVE',
  },
  {
    refuses: "an add-on's configuration, of which it knows no schema",
    type: "addon",
    good: addon,
    wrong: () => ({ configurationValues: '{"replicas":3}' }),
    message: "the aws double knows no configuration of add-ons: EKS has a schema for each, which nobody has seen here",
  },
];

describe("the aws double's EKS", () => {
  testRefusedCreationsOn(makeServices, REFUSED_CREATIONS);

  it("refuses a version from the day after its extended support", async () => {
    const aws = new TestAccount();
    const made = await makeServices(aws);
    aws.account.today = () => new Date("2026-11-27");
    await assert.rejects(aws.make("cluster", "late", { ...cluster(made), version: "1.31" }), {
      message: "InvalidParameterException: unsupported Kubernetes version 1.31",
    });
    aws.account.today = () => new Date("2026-11-26");
    const { outputs } = await aws.make("cluster", "in-time", { ...cluster(made), version: "1.31" });
    assert.equal(outputs.version, "1.31");
  });

  it("takes its newest version where none is asked for", async () => {
    const aws = new TestAccount();
    const { outputs } = await aws.make("cluster", "newest", {
      ...cluster(await makeServices(aws)),
      version: undefined,
    });
    assert.equal(outputs.version, "1.36");
  });

  it("gives a service account one role, in each cluster and namespace", async () => {
    const aws = new TestAccount();
    const made = await makeServices(aws);
    const first = await aws.make("podIdentity", "first", podIdentity(made));
    const again = { ...podIdentity(made), roleArn: made.nodeRole.outputs.arn };
    await assert.rejects(aws.make("podIdentity", "again", again), {
      message: `ResourceInUseException: Association already exists: ${first.id}`,
    });
    await aws.update(first, again);
    const second = await aws.make("cluster", "second", cluster(made));
    for (const other of [{ namespace: "other" }, { serviceAccount: "other" }, { clusterName: second.id }])
      await aws.make("podIdentity", `other ${Object.keys(other)}`, { ...again, ...other });
  });

  it("has each add-on once in a cluster, in the version it picks where none is asked for", async () => {
    const aws = new TestAccount();
    await makeServices(aws);
    const { outputs } = await aws.make("addon", "metrics", addon());
    assert.match(
      String(outputs.arn),
      new RegExp(`^arn:aws:eks:us-east-2:${ACCOUNT_ID}:addon/llmd/metrics-server/[0-9a-f-]{36}$`),
    );
    assert.match(String(outputs.addonVersion), /^v0\.8\.1-eksbuild\.\d+$/);
    await assert.rejects(aws.make("addon", "again", addon()), {
      message: "ResourceInUseException: Addon already exists.",
    });
  });

  it("writes the ids and ARNs of pod identities as AWS does", async () => {
    const aws = new TestAccount();
    const { id, outputs } = await aws.make("podIdentity", "reader", podIdentity(await makeServices(aws)));
    assert.match(id, /^a-[0-9a-f]{17}$/);
    assert.deepEqual(
      [outputs.associationId, outputs.associationArn],
      [id, `arn:aws:eks:us-east-2:${ACCOUNT_ID}:podidentityassociation/llmd/${id}`],
    );
  });

  describe("asked for its versions", () => {
    const versions = async (args: WireObject, aws = new TestAccount()) =>
      (await aws.ask("aws:eks/getClusterVersions:getClusterVersions", args)).clusterVersions as WireObject[];
    const names = async (args: WireObject, aws?: TestAccount) =>
      (await versions(args, aws)).map(({ clusterVersion }) => clusterVersion);

    it("lists those it supports, newest first", async () => {
      assert.deepEqual(await names({}), ["1.36", "1.35", "1.34", "1.33", "1.32", "1.31"]);
    });

    it("lists those in standard support", async () => {
      assert.deepEqual(await names({ versionStatus: "STANDARD_SUPPORT" }), ["1.36", "1.35", "1.34"]);
      assert.deepEqual(await names({ versionStatus: "EXTENDED_SUPPORT" }), ["1.33", "1.32", "1.31"]);
      assert.deepEqual(await names({ versionStatus: "UNSUPPORTED" }), []);
    });

    it("lists the ones asked for, and its default", async () => {
      assert.deepEqual(await names({ clusterVersionsOnlies: ["1.35", "1.12"] }), ["1.35"]);
      assert.deepEqual(await names({ defaultOnly: true }), ["1.36"]);
    });

    it("leaves out what went out of support, unless all are asked for", async () => {
      const aws = new TestAccount();
      aws.account.today = () => new Date("2027-12-31");
      assert.deepEqual(await names({}, aws), ["1.36", "1.35"]);
      assert.equal((await names({ includeAll: true }, aws)).length, 6);
    });

    it("tells until when it supports one", async () => {
      assert.deepEqual(await versions({ clusterVersionsOnlies: ["1.34"] }), [
        {
          clusterType: "eks",
          clusterVersion: "1.34",
          defaultVersion: false,
          releaseDate: "2025-10-02",
          endOfStandardSupportDate: "2026-12-02",
          endOfExtendedSupportDate: "2027-12-02",
          versionStatus: "STANDARD_SUPPORT",
        },
      ]);
    });
  });
});
