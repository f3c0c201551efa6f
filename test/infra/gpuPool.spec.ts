import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { INSTANCE_TYPE_NAMES, instanceType } from "../../catalog/instances";
import { GpuPool, type GpuPoolArgs, nodePoolSpec } from "../../infra/gpuPool";
import type { NetworkInterface, NodeClassSpec, NodePoolSpec } from "../../infra/karpenter";
import { Network } from "../../infra/network";
import type { CapacitySettings, GpuPoolSettings } from "../../infra/settings/gpuPools";
import type { WireObject } from "../../rehearsal/doubles/protocol/wire";
import type { KubernetesObject } from "../../rehearsal/kubernetesApi";
import { testCluster } from "../support/apiServer";
import { readPool } from "../support/infraSettings";
import { assertPartsOf, idOf, only, type Registered, registeredBy } from "../support/mockedProgram";
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
const BLOCK: CapacitySettings = {
  kind: "capacityBlock",
  reservationId: "cr-0123456789abcdef0",
  endsAt: "2026-12-20T11:30:00Z",
  usdPerHour: 43.3,
};

const specOf = (fields?: Partial<GpuPoolSettings>): NodePoolSpec => nodePoolSpec(readPool(fields), "gpu-p5");

/** The values that a spec leaves for a label. */
function required(spec: NodePoolSpec, key: string): readonly string[] | undefined {
  const found = spec.template.spec.requirements.filter(requirement => requirement.key === key);
  assert.equal(found.length, 1, `${found.length} requirements of ${key}`);
  assert.equal(found[0]?.operator, "In");
  return found[0]?.values;
}

/** EKS Auto Mode ends every node at 21 days. */
const AUTO_MODE_HOURS = 504;

/** The object as the API server would store it. */
async function dryRunOf(apiVersion: string, kind: string, spec: object): Promise<KubernetesObject> {
  const { api } = await testCluster();
  return api.apply({ apiVersion, kind, metadata: { name: "gpu-p5" }, spec: spec as WireObject }, { dryRun: true });
}

