import assert from "node:assert/strict";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parseObjects, readObjects } from "../../rehearsal/doubles/kubernetes/components";
import { renderChart } from "../../rehearsal/doubles/kubernetes/helm";
import type { KubernetesObject } from "../../rehearsal/kubernetesApi";
import { OWN_CRDS } from "../../rehearsal/toolchain/crds";
import type { RevisionPlan } from "../../workloads/plan";
import { apiServer, testCluster } from "../support/apiServer";
import { ofType, type Registered, secretValue } from "../support/mockedProgram";
import {
  COMPONENT,
  DESTINATION_RULE,
  HTTP_ROUTE,
  POOL,
  registeredByModel,
  SCALED_OBJECT,
  SECRET,
  withCanary,
} from "../support/modelService";
import { ADAPTER, OBJECTIVE } from "./fixtures";
import { BASELINE, disaggregated, inS3, LEADER_WORKER_SET, PRECISE, wide } from "./paths/fixtures";
import { ASSOCIATION } from "./weights/fixtures";

const DEFINITIONS = [
  "httproutes.gateway.networking.k8s.io",
  "inferencepools.inference.networking.k8s.io",
  "destinationrules.networking.istio.io",
  "inferenceobjectives.llm-d.ai",
  "leaderworkersets.leaderworkerset.x-k8s.io",
  "scaledobjects.keda.sh",
];

/** As upstream publishes them: in files, or in charts. */
async function definitions(): Promise<KubernetesObject[]> {
  const { api, toolchain, kubeconfig } = await testCluster();
  const { gatewayApi, inferenceExtension, istio } = toolchain.crds;
  const { keda, leaderWorkerSet } = toolchain.charts;
  const groups = join(leaderWorkerSet, "crds", "leaderworkerset.x-k8s.io_leaderworkersets.yaml");
  const files = [gatewayApi, inferenceExtension, istio, OWN_CRDS.llmd, groups];
  const chart = { release: "keda", namespace: "keda", folder: keda, values: {} };
  const rendered = await renderChart({ binary: toolchain.binaries.helm, kubeconfig }, api, chart);
  const published = [...(await Promise.all(files.map(readObjects))).flat(), ...parseObjects(rendered)];
  return published.filter(({ metadata }) => DEFINITIONS.includes(String(metadata.name)));
}

/** With everything configured that adds an object or a field, and the longest names there are. */
const full = (plan: RevisionPlan): RevisionPlan => ({
  ...inS3(plan),
  name: "a".repeat(31),
  revision: "12345678",
  maxModelLen: 32768,
  gpuMemoryUtilization: 0.9,
  engineArgs: ["--enforce-eager"],
  lora: plan.path === "wideExpert" ? [] : [{ ...ADAPTER, commit: "d".repeat(40) }],
  priorities: { premium: 100, batch: -10 },
  failureMode: "FailClose",
  resources: { cpu: "4", memory: "64Gi" },
  schedule: {
    timezone: "Europe/Berlin",
    up: "0 7 * * 1-5",
    down: "0 19 * * 1-5",
    replicas: 0,
    wakeOnTraffic: plan.path === "optimizedBaseline",
  },
  debug: { nccl: true },
});

type Manifest = Readonly<Record<string, unknown>> & { readonly apiVersion: string; readonly kind: string };

const manifestOf = ({ type, inputs }: Registered): Manifest =>
  (type === SECRET ? { ...inputs, stringData: secretValue(inputs.stringData) } : inputs) as Manifest;

/** All objects of a model with two revisions, in a namespace that the API server has. */
async function manifestsOf(plan: RevisionPlan): Promise<Registered[]> {
  const registered = await registeredByModel(withCanary(plan, "87654321"), () => ({
    byModelField: true,
    cluster: { namespace: "default", huggingFaceToken: pulumi.secret("hf_abc") },
  }));
  return registered.filter(({ type }) => type !== COMPONENT && type !== ASSOCIATION);
}

describe("all objects of a model with two revisions, sent to the API server", () => {
  let server: Awaited<ReturnType<typeof apiServer>>;
  let installed: KubernetesObject[] = [];

  before(async function () {
    this.timeout(0); // the first run on a machine builds the API server
    server = await apiServer();
    const { api } = await testCluster();
    installed = await definitions();
    assert.equal(installed.length, DEFINITIONS.length);
    for (const definition of installed) {
      await api.applyPatiently(definition);
      await api.established(definition);
    }
  });

  after(async () => {
    const { api } = await testCluster();
    for (const definition of installed) await api.delete(definition);
  });

  /** And how many objects there are, so that none goes missing. */
  const PLANS: readonly { plan: RevisionPlan; plain: number; full: number }[] = [
    { plan: BASELINE, plain: 29, full: 41 },
    { plan: PRECISE, plain: 31, full: 43 },
    { plan: disaggregated("p5.48xlarge"), plain: 33, full: 47 },
    { plan: wide("p5.48xlarge"), plain: 29, full: 43 },
  ];

  for (const { plan, ...counts } of PLANS) {
    it(`are taken every one, with no field that is not known: ${plan.path}`, async () => {
      const objects = await manifestsOf(plan);
      assert.equal(objects.length, counts.plain);
      for (const object of objects) await server.dryRun(manifestOf(object));
    });

    it(`are taken with everything that can be configured, and the longest names there are: ${plan.path}`, async () => {
      const objects = await manifestsOf(full(plan));
      assert.equal(objects.length, counts.full);
      for (const object of objects) await server.dryRun(manifestOf(object));
    });
  }

  const KINDS = [
    { type: POOL, plan: BASELINE },
    { type: HTTP_ROUTE, plan: BASELINE },
    { type: DESTINATION_RULE, plan: BASELINE },
    { type: SCALED_OBJECT, plan: BASELINE },
    { type: OBJECTIVE, plan: BASELINE },
    { type: LEADER_WORKER_SET, plan: wide("p5.48xlarge") },
  ];
  for (const { type, plan } of KINDS)
    it(`are refused with a field that is not known, so the answers above mean something: ${type}`, async () => {
      const [object] = ofType(await manifestsOf(full(plan)), type);
      assert.ok(object, `no ${type}`);
      const manifest = manifestOf(object);
      const misspelt = { ...manifest, spec: { ...(manifest.spec as object), misspelt: {} } };
      await assert.rejects(server.dryRun(misspelt), { message: /unknown field "spec\.misspelt"/ });
    });
});
