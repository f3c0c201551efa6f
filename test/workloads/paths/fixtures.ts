/** Revisions of every path on every type of node with EFA, and the pods that come of them. */
import assert from "node:assert/strict";
import type * as k8s from "@pulumi/kubernetes";
import { type InstanceTypeName, instanceType } from "../../../catalog/instances";
import { knownModel } from "../../../catalog/models";
import type { GpuPoolFacts } from "../../../contracts/outputs";
import type { ClusterContext, RevisionContext } from "../../../workloads/context";
import type { RevisionPlan, Role, RolePlan } from "../../../workloads/plan";
import { createModelServers } from "../../../workloads/servers/modelServers";
import type { ServerNeeds } from "../../../workloads/servers/podTemplate";
import type { ServerShape } from "../../../workloads/servers/shape";
import { P5_POOL } from "../../support/infraOutputs";
import { type Registered, registeredBy } from "../../support/mockedProgram";
import { DEPLOYMENT, podTemplateIn } from "../../support/modelService";
import { planned } from "../../support/plans";
import { contextOf, DECODE, PLAN } from "../fixtures";

export const LEADER_WORKER_SET = "kubernetes:leaderworkerset.x-k8s.io/v1:LeaderWorkerSet";

/** Nodes of eight GPUs, with the EFA interfaces that each GPU has of them. */
export const EFA_NODES = [
  { type: "p5.48xlarge", perGpu: 4 },
  { type: "p5e.48xlarge", perGpu: 4 },
  { type: "p5en.48xlarge", perGpu: 2 },
] as const satisfies readonly { type: InstanceTypeName; perGpu: number }[];

export function efaPool(type: InstanceTypeName): GpuPoolFacts {
  const { gpus, efa, family } = instanceType(type);
  return { ...P5_POOL, name: family, instanceType: type, gpusPerNode: gpus, maxNodes: 4, efaPerNode: efa };
}

/** A role of one pod per server, as the planning makes it. */
export function rolePlan(role: Role, tensorParallel: number, replicas: number, pool = P5_POOL): RolePlan {
  const efaPerPod = (pool.efaPerNode * tensorParallel) / pool.gpusPerNode;
  const range = { min: replicas, max: replicas };
  return { ...DECODE, role, pool, replicas: range, tensorParallel, gpusPerPod: tensorParallel, efaPerPod };
}

/** llm-d's optimized baseline: Qwen3-32B on 16 GPUs, two each. */
export const BASELINE: RevisionPlan = { ...PLAN, roles: [rolePlan("decode", 2, 8)] };

export const PRECISE = planned({ ...BASELINE, path: "precisePrefix" });

/** llm-d's guide of prefill and decode: gpt-oss-120b on 16 GPUs, prefill 8 × 1, decode 2 × 4. */
export const disaggregated = (type: InstanceTypeName): RevisionPlan =>
  planned({
    ...PLAN,
    name: "gpt-oss-120b",
    model: "openai/gpt-oss-120b",
    servedName: "openai/gpt-oss-120b",
    path: "prefillDecode",
    known: knownModel("openai/gpt-oss-120b"),
    precision: "mxfp4",
    roles: [rolePlan("decode", 4, 2, efaPool(type)), rolePlan("prefill", 1, 8, efaPool(type))],
  });

/** llm-d's guide of wide expert parallelism: DeepSeek-R1, two nodes that prefill and two that decode. */
export function wide(type: InstanceTypeName): RevisionPlan {
  const pool = efaPool(type);
  const role = (name: Role): RolePlan => ({
    ...rolePlan(name, 1, 1, pool),
    podsPerServer: 2,
    gpusPerPod: pool.gpusPerNode,
    efaPerPod: pool.efaPerNode,
  });
  return planned({
    ...PLAN,
    name: "deepseek-r1",
    model: "deepseek-ai/DeepSeek-R1-0528",
    servedName: "deepseek-ai/DeepSeek-R1-0528",
    path: "wideExpert",
    known: knownModel("deepseek-ai/DeepSeek-R1-0528"),
    precision: "fp8Block",
    roles: [role("decode"), role("prefill")],
  });
}

