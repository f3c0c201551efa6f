/** One revision of a model under construction. */
import * as k8s from "@pulumi/kubernetes";
import type { ClusterContext, RevisionContext } from "../../workloads/context";
import { revisionKeyOf } from "../../workloads/names";
import { PATHS } from "../../workloads/paths";
import type { LoraAdapter, RevisionDraft, RevisionPlan, RoleDraft } from "../../workloads/plan";
import { withServers } from "../../workloads/planning/revision";
import type { ServingPath } from "../../workloads/servers/shape";
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

/** Fields of a plan on a path that differs from the optimized baseline in these facts. */
export const onPath = (facts: Partial<ServingPath>): Pick<RevisionPlan, "path" | "servingPath"> => ({
  path: "another",
  servingPath: { ...PATHS.optimizedBaseline, ...facts },
});

/** Only to be called while mocks are set. */
export function contextOf(fields: Partial<RevisionPlan> = {}, cluster: Partial<ClusterContext> = {}): RevisionContext {
  const plan = planned({ ...PLAN, ...fields });
  const kubernetes = new k8s.Provider("cluster", { kubeconfig: "{}" });
  return {
    key: revisionKeyOf(plan),
    plan,
    cluster: { ...clusterContext(kubernetes), ...cluster },
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
