import assert from "node:assert/strict";
import type { Capacity } from "../../catalog/cost";
import { nodePoolSpec } from "../../infra/gpuPool";
import type { NodePoolSpec } from "../../infra/karpenter";
import type { GpuPoolSettings } from "../../infra/settings";
import type { KubernetesObject } from "../../rehearsal/doubles/kubernetes/api";
import type { WireObject } from "../../rehearsal/doubles/protocol/wire";
import { testCluster } from "../support/apiServer";

const pool = (fields: Partial<GpuPoolSettings> = {}): GpuPoolSettings => ({
  name: "p5",
  instanceType: "p5.48xlarge",
  capacity: { kind: "onDemand" },
  maxNodes: 2,
  zoneIds: ["use2-az1"],
  keepEmptyMinutes: 30,
  ...fields,
});

const specOf = (fields?: Partial<GpuPoolSettings>): NodePoolSpec => nodePoolSpec(pool(fields), "gpu-p5");

/** The values that a spec leaves for a label. */
function required(spec: NodePoolSpec, key: string): readonly string[] | undefined {
  const found = spec.template.spec.requirements.filter(requirement => requirement.key === key);
  assert.equal(found.length, 1, `${found.length} requirements of ${key}`);
  assert.equal(found[0]?.operator, "In");
  return found[0]?.values;
}

/** EKS Auto Mode ends every node at 21 days. */
const AUTO_MODE_HOURS = 504;

describe("the NodePool of a GPU pool", () => {
  it("is limited to the GPUs of its nodes, and to nothing else", () =>
    assert.deepEqual(specOf().limits, { "nvidia.com/gpu": "16" }));

  it("is limited to one GPU for each single-GPU node", () =>
    assert.deepEqual(specOf({ instanceType: "p5.4xlarge", maxNodes: 3 }).limits, { "nvidia.com/gpu": "3" }));

  const pins = [
    { type: "p5.48xlarge", family: "p5", gpus: "8" },
    { type: "p5.4xlarge", family: "p5", gpus: "1" },
    { type: "p5e.48xlarge", family: "p5e", gpus: "8" },
    { type: "p5en.48xlarge", family: "p5en", gpus: "8" },
  ] as const;
  for (const { type, family, gpus } of pins)
    it(`pins ${type} by its family and GPU count`, () => {
      const spec = specOf({ instanceType: type });
      assert.deepEqual(required(spec, "eks.amazonaws.com/instance-family"), [family]);
      assert.deepEqual(required(spec, "eks.amazonaws.com/instance-gpu-count"), [gpus]);
    });

  const capacities: readonly { kind: string; capacity: Capacity; type: string }[] = [
    { kind: "on-demand", capacity: { kind: "onDemand" }, type: "on-demand" },
    { kind: "spot", capacity: { kind: "spot" }, type: "spot" },
    { kind: "priced spot", capacity: { kind: "spot", usdPerHour: 20 }, type: "spot" },
  ];
  for (const { kind, capacity, type } of capacities)
    it(`takes ${type} nodes only for ${kind} capacity`, () =>
      assert.deepEqual(required(specOf({ capacity }), "karpenter.sh/capacity-type"), [type]));

  it("takes amd64 nodes only, since AWS has no P5 of another architecture", () =>
    assert.deepEqual(required(specOf(), "kubernetes.io/arch"), ["amd64"]));

  it("requires nothing besides", () => assert.equal(specOf().template.spec.requirements.length, 4));

  it("gives back empty nodes only, after the configured minutes and one at a time", () =>
    assert.deepEqual(specOf({ keepEmptyMinutes: 45 }).disruption, {
      consolidationPolicy: "WhenEmpty",
      consolidateAfter: "45m",
      budgets: [{ nodes: "1" }],
    }));

  it("keeps every pod off that does not tolerate GPU nodes", () =>
    assert.deepEqual(specOf().template.spec.taints, [{ key: "nvidia.com/gpu", effect: "NoSchedule" }]));

  it("ends a node, with its hour of grace, before EKS would", () => {
    const { expireAfter, terminationGracePeriod } = specOf().template.spec;
    assert.equal(expireAfter, "480h");
    assert.equal(terminationGracePeriod, "1h");
    assert.ok(Number.parseInt(expireAfter, 10) + Number.parseInt(terminationGracePeriod, 10) < AUTO_MODE_HOURS);
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

    for (const { type } of pins)
      for (const { kind, capacity } of capacities)
        it(`is accepted for ${type} with ${kind} capacity, and nothing of it is dropped`, async () => {
          const spec = specOf({ instanceType: type, capacity });
          assert.deepEqual((await dryRun(spec)).spec, spec);
        });

    for (const keepEmptyMinutes of [5, 120])
      it(`is accepted with empty nodes kept for ${keepEmptyMinutes} minutes`, () =>
        assert.doesNotReject(dryRun(specOf({ keepEmptyMinutes }))));

    it("is refused with an expiry that Karpenter cannot read, so the answers above mean something", () => {
      const { template, ...rest } = specOf();
      return assert.rejects(dryRun({ ...rest, template: { spec: { ...template.spec, expireAfter: "20d" } } }), {
        message: /spec\.template\.spec\.expireAfter: Invalid value: "20d"/,
      });
    });
  });
});
