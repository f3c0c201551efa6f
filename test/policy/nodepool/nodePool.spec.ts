import assert from "node:assert/strict";
import { INSTANCE_TYPE_NAMES } from "../../../catalog/instances";
import { systemPoolSpec } from "../../../infra/systemPool";
import {
  admittedFamilies,
  capacityKinds,
  cpuLimit,
  expectedUsdPerHour,
  gpuLimit,
  matchingTypes,
  type NodePoolProps,
  offersGpus,
  takes,
  uncataloguedFamilies,
  uncataloguedTypes,
} from "../../../policy/nodepool/nodePool";
import { gpuPool, type PoolChanges, systemPool } from "../fixtures";

const pinnedBy = (operator: string, key: string, values?: readonly string[]): NodePoolProps => ({
  spec: { template: { spec: { requirements: [{ key, operator, values }] } } },
});

const FAMILY = "eks.amazonaws.com/instance-family";
const CATEGORY = "eks.amazonaws.com/instance-category";
const TYPE = "node.kubernetes.io/instance-type";
const P_TYPES = INSTANCE_TYPE_NAMES.filter(name => name.startsWith("p"));

describe("a NodePool's GPU limit", () => {
  it("is read as a number, from text and from a number", () => {
    assert.equal(gpuLimit(gpuPool({ limits: { "nvidia.com/gpu": "16" } })), 16);
    assert.equal(gpuLimit(gpuPool({ limits: { "nvidia.com/gpu": 16 } })), 16);
  });

  it("of a static pool is its limit in nodes, each of the type with the most GPUs that it admits", () => {
    const limits = { nodes: "3" };
    assert.equal(gpuLimit(gpuPool({ replicas: 2, limits })), 24);
    assert.equal(gpuLimit(gpuPool({ replicas: 2, limits, gpuCount: undefined })), 24);
    assert.equal(gpuLimit(gpuPool({ replicas: 2, limits, gpuCount: ["1"] })), 3);
    assert.equal(gpuLimit(gpuPool({ replicas: 2, limits, family: ["g6e"], gpuCount: ["4", "1"] })), 12);
    assert.equal(gpuLimit(gpuPool({ replicas: 0, limits: { nodes: 3 } })), 24);
  });

  it("of a static pool without types of the catalogue is none in GPUs", () =>
    assert.equal(gpuLimit(gpuPool({ replicas: 2, limits: { nodes: "3" }, family: ["m7i"] })), 0));

  it("is in nodes of no pool that is not static, and in GPUs wherever that is given", () => {
    assert.equal(gpuLimit(gpuPool({ limits: { nodes: "3" } })), undefined);
    assert.equal(gpuLimit(gpuPool({ replicas: 2, limits: { nodes: "3", "nvidia.com/gpu": "8" } })), 8);
  });

  it("is not a number where it is none", () => {
    assert.equal(gpuLimit(gpuPool({ limits: { "nvidia.com/gpu": "many" } })), Number.NaN);
    assert.equal(gpuLimit(gpuPool({ replicas: 2, limits: { nodes: "many" } })), Number.NaN);
  });

  it("is none where only other things are limited, or nothing is", () => {
    assert.equal(gpuLimit(gpuPool({ limits: { "nvidia.com/gpu": null } })), undefined);
    assert.equal(gpuLimit(gpuPool({ replicas: 2, limits: { nodes: null } })), undefined);
    assert.equal(gpuLimit(gpuPool({ replicas: 2, limits: { cpu: "192" } })), undefined);
    assert.equal(gpuLimit(gpuPool({ limits: { cpu: "192" } })), undefined);
    assert.equal(gpuLimit(gpuPool({ limits: undefined })), undefined);
    assert.equal(gpuLimit({}), undefined);
  });
});

