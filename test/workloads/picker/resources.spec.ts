import assert from "node:assert/strict";
import { pickerResources } from "../../../workloads/picker/resources";
import type { RevisionPlan } from "../../../workloads/plan";
import { DECODE, onPath, PLAN } from "../fixtures";

describe("the size of an endpoint picker", () => {
  const cpuOf = (roles: RevisionPlan["roles"], ports = [8000]) =>
    pickerResources({ ...PLAN, ...onPath({ targetPorts: () => ports }), roles }).requests.cpu;
  const replicas = (max: number, podsPerServer = 1) => ({ ...DECODE, replicas: { min: 1, max }, podsPerServer });

  it("stays upstream's for upstream's eight servers", () => assert.equal(cpuOf([replicas(8)]), "3700m"));

  it("grows with the servers there may be, of both roles", () =>
    assert.equal(cpuOf([replicas(60), { ...replicas(48), role: "prefill" }]), "11700m"));

  it("counts every port of every pod of a group", () =>
    assert.equal(cpuOf([replicas(2, 2)], [8000, 8001, 8002, 8003, 8004, 8005, 8006, 8007]), "5700m"));
});
