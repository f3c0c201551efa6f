import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { memoryGib } from "../../catalog/prometheus";
import { nodeRoom, roomOf, shareOf, wholeNodeCpu } from "../../catalog/systemRoom";
import { platformPods, prometheusResources, systemCpus } from "../../platform/podSizes";
import { pickerResources } from "../../workloads/picker/resources";
import { COPY_RESOURCES } from "../../workloads/weights/scripts";
import { REPOSITORY } from "../support/command";
import { sizedPlatform } from "../support/sizedPlatform";
import { PLAN } from "../workloads/fixtures";

const page = (name: string): string => readFileSync(join(REPOSITORY, "docs", name), "utf8").replace(/\s+/g, " ");

const picker = (endpoints: number) =>
  pickerResources({ ...PLAN, roles: [{ ...PLAN.roles[0], replicas: { min: 1, max: endpoints } }] }).requests;

const oneDecimal = (number: number): number => Math.round(number * 10) / 10;

describe("what the pages say of the system pool", () => {
  const infra = page("infra.md");
  const says = (text: string) => assert.ok(infra.includes(text), text);

  it("is what a node has room for", () => {
    const { milliCpus, mib } = nodeRoom(4);
    says(`${milliCpus / 1000} of 4 vCPUs and ${oneDecimal(mib / 1024)} of 16 GiB`);
  });

  for (const stack of ["dev", "prod"] as const)
    it(`is what the platform of ${stack} takes`, () => {
      const rooms = platformPods(sizedPlatform(stack), "min").flatMap(({ replicas, requests }) =>
        Array.from({ length: replicas }, () => roomOf(requests)),
      );
      const cpus = rooms.reduce((sum, { milliCpus }) => sum + milliCpus, 0) / 1000;
      const gib = rooms.reduce((sum, { mib }) => sum + mib, 0) / 1024;
      const { fewest, most } = systemCpus(sizedPlatform(stack));
      says(`which asks for ${oneDecimal(cpus)} CPUs and ${Math.round(gib)} GiB | ${fewest} |`);
      says(`the preview warns | ${most} |`);
    });

  it("is what each model's pods take", () => {
    says(`0.075 CPUs each | ${shareOf(picker(8))} |`);
    says(`while it runs | ${shareOf(COPY_RESOURCES.requests)} |`);
    assert.equal(picker(8).cpu, wholeNodeCpu(4));
    assert.ok(page("workloads.md").includes(`${roomOf(picker(8)).milliCpus / 1000} CPUs and 8 GiB`));
  });

  it("is from where on a larger node is needed", () => {
    const most = Array.from({ length: 200 }, (_, index) => index + 1).findLast(
      count => shareOf(picker(count)) !== undefined,
    );
    says(`more than ${most} endpoints`);
    const gpus = 660;
    const fits = (count: number) => shareOf(prometheusResources(count).requests) !== undefined;
    assert.ok(fits(gpus) && !fits(gpus + 10), `${memoryGib(gpus)} GiB`);
    says(`more than about ${gpus} GPUs`);
  });
});