describe("a NodePool's vCPU limit", () => {
  it("is read as a number, from text and from a number", () => {
    assert.equal(cpuLimit(systemPool()), 32);
    assert.equal(cpuLimit(systemPool({ limits: { cpu: 32 } })), 32);
  });

  it("is not a number where it is none", () =>
    assert.equal(cpuLimit(systemPool({ limits: { cpu: "many" } })), Number.NaN));

  it("is none where only other things are limited, or nothing is", () => {
    assert.equal(cpuLimit(systemPool({ limits: { cpu: null } })), undefined);
    assert.equal(cpuLimit(systemPool({ limits: { memory: "128Gi" } })), undefined);
    assert.equal(cpuLimit(systemPool({ limits: undefined })), undefined);
    assert.equal(cpuLimit({}), undefined);
  });
});

describe("the families a NodePool admits", () => {
  it("are those it requires", () => assert.deepEqual(admittedFamilies(systemPool()), ["m7i", "m6i"]));

  it("are open where families are only excluded, or nothing is required", () => {
    assert.equal(admittedFamilies(pinnedBy("NotIn", FAMILY, ["m7i"])), undefined);
    assert.equal(admittedFamilies(pinnedBy("In", CATEGORY, ["m"])), undefined);
    assert.equal(admittedFamilies({}), undefined);
  });
});

describe("the types a NodePool admits", () => {
  it("are one where family and GPU count are pinned", () =>
    assert.deepEqual(matchingTypes(gpuPool()), ["p5.48xlarge"]));

  it("are both sizes of a family whose GPU count is open", () =>
    assert.deepEqual(matchingTypes(gpuPool({ gpuCount: undefined })), ["p5.48xlarge", "p5.4xlarge"]));

  it("are every family with the GPU count where the family is open", () =>
    assert.deepEqual(matchingTypes(gpuPool({ family: undefined })), [
      "p5.48xlarge",
      "p5e.48xlarge",
      "p5en.48xlarge",
      "p6-b200.48xlarge",
      "p4d.24xlarge",
      "p4de.24xlarge",
      "g6e.48xlarge",
      "g6.48xlarge",
      "g5.48xlarge",
    ]));

  it("are the one that is pinned, where family and GPU count mean several", () => {
    const fields = { family: ["g6e"], gpuCount: ["1"] };
    assert.deepEqual(matchingTypes(gpuPool({ ...fields, instanceType: ["g6e.16xlarge"] })), ["g6e.16xlarge"]);
    assert.deepEqual(
      matchingTypes(gpuPool(fields)),
      ["", "2", "4", "8", "16"].map(size => `g6e.${size}xlarge`),
    );
  });

  it("are those that are pinned and admitted besides", () => {
    const instanceType = ["p5.48xlarge", "p5.4xlarge", "g6e.48xlarge", "p6-b300.48xlarge"];
    assert.deepEqual(matchingTypes(gpuPool({ instanceType })), ["p5.48xlarge"]);
    assert.deepEqual(matchingTypes(pinnedBy("In", TYPE, instanceType)), ["p5.48xlarge", "p5.4xlarge", "g6e.48xlarge"]);
    assert.deepEqual(matchingTypes(gpuPool({ family: ["p5e"], instanceType })), []);
  });

  it("are all that either value of a requirement admits", () =>
    assert.deepEqual(matchingTypes(gpuPool({ family: ["p5", "p5e"] })), ["p5.48xlarge", "p5e.48xlarge"]));

  it("are all of the catalogue where nothing is required", () =>
    assert.deepEqual(matchingTypes({}), INSTANCE_TYPE_NAMES));

  for (const operator of ["NotIn", "Exists"])
    it(`are not thought narrower for a requirement with ${operator}`, () => {
      assert.deepEqual(matchingTypes(pinnedBy(operator, FAMILY, ["p5e"])), INSTANCE_TYPE_NAMES);
      assert.deepEqual(matchingTypes(pinnedBy(operator, TYPE, ["p5e.48xlarge"])), INSTANCE_TYPE_NAMES);
    });

  it("are none for a family without GPUs", () => {
    assert.deepEqual(matchingTypes(pinnedBy("In", FAMILY, ["m7i"])), []);
    assert.equal(offersGpus(pinnedBy("In", FAMILY, ["m7i"])), false);
  });

  it("are those of the categories it admits", () => {
    assert.deepEqual(matchingTypes(pinnedBy("In", CATEGORY, ["p"])), P_TYPES);
    assert.deepEqual(matchingTypes(pinnedBy("In", CATEGORY, ["c", "p"])), P_TYPES);
    assert.deepEqual(matchingTypes(pinnedBy("In", CATEGORY, ["g", "p"])), INSTANCE_TYPE_NAMES);
    assert.deepEqual(matchingTypes(gpuPool({ category: ["p"] })), ["p5.48xlarge"]);
  });

  it("are none for categories without GPUs", () => {
    assert.deepEqual(matchingTypes(pinnedBy("In", CATEGORY, ["c", "m", "r"])), []);
    assert.equal(offersGpus(pinnedBy("In", CATEGORY, ["c", "m", "r"])), false);
    assert.deepEqual(matchingTypes(gpuPool({ category: ["c", "m", "r"] })), []);
  });

  it("are not thought narrower for categories it excludes", () =>
    assert.deepEqual(matchingTypes(pinnedBy("NotIn", CATEGORY, ["p"])), INSTANCE_TYPE_NAMES));

  it("are none of the system pool", () =>
    assert.equal(offersGpus({ spec: systemPoolSpec({ maxCpus: 32, maxMemoryGiB: 128 }) }), false));

  it("make the pool one with GPUs, unless there are none", () => {
    assert.equal(offersGpus(gpuPool()), true);
    assert.equal(offersGpus({}), true);
  });
});

