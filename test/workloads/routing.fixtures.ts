/** One revision of a model under construction, for specs of what leads requests to it. */
import * as k8s from "@pulumi/kubernetes";
import type { RevisionContext } from "../../workloads/context";
import { PATHS } from "../../workloads/paths";
import type { PickedPath, PickerConfig } from "../../workloads/picker";
import type { LoraAdapter, RevisionDraft, RevisionPlan, RoleDraft } from "../../workloads/plan";
import { withServers } from "../../workloads/planning/revision";
import { P5_POOL } from "../support/infraOutputs";
import { type Registered, registeredBy } from "../support/mockedProgram";
import { clusterContext } from "../support/modelService";
import { planned } from "../support/plans";

export const OBJECTIVE = "kubernetes:llm-d.ai/v1alpha2:InferenceObjective";
export const BUDGET = "kubernetes:policy/v1:PodDisruptionBudget";
export const REWRITE = "kubernetes:llm-d.ai/v1alpha2:InferenceModelRewrite";

/** Of the resource that `poolStandIn` makes. */
export const STAND_IN = "kubernetes:core/v1:Namespace::stands-for-the-pool";

const DECODE_DRAFT: RoleDraft = {
  role: "decode",
  pool: P5_POOL,
  replicas: { min: 2, max: 4 },
  tensorParallel: 2,
  podsPerServer: 1,
  gpusPerPod: 2,
  efaPerPod: 0,
  fit: undefined,
  start: undefined,
  startupBudget: { periodSeconds: 30, failureThreshold: 120 },
};

const DRAFT: RevisionDraft = {
  name: "qwen3-32b",
  model: "Qwen/Qwen3-32B",
  servedName: "Qwen/Qwen3-32B",
  revision: "v1",
  path: "optimizedBaseline",
  servingPath: PATHS.optimizedBaseline,
  weights: { source: "huggingFace", commit: undefined, gated: false, bytes: undefined },
  known: undefined,
  precision: undefined,
  quantization: undefined,
  maxModelLen: undefined,
  gpuMemoryUtilization: undefined,
  engineArgs: [],
  env: {},
  lora: [],
  loraAliases: [],
  priorities: {},
  routing: "tokenLoad",
  failureMode: "FailOpen",
  resources: undefined,
  schedule: undefined,
  scaling: { waitingPerServer: 1, runningPerServer: 16 },
  debug: { nccl: false },
};

export const PLAN = withServers([DECODE_DRAFT], DRAFT);

export const [DECODE] = PLAN.roles;

/** An adapter as planning makes it. */
export const ADAPTER: LoraAdapter = { name: "sql", source: "acme/sql-lora", commit: undefined, rank: 16 };

/** As in llm-d v0.9.0, guides/optimized-baseline/router/optimized-baseline.values.yaml. */
export const PUBLISHED: PickerConfig = {
  apiVersion: "llm-d.ai/v1alpha1",
  kind: "EndpointPickerConfig",
  plugins: [
    { type: "approx-prefix-cache-producer" },
    { type: "inflight-load-producer" },
    { type: "prefix-cache-affinity-filter" },
    { type: "token-load-scorer" },
  ],
  schedulingProfiles: [
    {
      name: "default",
      plugins: [{ pluginRef: "prefix-cache-affinity-filter" }, { pluginRef: "token-load-scorer" }],
    },
  ],
};

/** A path of servers with one port each. */
export const pathOf = (config: PickerConfig = PUBLISHED): PickedPath => ({
  pickerConfig: () => config,
  targetPorts: () => [8000],
});

/** Only to be called while mocks are set. */
export function contextOf(fields: Partial<RevisionPlan> = {}): RevisionContext {
  const plan = planned({ ...PLAN, ...fields });
  const kubernetes = new k8s.Provider("cluster", { kubeconfig: "{}" });
  return {
    key: { model: plan.name, revision: plan.revision, guide: "optimized-baseline" },
    plan,
    cluster: clusterContext(kubernetes),
    opts: { provider: kubernetes },
  };
}

/** Something that has to be there first. */
export const poolStandIn = ({ opts }: RevisionContext): k8s.core.v1.Namespace =>
  new k8s.core.v1.Namespace("stands-for-the-pool", {}, opts);

/** What is registered by building with a context, without the context's own. */
export async function registeredWith(
  build: (context: RevisionContext) => unknown,
  fields: Partial<RevisionPlan> = {},
): Promise<Registered[]> {
  const all = await registeredBy(() => build(contextOf(fields)));
  return all.filter(({ type, name }) => !type.startsWith("pulumi:providers:") && name !== "stands-for-the-pool");
}
