import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { GpuPool, type GpuPoolArgs, nodePoolSpec } from "../../infra/gpuPool";
import { Network } from "../../infra/network";
import type { GpuPoolSettings } from "../../infra/settings/gpuPools";
import { readPool } from "../support/infraSettings";
import { assertNamed, idOf, only, type Registered, registeredBy } from "../support/mockedProgram";
import { goodNetwork } from "../support/network";

const COMPONENT = "llmd:infra:GpuPool";
const SUBNET = "aws:ec2/subnet:Subnet";
const ROUTE = "aws:ec2/route:Route";
const ROUTES = "aws:ec2/routeTableAssociation:RouteTableAssociation";
const ROLE = "aws:iam/role:Role";
const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
const ACCESS = "aws:eks/accessEntry:AccessEntry";
const ACCESS_POLICY = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation";
const NODE_CLASS = "kubernetes:eks.amazonaws.com/v1:NodeClass";
const NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool";

const TAGS = { owner: "ml-platform", stack: "llmd-dev" };
const CACHE_POLICY = "arn:aws:iam::111122223333:policy/llmd-dev-pull";
const RESERVATIONS = ["cr-0123456789abcdef0", "cr-01234567"];
const BLOCK: GpuPoolSettings["capacity"] = {
  kind: "capacityBlock",
  reservationId: "cr-0123456789abcdef0",
  endsAt: "2026-12-20T11:30:00Z",
  usdPerHour: 43.3,
};

type Place = Pick<GpuPoolArgs, "efaSecurityGroupId" | "policyArns" | "subnetIds">;

const argsOf = (fields: Partial<GpuPoolSettings> = {}, place: Partial<Place> = {}): GpuPoolArgs => ({
  ...readPool(fields),
  clusterName: "llmd-dev",
  securityGroupId: "sg-0123456789abcdef0",
  subnetIds: ["subnet-0123456789abcdef0"],
  nodeTags: TAGS,
  kubernetes: new k8s.Provider("cluster", { kubeconfig: "{}" }),
  ...place,
});

const build = async (fields: Partial<GpuPoolSettings> = {}, place: Partial<Place> = {}) => {
  const all = await registeredBy(() => {
    new GpuPool("llmd-dev-gpu-p5", argsOf(fields, place));
  });
  return all.filter(({ type }) => !type.startsWith("pulumi:providers:"));
};

const specOf = (registered: readonly Registered[]) =>
  only(registered, NODE_CLASS).inputs.spec as Record<string, unknown>;

const UNTIL_READY = { "pulumi.com/waitFor": "condition=Ready" };

const BASE = {
  role: "llmd-dev-gpu-p5-node",
  subnetSelectorTerms: [{ id: "subnet-0123456789abcdef0" }],
  securityGroupSelectorTerms: [{ id: "sg-0123456789abcdef0" }],
  ephemeralStorage: { size: "80Gi" },
  networkPolicy: "DefaultAllow",
  tags: TAGS,
};

const WITH_EFA_GROUP = {
  securityGroupSelectorTerms: [{ id: "sg-0123456789abcdef0" }, { id: "sg-efa" }],
};

