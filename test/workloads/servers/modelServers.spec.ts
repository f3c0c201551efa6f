import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { revisionKeyOf } from "../../../workloads/names";
import type { RevisionPlan } from "../../../workloads/plan";
import { createModelServers, createServerAccount } from "../../../workloads/servers/modelServers";
import { only, registeredBy } from "../../support/mockedProgram";
import { ACCOUNT, DEPLOYMENT } from "../../support/modelService";
import {
  BASELINE,
  disaggregated,
  EFA_NODE,
  EVERY_ROLE,
  LEADER_WORKER_SET,
  madeBy,
  PLANS,
  PRECISE,
  registeredServers,
  revision,
  serversOf,
  wide,
  withRole,
} from "../paths/fixtures";
import { START } from "../scaling/plans";

/** What updates leave as it is, by the name of the object. */
async function ignored(plan: RevisionPlan): Promise<Record<string, readonly string[]>> {
  const found: Record<string, readonly string[]> = {};
  const record: pulumi.ResourceTransformation = ({ name, opts }) => {
    found[name] = "ignoreChanges" in opts ? (opts.ignoreChanges ?? []) : [];
    return undefined;
  };
  await registeredBy(() => {
    const context = revision(plan);
    createModelServers({ ...context, opts: { ...context.opts, transformations: [record] } }, { account: "account" });
  });
  return found;
}

describe("the model servers", () => {
  const names: Readonly<Record<string, readonly string[]>> = {
    optimizedBaseline: ["qwen3-32b-v1-decode"],
    precisePrefix: ["qwen3-32b-v1-decode"],
    prefillDecode: ["gpt-oss-120b-v1-decode", "gpt-oss-120b-v1-prefill"],
    wideExpert: ["deepseek-r1-v1-decode", "deepseek-r1-v1-prefill"],
  };
  for (const plan of PLANS)
    it(`are one object for each role of ${plan.path}, in the model's namespace and not waited for`, async () => {
      const registered = await registeredServers(plan);
      assert.deepEqual(
        registered.map(({ name }) => name),
        names[plan.path],
      );
      const type = plan.path === "wideExpert" ? LEADER_WORKER_SET : DEPLOYMENT;
      for (const made of registered) {
        const { name, namespace, annotations } = madeBy(made).metadata;
        assert.deepEqual([made.type, name, namespace], [type, made.name, "llm-d"]);
        // GPUs may take an hour to come.
        assert.equal(annotations["pulumi.com/skipAwait"], "true");
      }
    });

  for (const { plan, role, what } of EVERY_ROLE) {
    it(`have as many replicas as always run, where nothing scales them: ${what}`, async () => {
      const fixed = withRole(plan, role, { replicas: { min: 3, max: 3 } });
      const { spec, metadata } = await serversOf(fixed, role);
      assert.equal(spec.replicas, 3);
      // A former autoscaler still owns the number, and the API server would refuse another.
      assert.equal(metadata.annotations["pulumi.com/patchForce"], "true");
      assert.deepEqual((await ignored(fixed))[`${plan.name}-v1-${role}`], []);
    });

    it(`begin with the fewest replicas and leave the number to their autoscaler, where there is one: ${what}`, async () => {
      const scaled = withRole(plan, role, { replicas: { min: 2, max: 3 } });
      const { spec, metadata } = await serversOf(scaled, role);
      assert.equal(spec.replicas, 2);
      assert.deepEqual(metadata.annotations, { "pulumi.com/skipAwait": "true" });
      assert.deepEqual((await ignored(scaled))[`${plan.name}-v1-${role}`], ["spec.replicas"]);
    });
  }

  for (const plan of [BASELINE, PRECISE])
    it(`go one by one before their successors come, for which a full pool has no GPUs: ${plan.path}`, async () =>
      assert.deepEqual((await serversOf(plan)).spec.strategy, {
        type: "RollingUpdate",
        rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
      }));

  for (const role of ["decode", "prefill"] as const) {
    it(`are all gone before new ones come, where Deployments hand caches over: ${role}`, async () =>
      assert.deepEqual((await serversOf(disaggregated(EFA_NODE), role)).spec.strategy, { type: "Recreate" }));

    it(`are groups of pods that fail and are replaced as one once all have started, with wideExpert: ${role}`, async () => {
      const { spec } = await serversOf(wide(EFA_NODE), role);
      const { leaderWorkerTemplate, ...others } = spec as { leaderWorkerTemplate: Record<string, unknown> };
      const { workerTemplate, ...group } = leaderWorkerTemplate;
      assert.ok(workerTemplate);
      assert.deepEqual(group, { size: 2, restartPolicy: "RecreateGroupAfterStart" });
      assert.deepEqual(others, {
        replicas: 1,
        rolloutStrategy: {
          type: "RollingUpdate",
          rollingUpdateConfiguration: { maxUnavailable: "100%", maxSurge: 0 },
        },
        startupPolicy: "LeaderCreated",
      });
    });
  }

  for (const { what, start, seconds } of [
    { what: "a model that is known", start: START, seconds: 540 + 2100 },
    { what: "a model of which nobody knows how long it takes", start: undefined, seconds: 600 + 2100 },
  ])
    it(`miss their deadline once node, image and start have had their time: ${what}`, async () => {
      const startupBudget = { periodSeconds: 30, failureThreshold: 70 };
      const { spec } = await serversOf(withRole(BASELINE, "decode", { start, startupBudget }));
      assert.equal(spec.progressDeadlineSeconds, seconds);
    });

  it("come after what gives their account its rights: a pod gets them when it is made, or never", async () => {
    const registered = await registeredServers(BASELINE, ({ opts }) => ({
      account: "account",
      after: [new k8s.core.v1.Namespace("rights", {}, opts)],
    }));
    assert.deepEqual(registered[0]?.dependencies, ["kubernetes:core/v1:Namespace::rights"]);
  });

  it("have an account without rights, and pods get no token of it", async () => {
    const registered = await registeredBy(() => createServerAccount(revision(BASELINE)));
    assert.deepEqual(only(registered, ACCOUNT).inputs, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "qwen3-32b-v1-sa", namespace: "llm-d" },
      automountServiceAccountToken: false,
    });
  });

  it("are known by their model, their revision and the guide of their path", () => {
    for (const { name, revision: own, servingPath, ...plan } of PLANS)
      assert.deepEqual(revisionKeyOf({ ...plan, name, revision: own, servingPath }), {
        model: name,
        revision: own,
        guide: servingPath.guide,
      });
  });
});
