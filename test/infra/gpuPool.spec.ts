import assert from "node:assert/strict";
import { INSTANCE_TYPE_NAMES } from "../../catalog/instances";
import { nodePoolSpec } from "../../infra/gpuPool";
import type { NodePoolSpec } from "../../infra/karpenter";
import type { CapacitySettings, GpuPoolSettings } from "../../infra/settings/gpuPools";
import type { WireObject } from "../../rehearsal/doubles/protocol/wire";
import type { KubernetesObject } from "../../rehearsal/kubernetesApi";
import { testCluster } from "../support/apiServer";
import { readPool } from "../support/infraSettings";

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

const RESERVATION = "cr-0123456789abcdef0";

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
    { kind: "reserved", capacity: { kind: "reserved", reservationIds: [RESERVATION] }, type: "reserved" },
    {
      kind: "Capacity Block",
      capacity: {
        kind: "capacityBlock",
        reservationId: RESERVATION,
        endsAt: "2026-12-20T11:30:00Z",
        usdPerHour: 43.3,
      },
      type: "reserved",
    },
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
    let dryRun: (spec: object) => Promise<KubernetesObject>;

    before(async function () {
      this.timeout(0); // the first run on a machine builds the API server
      const { api } = await testCluster();
      dryRun = spec =>
        api.apply(
          { apiVersion: "karpenter.sh/v1", kind: "NodePool", metadata: { name: "gpu-p5" }, spec: spec as WireObject },
          { dryRun: true },
        );
    });

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