describe("the NodePool of a GPU pool", () => {
  const sizes: readonly { what: string; fields: Partial<GpuPoolSettings>; size: object }[] = [
    { what: "two nodes of 8 GPUs", fields: {}, size: { limits: { "nvidia.com/gpu": "16" } } },
    {
      what: "three nodes of one GPU",
      fields: { instanceType: "p5.4xlarge", maxNodes: 3 },
      size: { limits: { "nvidia.com/gpu": "3" } },
    },
    {
      what: "two nodes of 4 GPUs",
      fields: { instanceType: "g6e.12xlarge" },
      size: { limits: { "nvidia.com/gpu": "8" } },
    },
    { what: "a weight", fields: { weight: 10 }, size: { limits: { "nvidia.com/gpu": "16" }, weight: 10 } },
    {
      what: "static nodes, counted in nodes and in nothing else",
      fields: { staticNodes: 3, maxNodes: 4 },
      size: { limits: { nodes: "4" }, replicas: 3 },
    },
    {
      what: "static nodes, which have no weight",
      fields: { staticNodes: 1, maxNodes: 2, weight: 10 },
      size: { limits: { nodes: "2" }, replicas: 1 },
    },
  ];
  for (const { what, fields, size } of sizes)
    it(`is as large as ${what}`, () => {
      const { disruption: _, template: __, ...rest } = specOf(fields);
      assert.deepEqual(rest, size);
    });

  const pins = [
    { type: "p5.48xlarge", family: "p5", gpus: "8" },
    { type: "p5.4xlarge", family: "p5", gpus: "1" },
    { type: "p5e.48xlarge", family: "p5e", gpus: "8" },
    { type: "p5en.48xlarge", family: "p5en", gpus: "8" },
    { type: "p6-b200.48xlarge", family: "p6-b200", gpus: "8" },
    { type: "g6e.12xlarge", family: "g6e", gpus: "4" },
    { type: "g6e.16xlarge", family: "g6e", gpus: "1" },
  ] as const;
  for (const { type, family, gpus } of pins)
    it(`pins ${type} by its family, its GPU count and its name`, () => {
      const spec = specOf({ instanceType: type });
      assert.deepEqual(required(spec, "eks.amazonaws.com/instance-family"), [family]);
      assert.deepEqual(required(spec, "eks.amazonaws.com/instance-gpu-count"), [gpus]);
      assert.deepEqual(required(spec, "node.kubernetes.io/instance-type"), [type]);
    });

  it("pins no two types of the catalogue alike", () => {
    const pinned = INSTANCE_TYPE_NAMES.map(type =>
      JSON.stringify(specOf({ instanceType: type }).template.spec.requirements),
    );
    assert.equal(new Set(pinned).size, INSTANCE_TYPE_NAMES.length);
  });

  const capacities: readonly { kind: string; capacity: CapacitySettings; type: string }[] = [
    { kind: "on-demand", capacity: { kind: "onDemand" }, type: "on-demand" },
    { kind: "spot", capacity: { kind: "spot" }, type: "spot" },
    { kind: "priced spot", capacity: { kind: "spot", usdPerHour: 20 }, type: "spot" },
    { kind: "reserved", capacity: { kind: "reserved", reservationIds: RESERVATIONS }, type: "reserved" },
    { kind: "Capacity Block", capacity: BLOCK, type: "reserved" },
  ];
  for (const { kind, capacity, type } of capacities)
    it(`takes ${type} nodes only for ${kind} capacity`, () =>
      assert.deepEqual(required(specOf({ capacity }), "karpenter.sh/capacity-type"), [type]));

  it("takes amd64 nodes only, since the catalogue has no other architecture", () =>
    assert.deepEqual(required(specOf(), "kubernetes.io/arch"), ["amd64"]));

  it("requires nothing besides", () => assert.equal(specOf().template.spec.requirements.length, 5));

  it("gives back empty nodes after the configured minutes, and renews drifted ones in its window, each one at a time", () =>
    assert.deepEqual(specOf({ keepEmptyMinutes: 45 }).disruption, {
      consolidationPolicy: "WhenEmpty",
      consolidateAfter: "45m",
      budgets: [
        { nodes: "1", reasons: ["Empty"] },
        { nodes: "1", reasons: ["Drifted"] },
        { nodes: "0", reasons: ["Drifted"], schedule: "0 5 * * 0", duration: "164h" },
      ],
    }));

  it("renews more nodes at a time where one after the other would not end within the window", () =>
    assert.deepEqual(
      specOf({ maxNodes: 13, renewalWindow: { weekday: "saturday", hourUtc: 22, hours: 4 } }).disruption.budgets.slice(
        1,
      ),
      [
        { nodes: "3", reasons: ["Drifted"] },
        { nodes: "0", reasons: ["Drifted"], schedule: "0 2 * * 0", duration: "164h" },
      ],
    ));

  it("keeps every pod off that does not tolerate GPU nodes", () =>
    assert.deepEqual(specOf().template.spec.taints, [{ key: "nvidia.com/gpu", effect: "NoSchedule" }]));

  it("ends a node after the configured hours, with its half hour of grace before EKS would", () => {
    assert.equal(specOf({ expireAfterHours: 24 }).template.spec.expireAfter, "24h");
    const { expireAfter, terminationGracePeriod } = specOf().template.spec;
    assert.equal(expireAfter, "480h");
    assert.equal(terminationGracePeriod, "30m");
    assert.ok(Number.parseInt(expireAfter, 10) + Number.parseInt(terminationGracePeriod, 10) / 60 < AUTO_MODE_HOURS);
  });

  it("gives its nodes the configured labels, and none otherwise", () => {
    const labels = { "acme.dev/team": "llm" };
    assert.deepEqual(specOf({ labels }).template.metadata, { labels });
    assert.deepEqual(specOf().template.metadata, { labels: {} });
  });

  it("refers to the NodeClass it is given, in the group of EKS", () =>
    assert.deepEqual(specOf().template.spec.nodeClassRef, {
      group: "eks.amazonaws.com",
      kind: "NodeClass",
      name: "gpu-p5",
    }));

  describe("sent to the API server", () => {
    before(function () {
      this.timeout(0); // the first run on a machine builds the API server
      return testCluster();
    });
    const dryRun = (spec: object) => dryRunOf("karpenter.sh/v1", "NodePool", spec);

    const accepted: readonly { what: string; fields: Partial<GpuPoolSettings> }[] = [
      ...capacities.map(({ kind, capacity }) => ({ what: `${kind} capacity`, fields: { capacity } })),
      ...pins.map(({ type }) => ({ what: `nodes of ${type}`, fields: { instanceType: type } })),
      ...[5, 120].map(minutes => ({
        what: `empty nodes kept for ${minutes} minutes`,
        fields: { keepEmptyMinutes: minutes },
      })),
      ...[24, 504].map(hours => ({ what: `nodes of ${hours} hours`, fields: { expireAfterHours: hours } })),
      ...[1, 100].map(weight => ({ what: `a weight of ${weight}`, fields: { weight } })),
      { what: "labels", fields: { labels: { "acme.dev/team": "llm", tier: "1" } } },
      { what: "static nodes", fields: { staticNodes: 63, maxNodes: 64 } },
      {
        what: "a window of a whole day for renewals",
        fields: { renewalWindow: { weekday: "saturday", hourUtc: 23, hours: 24 } },
      },
    ];
    for (const { what, fields } of accepted)
      it(`is accepted with ${what}, and nothing of it is dropped`, async () => {
        const spec = specOf(fields);
        assert.deepEqual((await dryRun(spec)).spec, spec);
      });

    const refused: readonly { what: string; spec: () => object; message: RegExp }[] = [
      {
        what: "an expiry that Karpenter cannot read",
        spec: () => {
          const { template, ...rest } = specOf();
          return { ...rest, template: { spec: { ...template.spec, expireAfter: "20d" } } };
        },
        message: /spec\.template\.spec\.expireAfter: Invalid value: "20d"/,
      },
      {
        what: "a budget that begins at no time Karpenter knows",
        spec: () => {
          const { disruption, ...rest } = specOf();
          return {
            ...rest,
            disruption: { ...disruption, budgets: [{ nodes: "0", schedule: "sundays", duration: "1h" }] },
          };
        },
        message: /spec\.disruption\.budgets\[0\]\.schedule: Invalid value: "sundays"/,
      },
      {
        what: "static nodes that are limited in GPUs",
        spec: () => ({ ...specOf({ staticNodes: 1 }), limits: { "nvidia.com/gpu": "16" } }),
        message: /only 'limits.nodes' is supported on static NodePools/,
      },
      {
        what: "static nodes with a weight",
        spec: () => ({ ...specOf({ staticNodes: 1 }), weight: 10 }),
        message: /'weight' is not supported on static NodePools/,
      },
    ];
    for (const { what, spec, message } of refused)
      it(`is refused with ${what}, so the answers above mean something`, () =>
        assert.rejects(dryRun(spec()), { message }));
  });
});

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

