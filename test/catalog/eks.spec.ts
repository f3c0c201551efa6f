import assert from "node:assert/strict";
import { controlPlaneZoneProblem, NAT_KINDS, natProblem, takesControlPlane } from "../../catalog/eks";

describe("zones for the control plane", () => {
  for (const zoneId of ["use1-az3", "usw1-az2", "cac1-az3"])
    it(`are not ${zoneId}, which EKS refuses`, () => assert.equal(takesControlPlane(zoneId), false));

  it("are all others", () => assert.equal(takesControlPlane("use1-az2"), true));

  it("are enough when there are two", () => assert.equal(controlPlaneZoneProblem(["use2-az1", "use2-az2"]), undefined));

  it("are enough when two are left beside a refused one", () =>
    assert.equal(controlPlaneZoneProblem(["use1-az1", "use1-az3", "use1-az2"]), undefined));

  const tooFew: readonly { zoneIds: readonly string[]; problem: string }[] = [
    {
      zoneIds: ["use1-az3", "use1-az1"],
      problem:
        "EKS runs the control plane in at least 2 zones, and refuses it in use1-az3: that leaves use1-az1; add zones of the Region",
    },
    {
      zoneIds: ["use1-az3"],
      problem:
        "EKS runs the control plane in at least 2 zones, and refuses it in use1-az3: that leaves none; add zones of the Region",
    },
    {
      zoneIds: ["use2-az1", "use2-az1"],
      problem: "EKS runs the control plane in at least 2 zones: that leaves use2-az1; add zones of the Region",
    },
    {
      zoneIds: [],
      problem: "EKS runs the control plane in at least 2 zones: that leaves none; add zones of the Region",
    },
  ];
  for (const { zoneIds, problem } of tooFew)
    it(`are too few in ${zoneIds.join(" and ") || "no zone"}`, () =>
      assert.equal(controlPlaneZoneProblem(zoneIds), problem));
});

describe("the way out of the VPC", () => {
  it("may be none with interface endpoints", () => assert.equal(natProblem("none", true), undefined));

  it("may not be none without interface endpoints", () =>
    assert.equal(
      natProblem("none", false),
      "nodes could reach neither ECR nor the APIs of EKS and EC2: " +
        "set interfaceEndpoints to true, or nat to single, perZone or regional",
    ));

  for (const nat of NAT_KINDS.filter(kind => kind !== "none"))
    it(`may be ${nat} with interface endpoints and without`, () => {
      assert.equal(natProblem(nat, true), undefined);
      assert.equal(natProblem(nat, false), undefined);
    });
});
