import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { knownModel } from "../../catalog/models";
import { IMAGES } from "../../catalog/versions";
import type { ModelPlan } from "../../workloads/plan";
import { createRenderer, rendererUrl } from "../../workloads/renderer";
import { only, type Registered } from "../support/mockedProgram";
import { containerIn, DEPLOYMENT, deploymentIn, SERVICE } from "../support/modelService";
import { BUDGET, PLAN, registeredWith } from "./routing.fixtures";

const NAME = "qwen3-32b-v1-render";
const LABELS = { "llmd/renderer": "qwen3-32b-v1" };

const rendered = (fields: Partial<ModelPlan> = {}, withToken = false): Promise<Registered[]> =>
  registeredWith(context => {
    const token = withToken
      ? new k8s.core.v1.Secret("token", { metadata: { name: "qwen3-32b-hf-token" } }, context.opts)
      : undefined;
    createRenderer(context, token);
  }, fields);

describe("the renderer", () => {
  let registered: Registered[];

  before(async () => {
    registered = await rendered();
  });

  const deployment = () => only(registered, DEPLOYMENT);
  const container = () => containerIn(deployment());

  it("is a vLLM without GPU that knows the model's template and tokenizer", () => {
    const { image, command, args, resources } = container();
    assert.equal(image, IMAGES.renderer);
    assert.deepEqual(command, ["vllm", "launch", "render"]);
    assert.deepEqual(args, ["Qwen/Qwen3-32B", "--port=8000"]);
    assert.deepEqual(resources, { requests: { cpu: "4", memory: "8Gi" }, limits: { memory: "8Gi" } });
  });

  it("has the servers' commit", async () => {
    const commit = "9216db5781bf21249d130ec9da846c4624c16137";
    const pinned = await rendered({ weights: { ...PLAN.weights, commit } });
    assert.deepEqual(containerIn(only(pinned, DEPLOYMENT)).args, [
      "Qwen/Qwen3-32B",
      "--port=8000",
      `--revision=${commit}`,
    ]);
  });

  const ENV = [
    { name: "HF_HOME", value: "/tmp/hf" },
    { name: "USER", value: "llm-d" },
  ];

  it("keeps what it fetches for as long as its pod lives", () => {
    assert.deepEqual(container().env, ENV);
    assert.deepEqual(container().volumeMounts, [{ name: "cache", mountPath: "/tmp/hf" }]);
    assert.deepEqual(deploymentIn(deployment()).spec.template.spec.volumes, [{ name: "cache", emptyDir: {} }]);
  });

  const TOKEN = { name: "HF_TOKEN", valueFrom: { secretKeyRef: { name: "qwen3-32b-hf-token", key: "HF_TOKEN" } } };
  const known = knownModel("Qwen/Qwen3-32B");
  for (const { what, fields, env } of [
    { what: "the token for a model that is not open", fields: { known, gated: true }, env: [...ENV, TOKEN] },
    { what: "the token for a model of which nobody knows", fields: { gated: false }, env: [...ENV, TOKEN] },
    { what: "no token for an open model", fields: { known, gated: false }, env: ENV },
  ])
    it(`has ${what}`, async () => {
      const { gated, ...others } = fields;
      const registered = await rendered({ ...others, weights: { ...PLAN.weights, gated } }, true);
      assert.deepEqual(containerIn(only(registered, DEPLOYMENT)).env, env);
    });

  it("answers by the name that requests have, where its weights are another repository's", async () => {
    const canary = await rendered({ model: "Qwen/Qwen3-32B-FP8" });
    assert.deepEqual(containerIn(only(canary, DEPLOYMENT)).args, [
      "Qwen/Qwen3-32B-FP8",
      "--port=8000",
      "--served-model-name=Qwen/Qwen3-32B",
    ]);
  });

  it("has ten minutes to start, which an `up` does not wait for", () => {
    const httpGet = { path: "/health", port: "render-http" };
    const { startupProbe, livenessProbe, readinessProbe } = container();
    assert.deepEqual(startupProbe, {
      httpGet,
      initialDelaySeconds: 30,
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 60,
    });
    assert.deepEqual(livenessProbe, { httpGet, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 });
    assert.deepEqual(readinessProbe, { httpGet, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 });
    for (const type of [DEPLOYMENT, SERVICE])
      assert.deepEqual(only(registered, type).inputs.metadata, {
        name: NAME,
        namespace: "llm-d",
        annotations: { "pulumi.com/skipAwait": "true" },
      });
  });

  it("is two, apart where there are nodes for it, of which one always stays", () => {
    const { replicas, strategy, template, progressDeadlineSeconds } = deploymentIn(deployment()).spec;
    assert.equal(replicas, 2);
    // Twice what the startup probe waits.
    assert.equal(progressDeadlineSeconds, 2 * (30 + 10 * 60));
    assert.deepEqual(strategy, { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
    assert.deepEqual(template.spec.topologySpreadConstraints, [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: LABELS },
      },
    ]);
    assert.deepEqual(only(registered, BUDGET).inputs.spec, { maxUnavailable: 1, selector: { matchLabels: LABELS } });
  });

  it("runs before what is less urgent, with no rights in the cluster and no privileges on the node", () => {
    const { priorityClassName, automountServiceAccountToken, enableServiceLinks, securityContext } = deploymentIn(
      deployment(),
    ).spec.template.spec;
    assert.equal(priorityClassName, "llmd-routing");
    assert.equal(automountServiceAccountToken, false);
    assert.equal(enableServiceLinks, false);
    assert.deepEqual(securityContext, { seccompProfile: { type: "RuntimeDefault" } });
    assert.deepEqual(container().securityContext, {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("is no model server: no pool and no monitor of servers finds it", () => {
    const { selector, template } = deploymentIn(deployment()).spec;
    assert.deepEqual(selector, { matchLabels: LABELS });
    assert.deepEqual(template.metadata.labels, LABELS);
  });

  it("is found by the name that the picker asks, which stands for its pods", () => {
    assert.equal(rendererUrl(PLAN), `http://${NAME}:8000`);
    assert.deepEqual(only(registered, SERVICE, NAME).inputs.spec, {
      type: "ClusterIP",
      clusterIP: "None",
      selector: LABELS,
      ports: [{ name: "render-http", port: 8000, targetPort: 8000, appProtocol: "http" }],
    });
    assert.deepEqual(container().ports, [{ name: "render-http", containerPort: 8000 }]);
  });
});