/** Weights of a plan in the bucket `models`. */
export const inS3 = (plan: RevisionPlan): RevisionPlan => ({
  ...plan,
  weights: { ...plan.weights, source: "s3", commit: "c".repeat(40) },
});

export function roleOf({ roles }: RevisionPlan, role: Role): RolePlan {
  const found = roles.find(plan => plan.role === role);
  assert.ok(found, `no ${role}`);
  return found;
}

export const shapeOf = (plan: RevisionPlan, role: Role = "decode"): ServerShape => roleOf(planned(plan), role).server;

const MODEL_STORE = { bucket: "models", readerRoleArn: "arn:reader", writerRoleArn: "arn:writer" };

/** Only to be called while mocks are set. */
export const revision = (plan: RevisionPlan, cluster: Partial<ClusterContext> = {}): RevisionContext =>
  contextOf(plan, { modelStore: MODEL_STORE, ...cluster });

type Needs = (context: RevisionContext) => ServerNeeds;

const NEEDS: Needs = () => ({ account: "account" });

/** The servers that a plan's revision registers, by name: decode before prefill. */
export async function registeredServers(plan: RevisionPlan, needs: Needs = NEEDS): Promise<Registered[]> {
  const all = await registeredBy(() => {
    const context = revision(plan);
    createModelServers(context, needs(context));
  });
  return all.filter(({ type }) => type === DEPLOYMENT || type === LEADER_WORKER_SET);
}

/** What a Deployment or LeaderWorkerSet of servers has in common. */
export interface Made {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly template: k8s.types.output.core.v1.PodTemplateSpec;
}

export function madeBy(resource: Registered): Made {
  const template = podTemplateIn(resource);
  assert.ok(template, `${resource.name} has no template of pods`);
  return { ...(resource.inputs as unknown as Omit<Made, "template">), template };
}

/** The servers of one role. */
export async function serversOf(plan: RevisionPlan, role: Role = "decode", needs: Needs = NEEDS): Promise<Made> {
  const registered = await registeredServers(plan, needs);
  const found = registered.find(({ name }) => name === `${plan.name}-${plan.revision}-${role}`);
  assert.ok(found, `no servers of ${role}`);
  return madeBy(found);
}

/** The model server's container, the only one that is no init container. */
export function containerOf({ template }: Made): k8s.types.output.core.v1.Container {
  const [container, ...others] = template.spec.containers;
  assert.ok(container);
  assert.deepEqual(others, []);
  return container;
}

/** JSON after an argument's `=`. */
export function jsonArgument(args: readonly string[], name: string): unknown {
  const found = args.filter(arg => arg.startsWith(`--${name}=`));
  assert.equal(found.length, 1, `--${name} is there ${found.length} times`);
  return JSON.parse(found[0]?.slice(`--${name}=`.length) ?? "");
}

/** Values of variables by name; of those without a value, where it comes from. */
export const variables = (env: ServerShape["env"]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(env.map(({ name, value, valueFrom }) => [String(name), value ?? valueFrom]));

export const EFA_NODE = "p5.48xlarge";

/** A plan of every path. */
export const PLANS: readonly RevisionPlan[] = [BASELINE, PRECISE, disaggregated(EFA_NODE), wide(EFA_NODE)];

/** Every role of every path. */
export const EVERY_ROLE = PLANS.flatMap(plan =>
  plan.roles.map(({ role }) => ({ plan, role, what: `${plan.path}, ${role}` })),
);

/** The plan with one role changed. */
export function withRole(plan: RevisionPlan, role: Role, fields: Partial<RolePlan>): RevisionPlan {
  const [first, ...others] = plan.roles.map(one => (one.role === role ? { ...one, ...fields } : one));
  assert.ok(first);
  return { ...plan, roles: [first, ...others] };
}
