import assert from "node:assert/strict";
import type { WireObject } from "../../../rehearsal/doubles/protocol/wire";
import { identity, TestAccount, TYPES, type TypeName } from "../../support/aws";

describe("the aws double, comparing inputs,", () => {
  const diff = (type: TypeName, before: WireObject, after: WireObject, ...changed: string[]) =>
    new TestAccount().double.diff({
      ...identity(TYPES[type], "one"),
      id: "one",
      oldInputs: before,
      newInputs: after,
      changed,
    });

  const REPLACING: Partial<Record<TypeName, readonly string[]>> = {
    vpc: ["cidrBlock"],
    subnet: ["vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId"],
    natGateway: ["subnetId", "allocationId", "availabilityMode", "connectivityType", "privateIp", "vpcId"],
    routeTable: ["vpcId"],
    route: ["routeTableId", "destinationCidrBlock"],
    routeTableAssociation: ["subnetId"],
    vpcEndpoint: ["vpcId", "serviceName", "vpcEndpointType"],
    role: ["name"],
    rolePolicyAttachment: ["role", "policyArn"],
    record: ["zoneId", "name", "type", "setIdentifier"],
    cluster: ["name", "roleArn"],
    accessEntry: ["clusterName", "principalArn", "type"],
    accessPolicy: ["clusterName", "principalArn", "policyArn"],
    addon: ["clusterName", "addonName"],
    securityGroup: ["name", "description", "vpcId"],
    ingressRule: ["securityGroupId"],
    egressRule: ["securityGroupId"],
    key: ["customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion"],
    alias: ["name"],
    bucket: ["bucket", "bucketPrefix", "bucketNamespace", "objectLockEnabled"],
    bucketVersioning: ["bucket", "expectedBucketOwner"],
    bucketEncryption: ["bucket", "expectedBucketOwner"],
    bucketPublicAccessBlock: ["bucket"],
    bucketOwnershipControls: ["bucket"],
    bucketPolicy: ["bucket"],
    bucketLifecycle: ["bucket", "expectedBucketOwner"],
    policy: ["name", "path", "description"],
    rolePolicy: ["role", "name"],
    oidcProvider: ["url"],
    podIdentity: ["clusterName", "namespace", "serviceAccount"],
    pullThroughCacheRule: ["ecrRepositoryPrefix", "upstreamRegistryUrl", "upstreamRepositoryPrefix"],
    secret: ["name"],
    secretVersion: ["secretId", "secretString", "secretBinary", "secretStringWoVersion"],
    budget: ["name", "accountId"],
  };

  for (const [type, properties] of Object.entries(REPLACING) as [TypeName, string[]][])
    for (const property of properties)
      it(`replaces a ${type} whose ${property} changes`, async () => {
        const { replaces } = await diff(type, { [property]: "a" }, { [property]: "b" }, property);
        assert.deepEqual(replaces, [property]);
      });

  for (const type of Object.keys(TYPES) as TypeName[])
    it(`updates the tags of a ${type} in place`, async () => {
      const { replaces } = await diff(type, { tags: { a: "b" } }, { tags: { a: "c" } }, "tags.a");
      assert.deepEqual(replaces, []);
    });

  it("replaces for one property of several that change", async () => {
    const { replaces } = await diff("vpc", {}, {}, "tags.a", "cidrBlock", "enableDnsSupport");
    assert.deepEqual(replaces, ["cidrBlock"]);
  });

  it("updates a cluster's subnets in place", async () => {
    const { replaces } = await diff("cluster", {}, {}, "vpcConfig.subnetIds[1]");
    assert.deepEqual(replaces, []);
  });

  it("updates a key's alias, a role's policy and a rule's ports in place", async () => {
    const updates = [
      await diff("alias", {}, {}, "targetKeyId"),
      await diff("rolePolicy", {}, {}, "policy"),
      await diff("ingressRule", {}, {}, "fromPort", "toPort"),
    ];
    assert.deepEqual(
      updates.map(({ replaces }) => replaces),
      [[], [], []],
    );
  });

  it("deletes a cluster first when its replacement has the same name", async () => {
    const before = { name: "llmd", roleArn: "a" };
    const result = await diff("cluster", before, { name: "llmd", roleArn: "b" }, "roleArn");
    assert.deepEqual(result, { replaces: ["roleArn"], deleteBeforeReplace: true });
  });

  it("makes the replacement first when its name is new or there is none", async () => {
    const renamed = await diff("cluster", { name: "llmd" }, { name: "other" }, "name");
    const unnamed = await diff("vpc", { cidrBlock: "a" }, { cidrBlock: "b" }, "cidrBlock");
    assert.deepEqual([renamed.deleteBeforeReplace, unnamed.deleteBeforeReplace], [false, false]);
  });
});
