/** The plan of one revision, and why it could never run. */
import { publishedBytes } from "../../catalog/models";
import type { GpuPoolFacts, InfraOutputs, PlatformOutputs } from "../../contracts/outputs";
import type { AdapterConfigs } from "../adapterConfigs";
import type { RevisionDraft, RevisionPlan, RoleDraft, RolePlan, SchedulePlan } from "../plan";
import type { Paths } from "../servers/shape";
import { egressProblems } from "./egress";
import { featureProblems } from "./features";
import { fitProblems, type PlacedRole, placeRole } from "./fits";
import { accessProblems, type ModelFacts, modelFacts } from "./modelFacts";
import { efaPerPod, nodeProblems, resourceProblems, standIn, usesNixl, zoneProblems } from "./pools";
import { type RequestedRole, type Revision, requestedRoles } from "./revisions";
import { transferProblems } from "./transfers";

/** Serving paths and facts of the layers below, the same for all revisions. */
export interface PlanningContext {
  /** Serving paths by their names in the stack file. */
  readonly paths: Paths;
  /** Undefined where the infra layer is not there yet. */
  readonly pools: readonly GpuPoolFacts[] | undefined;
  /** The same pools by their names; empty where `pools` is undefined. */
  readonly byName: ReadonlyMap<string, GpuPoolFacts>;
  /** Undefined where the platform layer is not there yet. */
  readonly features: PlatformOutputs["features"] | undefined;
  /** AWS region, for prices in advice. */
  readonly region: string;
  /** Configurations of adapters at Hugging Face, by `adapterKey`. */
  readonly adapterConfigs: AdapterConfigs;
  /** Undefined where nobody says. */
  readonly egress: InfraOutputs["egress"];
  /** Access to weights: a configured Hugging Face token; a model store, assumed where no infra layer is there yet. */
  readonly access: { readonly hasToken: boolean; readonly hasStore: boolean };
}

export interface Planned {
  /** Revision as the stack file describes it. */
  readonly revision: Revision;
  /** Plan of it, made even where there are problems. */
  readonly plan: RevisionPlan;
  /** Reasons why the plan could never run, each with its path; empty: none. */
  readonly problems: readonly string[];
  /** Warnings about the revision's adapters; empty: none. */
  readonly warnings: readonly string[];
}

export function planRevision(revision: Revision, context: PlanningContext): Planned {
  const facts = modelFacts(revision, context.adapterConfigs);
  const [first, ...others] = requestedRoles(revision);
  const place = (requested: RequestedRole): PlacedRole =>
    placeRole({ revision, facts, requested, pool: context.byName.get(requested.pool) ?? standIn(requested.pool) });
  const placed: PlacedRoles = [place(first), ...others.map(place)];
  const plan = revisionPlan(placed, context);
  const problems = [
    ...facts.problems,
    ...accessProblems(revision, facts, context.access),
    ...egressProblems(revision, facts, context.egress),
    ...transferProblems(revision, facts, context.paths),
    ...splitProblems(revision, facts, plan.roles),
    ...featureProblems(revision, plan, context.features),
    ...placeProblems(placed, plan, context),
  ];
  return { revision, plan, problems, warnings: facts.warnings };
}

/** Roles of one revision, in the order decode, prefill. */
type PlacedRoles = readonly [PlacedRole, ...PlacedRole[]];

function planRole({ revision, requested, pool, fit, start, startupBudget }: PlacedRole, pools: unknown): RoleDraft {
  const { role, replicas, tensorParallel, podsPerServer, gpusPerPod } = requested;
  return {
    role,
    pool,
    replicas,
    tensorParallel,
    podsPerServer,
    gpusPerPod,
    efaPerPod: efaPerPod(revision.servingPath, requested, pool),
    start,
    startupBudget,
    // Whether it fits on a stand-in says nothing.
    fit: pools === undefined ? undefined : fit?.fit,
  };
}

/**
 * NIXL moves a prefill server's cache to a decode server of as many GPUs or more (llm-d, docs/operations/disaggregation/vllm.md).
 * vLLM 0.26 has learned the other way, save for key and value heads that are on several GPUs, and nobody has published a run
 * of it over EFA. A latent cache is the same on every GPU.
 */