describe("a GPU pool's resources", () => {
  let registered: Registered[];

  before(async () => {
    registered = await build();
  });

  it("start nodes in the pool's own subnets only, with its role, the cluster's security group and the stack's tags", () =>
    assert.deepEqual(only(registered, NODE_CLASS).inputs, {
      apiVersion: "eks.amazonaws.com/v1",
      kind: "NodeClass",
      metadata: { name: "gpu-p5", annotations: UNTIL_READY },
      spec: BASE,
    }));

  const classes: readonly {
    what: string;
    fields?: Partial<GpuPoolSettings>;
    place?: Partial<Place>;
    differs: object;
  }[] = [
    {
      what: "name every subnet of several zones",
      place: { subnetIds: ["subnet-1", "subnet-2"] },
      differs: { subnetSelectorTerms: [{ id: "subnet-1" }, { id: "subnet-2" }] },
    },
    {
      what: "let nodes with EFA talk over it by its security group, and get interfaces as pods ask for them",
      fields: { efa: true },
      place: { efaSecurityGroupId: "sg-efa" },
      differs: WITH_EFA_GROUP,
    },
    {
      what: "keep nodes without EFA out of its security group",
      place: { efaSecurityGroupId: "sg-efa" },
      differs: {},
    },
    {
      what: "give static nodes without EFA no interfaces of their own",
      fields: { staticNodes: 1 },
      place: { efaSecurityGroupId: "sg-efa" },
      differs: {},
    },
    {
      what: "prefer reservations by their ids, whose order means nothing",
      fields: { capacity: { kind: "reserved", reservationIds: RESERVATIONS } },
      differs: { capacityReservationSelectorTerms: [...RESERVATIONS].sort().map(id => ({ id })) },
    },
    {
      what: "prefer reservations by their tags, all of which one must carry",
      fields: { capacity: { kind: "reserved", reservationTags: { team: "llm", use: "serving" } } },
      differs: { capacityReservationSelectorTerms: [{ tags: { team: "llm", use: "serving" } }] },
    },
    {
      what: "take nodes of a Capacity Block by its id",
      fields: { capacity: BLOCK },
      differs: { capacityReservationSelectorTerms: [{ id: "cr-0123456789abcdef0" }] },
    },
    {
      what: "name no reservation for spot nodes, which would end the implicit use of open ones",
      fields: { capacity: { kind: "spot" } },
      differs: {},
    },
    {
      what: "put nodes into a placement group by its name",
      fields: { placementGroup: "llm" },
      differs: { placementGroupSelector: { name: "llm" } },
    },
    {
      what: "give nodes the configured volume",
      fields: { storageGiB: 500 },
      differs: { ephemeralStorage: { size: "500Gi" } },
    },
  ];
  for (const { what, fields = {}, place = {}, differs } of classes)
    it(what, async () => assert.deepEqual(specOf(await build(fields, place)), { ...BASE, ...differs }));

  it("give static nodes with EFA every interface of their type at the start", async () => {
    const spec = specOf(
      await build(
        { instanceType: "p5e.48xlarge", capacity: { kind: "spot" }, efa: true, staticNodes: 1 },
        { efaSecurityGroupId: "sg-efa" },
      ),
    );
    const { advancedNetworking, ...rest } = spec;
    assert.deepEqual(rest, { ...BASE, ...WITH_EFA_GROUP });
    const { networkInterfaces } = advancedNetworking as { networkInterfaces: { interfaceType: string }[] };
    assert.equal(networkInterfaces.length, 33);
    assert.equal(networkInterfaces.filter(({ interfaceType }) => interfaceType === "efa-only").length, 32);
  });

  const annotated: readonly { what: string; capacity: GpuPoolSettings["capacity"]; annotations: object }[] = [
    { what: "on-demand nodes", capacity: { kind: "onDemand" }, annotations: { "llmd/capacity-kind": "onDemand" } },
    {
      what: "spot nodes with an expected price",
      capacity: { kind: "spot", usdPerHour: 20.5 },
      annotations: { "llmd/capacity-kind": "spot", "llmd/expected-usd-per-hour": "20.5" },
    },
    {
      what: "reservations by id",
      capacity: { kind: "reserved", reservationIds: RESERVATIONS },
      annotations: { "llmd/capacity-kind": "reserved", "llmd/names-reservations": "true" },
    },
    {
      what: "reservations by tags",
      capacity: { kind: "reserved", reservationTags: { team: "llm" }, usdPerHour: 50 },
      annotations: {
        "llmd/capacity-kind": "reserved",
        "llmd/expected-usd-per-hour": "50",
        "llmd/names-reservations": "true",
      },
    },
    {
      what: "a Capacity Block",
      capacity: BLOCK,
      annotations: {
        "llmd/capacity-kind": "capacityBlock",
        "llmd/expected-usd-per-hour": "43.3",
        "llmd/names-reservations": "true",
      },
    },
  ];
  for (const { what, capacity, annotations } of annotated)
    it(`write on the NodePool what policies have to know of ${what}`, async () =>
      assert.deepEqual(only(await build({ capacity }), NODE_POOL).inputs.metadata, {
        name: "gpu-p5",
        annotations: { ...UNTIL_READY, ...annotations },
      }));

  it("make the NodeClass when its role may do all that nodes need", async () => {
    const { dependencies } = only(await build({}, { policyArns: [CACHE_POLICY] }), NODE_CLASS);
    assert.deepEqual(dependencies, [
      `${ACCESS_POLICY}::llmd-dev-gpu-p5-node`,
      `${ROLE}::llmd-dev-gpu-p5-node`,
      `${ATTACHMENT}::llmd-dev-gpu-p5-node-AmazonEC2ContainerRegistryPullOnly`,
      `${ATTACHMENT}::llmd-dev-gpu-p5-node-AmazonEKSWorkerNodeMinimalPolicy`,
      `${ATTACHMENT}::llmd-dev-gpu-p5-node-further-0`,
    ]);
    assert.ok(only(registered, ACCESS_POLICY).dependencies.includes(`${ACCESS}::llmd-dev-gpu-p5-node`));
  });

  it("make the NodePool after the NodeClass it refers to", () => {
    const { inputs, dependencies } = only(registered, NODE_POOL);
    assert.deepEqual(inputs.spec, nodePoolSpec(readPool(), "gpu-p5"));
    assert.deepEqual([inputs.apiVersion, inputs.kind], ["karpenter.sh/v1", "NodePool"]);
    assert.deepEqual(dependencies, [`${NODE_CLASS}::gpu-p5`]);
  });

  it("wait for the subnets of the pool's zones only, and for their way out", async () => {
    const all = await registeredBy(() => {
      const network = new Network("llmd-dev", goodNetwork());
      const subnetIds = readPool().zoneIds.flatMap(zone => network.privateSubnetByZone[zone] ?? []);
      new GpuPool("llmd-dev-gpu-p5", argsOf({}, { subnetIds }), { dependsOn: network.egress });
    });
    assert.deepEqual(specOf(all).subnetSelectorTerms, [{ id: idOf("llmd-dev-private-use2-az1") }]);
    assert.deepEqual(
      only(all, NODE_CLASS).dependencies.filter(dependency => dependency.startsWith(SUBNET)),
      [`${SUBNET}::llmd-dev-private-use2-az1`],
    );
    // The way out is the component's own dependency: the engine makes and deletes children with their parent.
    const component = only(all, COMPONENT);
    for (const type of [ROUTE, ROUTES])
      assert.ok(component.dependencies.includes(`${type}::llmd-dev-private-use2-az1`), `no ${type} is waited for`);
  });

  it("may take as long to go as nodes take to drain", () =>
    assert.deepEqual(
      registered
        .filter(({ deleteTimeout }) => deleteTimeout !== "")
        .map(({ type, deleteTimeout }) => [type, deleteTimeout]),
      [
        [NODE_CLASS, "60m"],
        [NODE_POOL, "60m"],
      ],
    ));

  it("are named after stack and pool, in Kubernetes after the pool alone", () => {
    const inKubernetes = registered.filter(({ type }) => type.startsWith("kubernetes:"));
    assert.deepEqual(
      inKubernetes.map(({ name }) => name),
      ["gpu-p5", "gpu-p5"],
    );
    assertNamed(
      registered.filter(({ type }) => !type.startsWith("kubernetes:")),
      "llmd-dev-gpu-p5",
    );
  });

  it("are under the pool", () => {
    for (const { type, parent } of registered.filter(made => made.type !== COMPONENT))
      assert.equal(parent, `${COMPONENT}::llmd-dev-gpu-p5`, `parent of ${type}`);
  });
});
