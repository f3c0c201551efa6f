import assert from "node:assert/strict";
import { KUBERNETES_VERSIONS, kubernetesSupport, minorsBetween, nextVersion } from "../../catalog/kubernetesVersions";

const addMonths = (day: string, months: number): string => {
  const date = new Date(day);
  date.setUTCMonth(date.getUTCMonth() + months);
  return date.toISOString().slice(0, 10);
};

describe("the Kubernetes versions of EKS", () => {
  for (const { version, released, endOfStandardSupport, endOfExtendedSupport } of KUBERNETES_VERSIONS)
    it(`give ${version} fourteen months of standard support and twelve of extended`, () => {
      assert.equal(endOfStandardSupport, addMonths(released, 14));
      assert.equal(endOfExtendedSupport, addMonths(endOfStandardSupport, 12));
    });

  it("are in order, each once", () => {
    const minors = KUBERNETES_VERSIONS.map(({ version }) => Number(version.split(".")[1]));
    assert.deepEqual(
      minors,
      minors.map((_, index) => (minors[0] ?? 0) + index),
    );
  });

  it("follow each other by their minor numbers, not by their letters", () => {
    assert.equal(nextVersion("1.9"), "1.10");
    assert.equal(minorsBetween("1.9", "1.11"), 2);
    assert.equal(minorsBetween("1.35", "1.34"), -1);
  });

  const DAYS: readonly [string, string, string][] = [
    ["1.34", "2025-10-01", "none"],
    ["1.34", "2025-10-02", "standard"],
    ["1.34", "2026-12-02", "standard"],
    ["1.34", "2026-12-03", "extended"],
    ["1.34", "2027-12-02", "extended"],
    ["1.34", "2027-12-03", "none"],
    ["1.12", "2026-11-21", "none"],
  ];
  for (const [version, day, support] of DAYS)
    it(`have ${support} support for ${version} on ${day}`, () => {
      assert.equal(kubernetesSupport(version, new Date(day)), support);
    });
});