describe("accelerated families that the catalogue does not have", () => {
  const families = ["p3dn", "p6-b300", "p6e-gb200", "g4dn", "g7e", "gr6", "inf2", "trn2", "dl2q", "vt1"];

  for (const family of families)
    it(`include ${family}, with which a pool may have GPUs`, () => {
      const props = pinnedBy("In", FAMILY, [family]);
      assert.deepEqual(matchingTypes(props), []);
      assert.deepEqual(uncataloguedFamilies(props), [family]);
      assert.equal(offersGpus(props), true);
    });

  it("are picked from among all that the pool admits", () =>
    assert.deepEqual(uncataloguedFamilies(gpuPool({ family: ["m7i", "g7e", "p5", "gr6", "p5e"] })), ["g7e", "gr6"]));

  it("are none where every family is in the catalogue or without GPUs", () => {
    assert.deepEqual(uncataloguedFamilies(gpuPool({ family: ["p5", "p6-b200", "g6e"] })), []);
    assert.deepEqual(uncataloguedFamilies(pinnedBy("In", FAMILY, ["m7i", "c7g", "r8gd", "i4i", "im4gn", "t4g"])), []);
  });

  it("are none where families are left open or only excluded", () => {
    assert.deepEqual(uncataloguedFamilies({}), []);
    assert.deepEqual(uncataloguedFamilies(pinnedBy("NotIn", FAMILY, ["g4dn"])), []);
  });
});

describe("accelerated types that the catalogue does not have", () => {
  it("are picked from among all that the pool names", () => {
    const named = ["m7i.large", "p5.48xlarge", "p6-b300.48xlarge", "g5.metal", "g6e.xlarge"];
    assert.deepEqual(uncataloguedTypes(pinnedBy("In", TYPE, named)), ["p6-b300.48xlarge", "g5.metal"]);
  });

  it("are none that the pool's families leave out", () => {
    const instanceType = ["p5.48xlarge", "p6-b300.48xlarge"];
    assert.deepEqual(uncataloguedTypes(gpuPool({ instanceType })), []);
    assert.deepEqual(uncataloguedTypes(gpuPool({ instanceType, family: ["p5", "p6-b300"] })), ["p6-b300.48xlarge"]);
  });

  it("are none where types are left open or only excluded", () => {
    assert.deepEqual(uncataloguedTypes(gpuPool()), []);
    assert.deepEqual(uncataloguedTypes(pinnedBy("NotIn", TYPE, ["p6-b300.48xlarge"])), []);
  });
});

