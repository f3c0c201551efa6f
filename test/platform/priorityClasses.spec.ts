import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { PriorityClasses } from "../../platform/priorityClasses";
import { assertNamed, inputsOf, only, type Registered, registeredBy, settled } from "../support/mockedProgram";

const CLASS = "kubernetes:scheduling.k8s.io/v1:PriorityClass";
/** Lowest of Kubernetes' own classes. */
const SYSTEM = 2_000_000_000;

describe("the priority classes", () => {
  let registered: Registered[];
  let component: PriorityClasses;

  before(async () => {
    registered = await registeredBy(() => {
      const kubernetes = new k8s.Provider("cluster", { kubeconfig: "{}" });
      component = new PriorityClasses("priority", { kubernetes });
    });
  });

  const classOf = (name: string) => only(registered, CLASS, name).inputs;

  it("are named after their component, and hand over their names", async () => {
    assertNamed(
      registered.filter(({ type }) => type === CLASS),
      "priority",
    );
    assert.equal(await settled(component.names.serving), "llmd-serving");
    assert.equal(await settled(component.names.routing), "llmd-routing");
    assert.equal(await settled(component.names.platform), "llmd-platform");
  });

  it("order gateways above model servers, and both between pods without a class and Kubernetes' own", () => {
    const [serving, routing] = [classOf("priority-serving").value, classOf("priority-routing").value];
    assert.ok(typeof serving === "number" && typeof routing === "number");
    assert.ok(0 < serving && serving < routing && routing < SYSTEM);
  });

  it("let endpoint pickers, controllers and Alertmanager not evict each other", () =>
    assert.equal(classOf("priority-platform").value, classOf("priority-routing").value));

  it("evict no pod of a GPU node for a model server that waits", () =>
    assert.equal(classOf("priority-serving").preemptionPolicy, "Never"));

  it("evict lower classes for gateways and the rest of the platform", () => {
    assert.equal(classOf("priority-routing").preemptionPolicy, "PreemptLowerPriority");
    assert.equal(classOf("priority-platform").preemptionPolicy, "PreemptLowerPriority");
  });

  it("are no default for other pods", () =>
    assert.deepEqual(
      inputsOf(registered, CLASS).map(({ globalDefault }) => globalDefault),
      [false, false, false],
    ));
});
