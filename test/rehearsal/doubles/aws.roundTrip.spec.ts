import assert from "node:assert/strict";
import { UNKNOWN, type WireObject } from "../../../rehearsal/doubles/protocol/wire";
import { makeServices, policyOf, type Services, TestAccount, TYPES, type TypeName } from "../../support/aws";

interface RoundTrip {
  readonly inputs: (made: Services) => WireObject;
  /** A change that needs no new resource. */
  readonly change: WireObject;
  /** Outputs that only AWS knows. */
  readonly unknown: readonly string[];
}

const policy = policyOf({ Action: "s3:ListBucket", Resource: "arn:aws:s3:::llmd-models" });
const bucketPolicy = (principal: string) =>
  policyOf({ Principal: principal, Action: "s3:ListBucket", Resource: "arn:aws:s3:::llmd-models" });
const inBucket =
  (settings: WireObject) =>
  ({ bucket: { id } }: Services) => ({ bucket: id, ...settings });
const rule = ({ securityGroup: { id } }: Services) => ({
  securityGroupId: id,
  cidrIpv4: "10.9.0.0/16",
  ipProtocol: "tcp",
  fromPort: 443,
  toPort: 443,
});

const ROUND_TRIPS: Partial<Record<TypeName, RoundTrip>> = {
  securityGroup: {
    inputs: ({ vpc }) => ({ vpcId: vpc.id, description: "Endpoints" }),
    change: { tags: { Name: "endpoints" } },
    unknown: ["arn", "ownerId", "name"],
  },
  ingressRule: { inputs: rule, change: { fromPort: 80, toPort: 80 }, unknown: ["arn", "securityGroupRuleId"] },
  egressRule: { inputs: rule, change: { cidrIpv4: "10.0.0.0/8" }, unknown: ["arn", "securityGroupRuleId"] },
  natGateway: {
    inputs: ({ vpc }) => ({ vpcId: vpc.id, availabilityMode: "regional" }),
    change: { tags: { Name: "nat" } },
    unknown: [
      "routeTableId",
      "autoProvisionZones",
      "autoScalingIps",
      "regionalNatGatewayAutoMode",
      "regionalNatGatewayAddresses",
    ],
  },
  vpcEndpoint: {
    inputs: ({ dnsVpc, dnsSubnetA, securityGroup }) => ({
      vpcId: dnsVpc.id,
      serviceName: "com.amazonaws.us-east-2.eks-auth",
      vpcEndpointType: "Interface",
      subnetIds: [dnsSubnetA.id],
      securityGroupIds: [securityGroup.id],
      privateDnsEnabled: true,
    }),
    change: { privateDnsEnabled: false },
    unknown: ["arn", "ownerId", "state", "networkInterfaceIds", "dnsEntries"],
  },
  key: { inputs: () => ({ enableKeyRotation: true }), change: { description: "Secrets" }, unknown: ["arn", "keyId"] },
  alias: {
    inputs: ({ key }) => ({ name: "alias/llmd", targetKeyId: key.id }),
    change: {},
    unknown: ["arn", "targetKeyArn"],
  },
  bucket: {
    inputs: () => ({ bucket: "llmd-more-models" }),
    change: { forceDestroy: true },
    unknown: ["arn", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName"],
  },
  bucketVersioning: {
    inputs: inBucket({ versioningConfiguration: { status: "Enabled" } }),
    change: { versioningConfiguration: { status: "Suspended" } },
    unknown: [],
  },
  bucketEncryption: {
    inputs: inBucket({ rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] }),
    change: { rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" } }] },
    unknown: [],
  },
  bucketPublicAccessBlock: {
    inputs: inBucket({ blockPublicAcls: true, blockPublicPolicy: true }),
    change: { restrictPublicBuckets: true },
    unknown: [],
  },
  bucketOwnershipControls: {
    inputs: inBucket({ rule: { objectOwnership: "BucketOwnerEnforced" } }),
    change: { rule: { objectOwnership: "BucketOwnerPreferred" } },
    unknown: [],
  },
  bucketPolicy: {
    inputs: inBucket({ policy: bucketPolicy("*") }),
    change: { policy: bucketPolicy("111122223333") },
    unknown: [],
  },
  bucketLifecycle: {
    inputs: inBucket({ rules: [{ id: "old", status: "Enabled", noncurrentVersionExpiration: { noncurrentDays: 7 } }] }),
    change: { rules: [{ id: "old", status: "Disabled", expiration: { days: 7 } }] },
    unknown: [],
  },
  policy: {
    inputs: () => ({ name: "read", policy }),
    change: { policy: policyOf({ Action: "s3:*", Resource: "*" }) },
    unknown: ["arn", "policyId"],
  },
  rolePolicy: {
    inputs: ({ role }) => ({ role: role.id, policy }),
    change: { policy: policyOf({ Action: "s3:*", Resource: "*" }) },
    unknown: ["name"],
  },
  oidcProvider: {
    inputs: () => ({ url: "https://token.actions.githubusercontent.com", clientIdLists: ["sts.amazonaws.com"] }),
    change: { clientIdLists: ["sts.amazonaws.com", "other"] },
    unknown: ["arn", "thumbprintLists"],
  },
  podIdentity: {
    inputs: ({ role }) => ({
      clusterName: "llmd",
      namespace: "models",
      serviceAccount: "reader",
      roleArn: role.outputs.arn,
    }),
    change: { disableSessionTags: true },
    unknown: ["associationId", "associationArn"],
  },
  pullThroughCacheRule: {
    inputs: ({ cacheSecret }) => ({
      ecrRepositoryPrefix: "github",
      upstreamRegistryUrl: "ghcr.io",
      credentialArn: cacheSecret.outputs.arn,
    }),
    change: {},
    unknown: ["registryId"],
  },
  secret: { inputs: () => ({}), change: { description: "Token" }, unknown: ["arn", "name"] },
  secretVersion: {
    inputs: ({ secret }) => ({ secretId: secret.id, secretString: "hunter2" }),
    change: {},
    unknown: ["arn", "secretArn", "versionId", "versionStages"],
  },
  budget: {
    inputs: () => ({ name: "llmd", budgetType: "COST", timeUnit: "MONTHLY", limitAmount: "1000", limitUnit: "USD" }),
    change: { limitAmount: "2000" },
    unknown: ["accountId", "arn"],
  },
};

/** What every taggable resource has; it is known in a preview. */
const withoutTags = ({ tagsAll: _, ...outputs }: WireObject): WireObject => outputs;
const unknowns = (keys: readonly string[]) => Object.fromEntries(keys.map(key => [key, UNKNOWN]));

describe("the aws double, from a preview to a deletion,", () => {
  for (const [type, { inputs: inputsOf, change, unknown }] of Object.entries(ROUND_TRIPS) as [TypeName, RoundTrip][])
    it(`keeps a ${type} as it was made and changed`, async () => {
      const aws = new TestAccount();
      const services = await makeServices(aws);
      const [inputs, before] = [inputsOf(services), aws.contents()];

      const previewed = await aws.preview(type, "one", inputs);
      assert.deepEqual(withoutTags(previewed), { ...inputs, ...unknowns(unknown) });
      assert.deepEqual(aws.contents(), before);

      const made = await aws.make(type, "one", inputs);
      assert.deepEqual(aws.contents(), [...before, `${TYPES[type]} ${made.id}`]);
      assert.deepEqual(await aws.read(made), made.outputs);
      assert.deepEqual(Object.keys(made.outputs).sort(), Object.keys(previewed).sort());
      for (const key of unknown) assert.ok(made.outputs[key], `AWS gives no ${key}`);

      const changed = { ...inputs, ...change };
      const foreseen = await aws.update(made, changed, true);
      const updated = await aws.update(made, changed);
      assert.deepEqual(updated, foreseen);
      assert.deepEqual(withoutTags(updated), { ...withoutTags(made.outputs), ...change });
      assert.deepEqual(await aws.read(made), updated);

      await aws.remove(made);
      assert.equal(await aws.read(made), undefined);
      assert.deepEqual(aws.contents(), before);
    });
});