describe("a NodePool's capacity", () => {
  const kinds = [
    { kind: "onDemand", type: "on-demand", other: "spot" },
    { kind: "spot", type: "spot", other: "on-demand" },
    { kind: "reserved", type: "reserved", other: "spot" },
    { kind: "capacityBlock", type: "reserved", other: "on-demand" },
  ] as const;

  for (const { kind, type, other } of kinds) {
    it(`may be ${type} where that is required, allowed or left open`, () => {
      assert.equal(takes(gpuPool({ capacityType: [type] }), kind), true);
      assert.equal(takes(gpuPool({ capacityType: [other, type] }), kind), true);
      assert.equal(takes(gpuPool({ capacityType: undefined }), kind), true);
    });

    it(`is never ${type} where only ${other} is allowed`, () =>
      assert.equal(takes(gpuPool({ capacityType: [other] }), kind), false));
  }
});

describe("the capacity kinds of a NodePool", () => {
  const BLOCK = { "llmd/capacity-kind": "capacityBlock" };
  const RESERVED = { "llmd/capacity-kind": "reserved" };

  const rows: readonly { what: string; fields: PoolChanges; kinds: readonly string[] }[] = [
    { what: "on demand", fields: {}, kinds: ["onDemand"] },
    { what: "spot", fields: { capacityType: ["spot"] }, kinds: ["spot"] },
    { what: "reserved", fields: { capacityType: ["reserved"] }, kinds: ["reserved"] },
    {
      what: "reserved, by its annotation too",
      fields: { capacityType: ["reserved"], annotations: RESERVED },
      kinds: ["reserved"],
    },
    {
      what: "reserved, by its annotation a Capacity Block",
      fields: { capacityType: ["reserved"], annotations: BLOCK },
      kinds: ["capacityBlock"],
    },
    {
      what: "reserved and on demand",
      fields: { capacityType: ["reserved", "on-demand"] },
      kinds: ["onDemand", "reserved"],
    },
    { what: "open", fields: { capacityType: undefined }, kinds: ["onDemand", "spot", "reserved"] },
    {
      what: "open, by its annotation a Capacity Block",
      fields: { capacityType: undefined, annotations: BLOCK },
      kinds: ["onDemand", "spot", "capacityBlock"],
    },
    { what: "on demand, whatever its annotation says", fields: { annotations: BLOCK }, kinds: ["onDemand"] },
    { what: "one that there is not", fields: { capacityType: ["ondemand"] }, kinds: [] },
  ];
  for (const { what, fields, kinds } of rows)
    it(`are ${kinds.join(", ") || "none"} where its capacity type is ${what}`, () =>
      assert.deepEqual(capacityKinds(gpuPool(fields)), kinds));
});

describe("the price a NodePool's owner expects", () => {
  it("is read from the annotation", () =>
    assert.equal(expectedUsdPerHour(gpuPool({ annotations: { "llmd/expected-usd-per-hour": "20.5" } })), 20.5));

  for (const price of ["twenty", "", " ", "0", "-20", "20,5"])
    it(`is not a number where the annotation is "${price}"`, () =>
      assert.equal(expectedUsdPerHour(gpuPool({ annotations: { "llmd/expected-usd-per-hour": price } })), Number.NaN));

  it("is none without the annotation or without any", () => {
    assert.equal(expectedUsdPerHour(gpuPool()), undefined);
    assert.equal(expectedUsdPerHour({}), undefined);
  });
});
