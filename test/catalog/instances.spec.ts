import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { INSTANCE_TYPE_NAMES, type InstanceType, instanceType } from "../../catalog/instances";
import { configOf, STACKS } from "../support/stackFiles";

describe("the instance catalogue", () => {
  for (const family of ["g6e", "g6", "g5"])
    it(`has the GPUs of every size of ${family}, of which 16xlarge has a single one`, () => {
      const sizes = INSTANCE_TYPE_NAMES.filter(name => instanceType(name).family === family);
      assert.deepEqual(
        sizes.map(name => `${name.split(".")[1]} ${instanceType(name).gpus}`),
        ["xlarge 1", "2xlarge 1", "4xlarge 1", "8xlarge 1", "12xlarge 4", "16xlarge 1", "24xlarge 4", "48xlarge 8"],
      );
    });

  it("knows every type that a stack file, or a zone, names", () => {
    const pools = STACKS.flatMap(stack => JSON.parse(configOf(stack)["llmd-infra:gpuPools"] ?? "[]"));
    const zones = readFileSync(join(__dirname, "../../catalog/regions.ts"), "utf8").match(
      /\b[pg]\d[\w-]*\.\w*large\b/g,
    );
    const named = [...pools.map(pool => String(pool.instanceType)), ...(zones ?? [])];
    const known: readonly string[] = INSTANCE_TYPE_NAMES;
    assert.ok(pools.length > 0 && zones);
    assert.deepEqual(
      named.filter(name => !known.includes(name)),
      [],
    );
  });
});

describe("every instance type of the catalogue", () => {
  /** One test over all types. */
  const holds = (what: string, check: (type: InstanceType, size: string) => void): void => {
    it(what, () => {
      for (const name of INSTANCE_TYPE_NAMES) check(instanceType(name), name.split(".")[1] ?? "");
    });
  };

  holds("has one, four or eight GPUs", ({ gpus }) => assert.ok([1, 4, 8].includes(gpus), `${gpus} GPUs`));

  holds("reports less memory of a GPU than it has, by at most two in a hundred", type => {
    const share = type.usableGpuMemoryMiB / type.gpuMemoryMiB;
    assert.ok(share < 1 && share > 0.98, `${share}`);
  });

  holds("has the vCPUs that its size says, four in an xlarge", ({ family, vcpus }, size) =>
    assert.equal(vcpus, 4 * (size === "xlarge" ? 1 : Number.parseInt(size, 10)), `${family}.${size}`),
  );

  holds("has NVMe, and as much memory per vCPU as the other sizes of a G family", ({ family, ...type }) => {
    assert.ok(Number.isInteger(type.nvmeGB) && type.nvmeGB > 0);
    if (family.startsWith("g")) assert.equal(type.memoryGiB / type.vcpus, family === "g6e" ? 8 : 4, family);
  });

  holds("has EFA interfaces if it is a P type or has 32 vCPUs", ({ family, vcpus, efa }, size) => {
    assert.ok(Number.isInteger(efa) && efa >= 0 && efa <= 32, `${efa}`);
    assert.equal(efa > 0, family.startsWith("p") || vcpus >= 32, `${family}.${size}`);
  });

  holds("has the 100 Gbit/s of one network card if it is a P type", ({ family, networkGbps }) =>
    assert.ok(family.startsWith("p") ? networkGbps === 100 : networkGbps > 0 && networkGbps <= 400),
  );
});