const poolOf = async (fields: Partial<GpuPoolSettings> = {}, place: Partial<Place> = {}) => {
  const all = await registeredBy(() => {
    new GpuPool("llmd-dev-gpu-p5", argsOf(fields, place));
  });
  return all.filter(({ type }) => !type.startsWith("pulumi:providers:"));
};

const nodeClassOf = (registered: readonly Registered[]) => only(registered, NODE_CLASS).inputs.spec as NodeClassSpec;

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
    registered = await poolOf();
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
    it(what, async () => assert.deepEqual(nodeClassOf(await poolOf(fields, place)), { ...BASE, ...differs }));

  describe("of static nodes with EFA", () => {
    const staticOf = async (type: GpuPoolSettings["instanceType"]) => {
      const fields = { instanceType: type, capacity: { kind: "spot" }, efa: true, staticNodes: 1 } as const;
      return nodeClassOf(await poolOf(fields, { efaSecurityGroupId: "sg-efa" }));
    };
    const interfacesOf = ({ advancedNetworking }: NodeClassSpec): readonly NetworkInterface[] =>
      advancedNetworking?.networkInterfaces ?? [];
    const PRIMARY = { networkCardIndex: 0, deviceIndex: 0, interfaceType: "interface", secondaryIPv4PrefixCount: 2 };

    it("list one interface for IP and one for EFA on the only card of a p5.4xlarge", async () => {
      const { advancedNetworking, ...rest } = await staticOf("p5.4xlarge");
      assert.deepEqual(rest, { ...BASE, ...WITH_EFA_GROUP });
      assert.deepEqual(advancedNetworking?.networkInterfaces, [
        PRIMARY,
        { networkCardIndex: 0, deviceIndex: 1, interfaceType: "efa-only" },
      ]);
    });

    it("list EFA on every card of every type, and addresses on the first card only", async () => {
      for (const type of INSTANCE_TYPE_NAMES.filter(name => instanceType(name).efa > 0)) {
        const [first, ...others] = interfacesOf(await staticOf(type));
        assert.deepEqual(first, PRIMARY, type);
        const expected = Array.from({ length: instanceType(type).efa }, (_, card) => ({
          networkCardIndex: card,
          deviceIndex: card === 0 ? 1 : 0,
          interfaceType: "efa-only",
        }));
        assert.deepEqual(others, expected, type);
      }
    });

    it("are accepted by the API server, which rejects them without the first interface", async function () {
      this.timeout(0); // the first run on a machine builds the API server
      const spec = {
        role: "gpu-efa-node",
        subnetSelectorTerms: [{ id: "subnet-1" }],
        securityGroupSelectorTerms: [{ id: "sg-1" }],
      };
      const networkInterfaces = interfacesOf(await staticOf("p5.48xlarge"));
      const dryRun = (interfaces: readonly NetworkInterface[]) =>
        dryRunOf("eks.amazonaws.com/v1", "NodeClass", {
          ...spec,
          advancedNetworking: { networkInterfaces: interfaces },
        });
      await assert.doesNotReject(dryRun(networkInterfaces));
      await assert.rejects(dryRun(networkInterfaces.slice(1)), { message: /has no primary interface/ });
    });
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
      assert.deepEqual(only(await poolOf({ capacity }), NODE_POOL).inputs.metadata, {
        name: "gpu-p5",
        annotations: { ...UNTIL_READY, ...annotations },
      }));

  it("make the NodeClass when its role may do all that nodes need", async () => {
    const { dependencies } = only(await poolOf({}, { policyArns: [CACHE_POLICY] }), NODE_CLASS);
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
    assert.deepEqual(nodeClassOf(all).subnetSelectorTerms, [{ id: idOf("llmd-dev-private-use2-az1") }]);
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

  it("are under the pool and named after it, in Kubernetes after the pool of the stack file alone", () => {
    const ofKubernetes = (isWanted: boolean) =>
      registered.filter(({ type }) => type.startsWith("kubernetes:") === isWanted);
    assert.deepEqual(
      ofKubernetes(true).map(({ name, parent }) => [name, parent]),
      Array(2).fill(["gpu-p5", `${COMPONENT}::llmd-dev-gpu-p5`]),
    );
    assertPartsOf(ofKubernetes(false), COMPONENT, "llmd-dev-gpu-p5");
  });
});
