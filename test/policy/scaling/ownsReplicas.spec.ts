import assert from "node:assert/strict";
import type { PolicyResource } from "@pulumi/policy";
import { scaledObjectOwnsReplicas } from "../../../policy/scaling/ownsReplicas";
import { resource, stackViolations, UNKNOWN } from "../fixtures";

const SCALED_OBJECT = "kubernetes:keda.sh/v1alpha1:ScaledObject";
const HPA = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";
const DEPLOYMENT = "kubernetes:apps/v1:Deployment";

const SERVERS = { apiVersion: "apps/v1", kind: "Deployment", name: "qwen-v1-decode" };
const IN_MODELS = { name: "qwen-v1-decode", namespace: "llm-d" };

const scaledObject = (target: object = SERVERS, metadata: object = IN_MODELS, name = "qwen-v1-decode-scaling") =>
  resource(SCALED_OBJECT, name, { metadata, spec: { scaleTargetRef: target } });

const autoscaler = (target: object = SERVERS, metadata: object = IN_MODELS, type = HPA) =>
  resource(type, "own", { metadata, spec: { scaleTargetRef: target } });

const deployment = (spec: object = {}, metadata: object = IN_MODELS, type = DEPLOYMENT) =>
  resource(type, "qwen-v1-decode", { metadata, spec });

const saidOf = (...resources: PolicyResource[]): string[] => stackViolations(scaledObjectOwnsReplicas, resources);

const TARGET = `apps/Deployment "qwen-v1-decode"`;
const OWNER = `ScaledObject "qwen-v1-decode-scaling"`;
const TWO = `HorizontalPodAutoscaler "own" scales ${TARGET}, which ${OWNER} owns: leave one of them out.`;

describe("stack-scaledobject-owns-replicas", () => {
  it("accepts a ScaledObject and its Deployment, with the number that the API server gave it", () =>
    assert.deepEqual(saidOf(scaledObject(), deployment({ replicas: 1 })), []));

  it("accepts an autoscaler and a number of replicas without a ScaledObject", () =>
    assert.deepEqual(saidOf(autoscaler(), deployment({ replicas: 2 })), []));

  it("refuses an autoscaler beside a ScaledObject, wherever it stands", () => {
    assert.deepEqual(saidOf(scaledObject(), autoscaler()), [TWO]);
    assert.deepEqual(saidOf(autoscaler(), scaledObject()), [TWO]);
  });

  it("refuses autoscalers of every version, and of another version of the target", () => {
    for (const version of ["v1", "v2", "v2beta2"])
      assert.deepEqual(
        saidOf(
          scaledObject(),
          autoscaler(SERVERS, IN_MODELS, `kubernetes:autoscaling/${version}:HorizontalPodAutoscaler`),
        ),
        [TWO],
      );
    assert.deepEqual(saidOf(scaledObject(), autoscaler({ ...SERVERS, apiVersion: "apps/v1beta2" })), [TWO]);
  });

  it("takes a target without kind and version for a Deployment, as KEDA does", () =>
    assert.deepEqual(saidOf(scaledObject({ name: "qwen-v1-decode" }), autoscaler()), [TWO]));

  for (const [what, target, metadata] of [
    ["of another name", { ...SERVERS, name: "qwen-v2-decode" }, IN_MODELS],
    ["of another kind", { ...SERVERS, kind: "StatefulSet" }, IN_MODELS],
    ["of another group", { ...SERVERS, apiVersion: "example.com/v1" }, IN_MODELS],
    ["in another namespace", SERVERS, { ...IN_MODELS, namespace: "others" }],
    ["in the provider's namespace", SERVERS, { name: "qwen-v1-decode" }],
  ] as const)
    it(`accepts an autoscaler of something ${what}`, () =>
      assert.deepEqual(saidOf(scaledObject(), autoscaler(target, metadata)), []));

  it("refuses two ScaledObjects of one target, and says so once", () =>
    assert.deepEqual(saidOf(scaledObject(), scaledObject(SERVERS, IN_MODELS, "again")), [
      `ScaledObject "again" scales ${TARGET}, which ${OWNER} owns: leave one of them out.`,
    ]));

  it("takes a namespace that is not known yet for the same", () => {
    const unknown = { ...IN_MODELS, namespace: UNKNOWN };
    assert.deepEqual(saidOf(scaledObject(SERVERS, unknown), autoscaler()), [TWO]);
  });

  it("says nothing of targets and objects that are not known yet", () => {
    assert.deepEqual(saidOf(scaledObject({ ...SERVERS, name: UNKNOWN }), autoscaler()), []);
    assert.deepEqual(saidOf(scaledObject(), autoscaler({ ...SERVERS, name: UNKNOWN })), []);
    assert.deepEqual(saidOf(resource(SCALED_OBJECT, "whole", { spec: UNKNOWN }), autoscaler()), []);
  });

  it("says nothing of objects without a target", () =>
    assert.deepEqual(saidOf(resource(SCALED_OBJECT, "empty", {}), resource(HPA, "empty", {}), deployment()), []));

  it("fails on an object that it cannot read, and does not take that for an unknown", () => {
    const broken = { ...SERVERS, apiVersion: 1 };
    assert.throws(() => saidOf(scaledObject(broken), autoscaler()), TypeError);
  });
});