function splitProblems({ path, servingPath }: Revision, { known }: ModelFacts, roles: RevisionPlan["roles"]): string[] {
  const [decode, prefill] = roles;
  if (!usesNixl(servingPath) || prefill === undefined) return [];
  if (prefill.tensorParallel <= decode.tensorParallel || known?.model.shape.attention.kind === "latent") return [];
  return [
    `"${path}.prefill.tensorParallel": ${prefill.tensorParallel} is more than the ${decode.tensorParallel} of decode. vLLM ` +
      "0.26 moves a cache to fewer GPUs only where no key and value head is on several of them, and upstream's guide does " +
      "not do it: lower it, or raise decode.tensorParallel",
  ];
}

/** Problems of the revision on its pools; none as long as the pools are not known. */
function placeProblems(placed: PlacedRoles, plan: RevisionPlan, { pools, byName, region }: PlanningContext): string[] {
  if (pools === undefined) return [];
  const [{ revision }] = placed;
  const nowhere = placed.filter(({ requested: { pool } }) => !byName.has(pool));
  if (nowhere.length > 0) return nowhere.map(({ requested }) => absenceProblem(requested, pools));
  const ofRoles = placed.flatMap((one, index) => {
    const problems = nodeProblems(plan, one.requested, one.pool);
    // A server that starts on no node is told so once, not again by what it would lack there.
    if (problems.length > 0) return problems;
    const role = plan.roles[index];
    return [...fitProblems(one, { pools, region }), ...(role ? resourceProblems(revision.modelPath, role) : [])];
  });
  return [...ofRoles, ...zoneProblems(revision.modelPath, plan.roles)];
}

const absenceProblem = ({ pool, poolPath }: RequestedRole, pools: readonly GpuPoolFacts[]): string =>
  `"${poolPath}": "${pool}" is not a GPU pool of llmd-infra: take one of ${pools.map(({ name }) => name).join(", ")}`;

/** As upstream's autoscaling guide has it. */
const UPSTREAM_TARGETS = { waitingPerServer: 1, runningPerServer: 16 } as const;

const FAILURE_MODES = { failOpen: "FailOpen", failClose: "FailClose" } as const;

function revisionPlan(placed: PlacedRoles, { pools }: PlanningContext): RevisionPlan {
  const [first, ...others] = placed;
  const { settings, servedName, servingPath } = first.revision;
  const { known, precision, adapters } = first.facts;
  const roles: Drafts = [planRole(first, pools), ...others.map(other => planRole(other, pools))];
  return withServers(roles, {
    name: settings.name,
    model: settings.model,
    servedName,
    revision: settings.revision,
    path: settings.path,
    servingPath,
    weights: {
      source: settings.weights?.source ?? "huggingFace",
      distributed: settings.weights?.distributed ?? true,
      copied: settings.weights?.copied ?? false,
      commit: settings.modelCommit,
      gated: known?.publication.gated ?? false,
      bytes: known === undefined ? undefined : publishedBytes(known),
    },
    known,
    precision,
    quantization: settings.quantization,
    maxModelLen: settings.maxModelLen,
    gpuMemoryUtilization: settings.gpuMemoryUtilization,
    engineArgs: settings.engineArgs ?? [],
    env: settings.env ?? {},
    lora: adapters,
    loraAliases: settings.loraAliases ?? [],
    priorities: settings.priorities ?? {},
    routing: settings.routing ?? (servingPath.tokenLoad === true ? "tokenLoad" : "weighted"),
    // The default of upstream's charts; the API's own is FailClose.
    failureMode: FAILURE_MODES[settings.failureMode ?? "failOpen"],
    resources: settings.resources,
    schedule: schedulePlan(settings.schedule, roles),
    scaling: {
      waitingPerServer: settings.scaling?.waitingPerServer ?? UPSTREAM_TARGETS.waitingPerServer,
      runningPerServer: settings.scaling?.runningPerServer ?? UPSTREAM_TARGETS.runningPerServer,
    },
    debug: settings.debug ?? { nccl: false },
  });
}

type Drafts = readonly [RoleDraft, ...RoleDraft[]];

/** The one place where a path is asked what its servers are. */
export function withServers([first, ...others]: Drafts, draft: RevisionDraft): RevisionPlan {
  const served = (role: RoleDraft): RolePlan => ({ ...role, server: draft.servingPath.server(draft, role) });
  return { ...draft, roles: [served(first), ...others.map(served)] };
}

/** A canary with fewer servers than stay of its model while down keeps what it has. */
function schedulePlan(schedule: SchedulePlan | undefined, roles: Drafts): SchedulePlan | undefined {
  if (schedule === undefined) return undefined;
  return { ...schedule, replicas: Math.min(schedule.replicas, ...roles.map(({ replicas }) => replicas.min)) };
}
