import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GPUS, INSTANCE_TYPE_NAMES, type InstanceTypeName, instanceType } from "../../catalog/instances";
import { configOf, STACKS } from "../support/stackFiles";

/** GPU, their number, MiB of each, vCPUs, GiB of memory, EFA interfaces, GB of NVMe. */
type Row = readonly [string, number, number, number, number, number, number];

const row = (name: InstanceTypeName): Row => {
  const { gpu, gpus, gpuMemoryMiB, vcpus, memoryGiB, efa, nvmeGB } = instanceType(name);
  return [gpu, gpus, gpuMemoryMiB, vcpus, memoryGiB, efa, nvmeGB];
};

// aws/karpenter-provider-aws v1.14.1 and AWS's pages of the families: every P type, and each G size that differs.
const HARDWARE: Readonly<Partial<Record<InstanceTypeName, Row>>> = {
  "p5.48xlarge": ["H100", 8, 81920, 192, 2048, 32, 30400],
  "p5.4xlarge": ["H100", 1, 81920, 16, 256, 1, 3800],
  "p5e.48xlarge": ["H200", 8, 144384, 192, 2048, 32, 30400],
  "p5en.48xlarge": ["H200", 8, 144384, 192, 2048, 16, 30400],
  "p6-b200.48xlarge": ["B200", 8, 183359, 192, 2048, 8, 30400],
  "p4d.24xlarge": ["A100-40GB", 8, 40960, 96, 1152, 4, 8000],
  "p4de.24xlarge": ["A100-80GB", 8, 81920, 96, 1152, 4, 8000],
  "g6e.xlarge": ["L40S", 1, 45776, 4, 32, 0, 250],
  "g6e.8xlarge": ["L40S", 1, 45776, 32, 256, 1, 900],
  "g6e.12xlarge": ["L40S", 4, 45776, 48, 384, 1, 3800],
  "g6e.16xlarge": ["L40S", 1, 45776, 64, 512, 1, 1900],
  "g6e.24xlarge": ["L40S", 4, 45776, 96, 768, 2, 3800],
  "g6e.48xlarge": ["L40S", 8, 45776, 192, 1536, 4, 7600],
  "g6.4xlarge": ["L4", 1, 22888, 16, 64, 0, 600],
  "g6.12xlarge": ["L4", 4, 22888, 48, 192, 1, 3760],
  "g6.16xlarge": ["L4", 1, 22888, 64, 256, 1, 1880],
  "g6.48xlarge": ["L4", 8, 22888, 192, 768, 1, 7520],
  "g5.2xlarge": ["A10G", 1, 22888, 8, 32, 0, 450],
  "g5.8xlarge": ["A10G", 1, 22888, 32, 128, 1, 900],
  "g5.24xlarge": ["A10G", 4, 22888, 96, 384, 1, 3800],
  "g5.48xlarge": ["A10G", 8, 22888, 192, 768, 1, 7600],
};

describe("the instance catalogue", () => {
  it("knows these families", () => {
    const families = new Set(INSTANCE_TYPE_NAMES.map(name => instanceType(name).family));
    assert.deepEqual([...families], ["p5", "p5e", "p5en", "p6-b200", "p4d", "p4de", "g6e", "g6", "g5"]);
  });

  for (const name of INSTANCE_TYPE_NAMES.filter(known => HARDWARE[known]))
    it(`knows what is in a ${name}`, () => assert.deepEqual(row(name), HARDWARE[name]));

  it("has the values of every P type in this spec", () =>
    assert.deepEqual(
      INSTANCE_TYPE_NAMES.filter(name => name.startsWith("p") && !HARDWARE[name]),
      [],
    ));

  for (const family of ["g6e", "g6", "g5"])
    it(`has the GPUs of every size of ${family}, of which 16xlarge has a single one`, () => {
      const sizes = INSTANCE_TYPE_NAMES.filter(name => instanceType(name).family === family);
      assert.deepEqual(
        sizes.map(name => `${name.split(".")[1]} ${instanceType(name).gpus}`),
        ["xlarge 1", "2xlarge 1", "4xlarge 1", "8xlarge 1", "12xlarge 4", "16xlarge 1", "24xlarge 4", "48xlarge 8"],
      );
    });

  it("knows every type that a stack file, a zone or a price names", () => {
    const pools = STACKS.flatMap(stack => JSON.parse(configOf(stack)["llmd-infra:gpuPools"] ?? "[]"));
    assert.ok(pools.length > 0);
    const named = [...pools.map(pool => String(pool.instanceType)), ...["zones", "prices"].flatMap(typesIn)];
    const known: readonly string[] = INSTANCE_TYPE_NAMES;
    assert.deepEqual(
      named.filter(name => !known.includes(name)),
      [],
    );
  });
});

/** Instance types in the text of a file of the catalogue. */
function typesIn(file: string): string[] {
  const found = readFileSync(join(__dirname, `../../catalog/${file}.ts`), "utf8").match(/\b[pg]\d[\w-]*\.\w*large\b/g);
  assert.ok(found, `${file} names no type`);
  return found;
}

for (const name of INSTANCE_TYPE_NAMES)
  describe(`the catalogue's ${name}`, () => {
    const type = instanceType(name);

    it("is of the family its name starts with", () => assert.equal(type.family, name.split(".")[0]));

    it("has one, four or eight GPUs that the catalogue knows", () => {
      assert.ok(type.gpu in GPUS, type.gpu);
      assert.ok([1, 4, 8].includes(type.gpus), `${type.gpus} GPUs`);
    });

    it("reports less memory of a GPU than it has, by at most two in a hundred", () => {
      assert.ok(type.usableGpuMemoryMiB < type.gpuMemoryMiB, `${type.usableGpuMemoryMiB} of ${type.gpuMemoryMiB}`);
      assert.ok(
        type.usableGpuMemoryMiB > 0.98 * type.gpuMemoryMiB,
        `${type.usableGpuMemoryMiB} of ${type.gpuMemoryMiB}`,
      );
    });

    it("has vCPUs, memory and NVMe", () => {
      for (const amount of [type.vcpus, type.memoryGiB, type.nvmeGB])
        assert.ok(Number.isInteger(amount) && amount > 0, `${amount}`);
    });

    it("has EFA interfaces if it is a P type, and none or a few otherwise", () => {
      assert.ok(Number.isInteger(type.efa) && type.efa >= 0 && type.efa <= 32, `${type.efa}`);
      assert.equal(type.efa > 0, name.startsWith("p") || type.vcpus >= 32);
    });
  });

describe("the GPUs of the catalogue", () => {
  it("are all in some type", () =>
    assert.deepEqual(
      Object.keys(GPUS).sort(),
      [...new Set(INSTANCE_TYPE_NAMES.map(name => instanceType(name).gpu))].sort(),
    ));

  it("report the GiB that users see in their out-of-memory messages", () =>
    assert.deepEqual(
      Object.entries(GPUS).map(([name, { usableMemoryMiB }]) => [name, (usableMemoryMiB / 1024).toFixed(2)]),
      [
        ["H100", "79.11"],
        ["H200", "139.72"],
        ["B200", "178.35"],
        ["A100-40GB", "39.39"],
        ["A100-80GB", "79.14"],
        ["L40S", "44.39"],
        ["L4", "21.96"],
        ["A10G", "21.96"],
      ],
    ));
});
