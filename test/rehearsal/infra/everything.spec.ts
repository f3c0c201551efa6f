import assert from "node:assert/strict";
import type { KubernetesObject } from "../../../rehearsal/kubernetesApi";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import type { EngineUnderTest } from "../../support/engine";
import { everything } from "../../support/everything";

const SUBNET = /^subnet-[0-9a-f]{17}$/;
const TAGS = { owner: "ml-platform", stack: "llmd-everything", component: "llmd-infra" };
/** Of empty nodes one goes at a time, of drifted ones too, and those in one night a week only. */
const ONE_BY_ONE = [
  { nodes: "1", reasons: ["Empty"] },
  { nodes: "1", reasons: ["Drifted"] },
  { nodes: "0", reasons: ["Drifted"], schedule: "0 5 * * 0", duration: "164h" },
];

describe("a private stack with every service, every capacity kind and every field of a pool", () => {
  let engine: EngineUnderTest;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await everything();
  });

  const made = (type: string) => engine.account.everything().filter(resource => resource.type === type);
  const count = (types: readonly string[]) => Object.fromEntries(types.map(type => [type, made(type).length]));
  const specOf = async (path: string): Promise<Record<string, unknown>> => {
    const object = (await engine.api.call("GET", path)) as unknown as KubernetesObject;
    return object.spec as Record<string, unknown>;
  };
  const nodeClass = (name: string) => specOf(`/apis/eks.amazonaws.com/v1/nodeclasses/${name}`);
  const nodePool = (name: string) => specOf(`/apis/karpenter.sh/v1/nodepools/${name}`);

  it("is found as it was left by a refresh", async () => {
    const { exitCode, output } = await engine.refresh("infra", "--expect-no-changes");
    assert.equal(exitCode, 0, output);
  });

  it("has one way to the internet, and every service that nodes call inside its VPC", () => {
    assert.deepEqual(
      count([
        "aws:ec2/natGateway:NatGateway",
        "aws:ec2/internetGateway:InternetGateway",
        "aws:ec2/eip:Eip",
        "aws:ec2/route:Route",
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        // Two of the network's own zones and two public ones, one that only a pool names.
        "aws:ec2/subnet:Subnet",
      ]),
      {
        "aws:ec2/natGateway:NatGateway": 1,
        "aws:ec2/internetGateway:InternetGateway": 1,
        "aws:ec2/eip:Eip": 1,
        "aws:ec2/route:Route": 2,
        "aws:ec2/vpcEndpoint:VpcEndpoint": 9,
        "aws:ec2/subnet:Subnet": 5,
      },
    );
    const [cluster] = made("aws:eks/cluster:Cluster");
    assert.deepEqual(
      { ...(cluster?.inputs.vpcConfig as object), subnetIds: undefined },
      { endpointPublicAccess: false, endpointPrivateAccess: true, subnetIds: undefined },
    );
  });

  it("lets in the other administrators, the deploy role and the nodes of each pool, but not its deployer twice", () => {
    const principals = made("aws:eks/accessEntry:AccessEntry").map(({ inputs: { principalArn, type } }) =>
      `${type} ${principalArn}`.replace("arn:aws:iam::111122223333:", "").replace(/-[0-9a-f]{7}$/, ""),
    );
    assert.deepEqual(principals.sort(), [
      "EC2 role/llmd-everything-gpu-block-node",
      "EC2 role/llmd-everything-gpu-labelled-node",
      "EC2 role/llmd-everything-gpu-small-node",
      "EC2 role/llmd-everything-gpu-spot-node",
      "EC2 role/llmd-everything-gpu-static-node",
      "EC2 role/llmd-everything-system-node",
      "STANDARD role/llmd-everything-deploy",
      "STANDARD role/platform-admin",
      "STANDARD user/on-call",
    ]);
  });

  it("copies the images of five registries, two of them with a login", () =>
    assert.deepEqual(
      made("aws:ecr/pullThroughCacheRule:PullThroughCacheRule")
        .map(({ id, inputs }) => `${id} ${String(inputs.credentialArn ?? "").split("/")[1] ?? "open"}`)
        .sort(),
      [
        "llmd-everything/docker-hub docker-hub-AbCdEf",
        "llmd-everything/ecr-public open",
        "llmd-everything/ghcr github-GhIjKl",
        "llmd-everything/k8s open",
        "llmd-everything/quay open",
      ],
    ));

  it("has the NodePools taken whole by the API server: ceilings, kinds of capacity, lifetimes, labels", async () => {
    const pools = [
      { name: "system", limits: { cpu: "72", memory: "288Gi" }, kind: "on-demand", expireAfter: "336h" },
      { name: "gpu-block", limits: { "nvidia.com/gpu": "8" }, kind: "reserved" },
      { name: "gpu-spot", limits: { "nvidia.com/gpu": "8" }, kind: "spot" },
      { name: "gpu-static", limits: { nodes: "3" }, replicas: 2, kind: "reserved" },
      { name: "gpu-small", limits: { "nvidia.com/gpu": "8" }, kind: "on-demand", consolidateAfter: "10m" },
      {
        name: "gpu-labelled",
        limits: { "nvidia.com/gpu": "8" },
        kind: "reserved",
        expireAfter: "240h",
        weight: 10,
        labels: { team: "research", "example.com/tier": "batch" },
      },
    ];
    for (const { name, limits, kind, replicas, weight, labels, expireAfter = "480h", consolidateAfter } of pools) {
      const spec = await nodePool(name);
      assert.deepEqual(spec.limits, limits, name);
      assert.deepEqual([spec.replicas, spec.weight], [replicas, weight], name);
      const isSystem = name === "system";
      assert.deepEqual(
        spec.disruption,
        {
          consolidationPolicy: isSystem ? "WhenEmptyOrUnderutilized" : "WhenEmpty",
          consolidateAfter: isSystem ? "5m" : (consolidateAfter ?? "30m"),
          budgets: isSystem ? [{ nodes: "1" }] : ONE_BY_ONE,
        },
        name,
      );
      const template = spec.template as { metadata?: { labels?: object }; spec: Record<string, unknown> };
      assert.deepEqual(template.metadata?.labels ?? {}, labels ?? {}, name);
      assert.equal(template.spec.expireAfter, expireAfter, name);
      const requirements = template.spec.requirements as { key: string; values: string[] }[];
      const capacityType = requirements.find(({ key }) => key === "karpenter.sh/capacity-type");
      assert.deepEqual(capacityType?.values, [kind], name);
    }
  });

  it("has the NodeClasses taken whole by the API server: reservations, placement, storage, EFA", async () => {
    const classes = [
      { name: "system", zones: 2 },
      { name: "gpu-block", zones: 1, groups: 2, reservations: [{ id: "cr-0123456789abcdef0" }] },
      { name: "gpu-spot", zones: 2, size: "200Gi" },
      {
        name: "gpu-static",
        zones: 1,
        groups: 2,
        reservations: [{ tags: { team: "ml-platform", purpose: "serving" } }],
        // One for addresses, and one for EFA on each of the 32 cards.
        interfaces: 33,
      },
      { name: "gpu-small", zones: 2 },
      {
        name: "gpu-labelled",
        zones: 1,
        // A list's order means nothing: the stack file has them the other way round.
        reservations: [{ id: "cr-00000000000000001" }, { id: "cr-0fedcba9876543210" }],
        placement: { name: "research" },
      },
    ];
    for (const { name, zones, groups = 1, size = "80Gi", reservations, placement, interfaces } of classes) {
      const spec = await nodeClass(name);
      const subnets = spec.subnetSelectorTerms as { id: string }[];
      assert.equal(new Set(subnets.map(({ id }) => id)).size, zones, name);
      for (const { id } of subnets) assert.match(id, SUBNET);
      assert.equal((spec.securityGroupSelectorTerms as object[]).length, groups, name);
      assert.deepEqual(spec.ephemeralStorage, { size }, name);
      assert.deepEqual(spec.capacityReservationSelectorTerms, reservations, name);
      assert.deepEqual(spec.placementGroupSelector, placement, name);
      const networking = spec.advancedNetworking as { networkInterfaces: object[] } | undefined;
      assert.equal(networking?.networkInterfaces.length, interfaces, name);
      assert.deepEqual(spec.tags, TAGS, name);
    }
  });

  it("is left as it is by a second update, which says again why the deployer has no entry", async () => {
    const before = engine.state("infra").length;
    const infra = engine.project("infra");
    const { exitCode, output } = await engine.up(infra, "--skip-preview", "--expect-no-changes");
    assert.equal(exitCode, 0, output);
    assert.match(
      output,
      /role\/rehearsal-deployer administers the cluster by an entry that this stack did not make: it gets no second one\./,
    );
    assert.equal(engine.state("infra").length, before);
  });

  it("is left as it is by an update of another administrator, who keeps the entry and makes none for the first", async () => {
    const { account } = engine.environment;
    account.caller = "arn:aws:sts::111122223333:assumed-role/platform-admin/alice";
    try {
      const infra = engine.project("infra");
      const { exitCode, output } = await engine.up(infra, "--skip-preview", "--expect-no-changes");
      assert.equal(exitCode, 0, output);
    } finally {
      account.caller = undefined;
    }
  });
});
