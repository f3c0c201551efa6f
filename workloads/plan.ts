/**
 * What one revision of a model comes to: its stack-file entry with every default filled in, held against the pools it runs on
 * and what the catalogue says of the model. Everything that makes objects reads this, and nothing else.
 */
import type { Fit } from "../catalog/fit";
import type { KnownModel } from "../catalog/models";
import type { Precision } from "../catalog/models/shape";
import type { StartEstimate, StartupBudget } from "../catalog/startup";
import type { GpuPoolFacts } from "../contracts/outputs";
import type { ServerShape, ServingPath } from "./servers/shape";

/** `decode` also stands for servers that prefill and decode. */
export type Role = "decode" | "prefill";

/** Range of a role's replicas; a group of nodes counts as one. */
export interface Replicas {
  /** Servers that always run. 0 only with a schedule or a wake-up. */
  readonly min: number;
  /** Servers that may run at most, `min` or more. */
  readonly max: number;
}

/** The servers of one role, without what their path makes of them. */
export interface RoleDraft {
  /** Part of a request's work that the servers do. */
  readonly role: Role;
  /** GPU pool that the servers run on; a stand-in in a preview without the infra layer. */
  readonly pool: GpuPoolFacts;
  /** Servers that run; the number varies between both ends where requests scale the role. */
  readonly replicas: Replicas;
  /** GPUs that share one copy of the weights. */
  readonly tensorParallel: number;
  /** Pods of one server: 1, or `groupSize` nodes with wide expert parallelism. */
  readonly podsPerServer: number;
  /** GPUs of one pod. */
  readonly gpusPerPod: number;
  /** EFA interfaces of one pod, its share of the node's; 0 where the path needs none. */
  readonly efaPerPod: number;
  /** Fit of the model in the GPUs' memory; undefined on a stand-in for a pool, and where nobody can estimate it. */
  readonly fit: Fit | undefined;
  /** Seconds that one server takes to answer, from no node. */
  readonly start: StartEstimate | undefined;
  /** Time that the startup probe allows a server: upstream's hour where `start` is undefined. */
  readonly startupBudget: StartupBudget;
}

/** The servers of one role. */
export interface RolePlan extends RoleDraft {
  /** Their pods, as the path describes them. */
  readonly server: ServerShape;
}

/** Source of a server's weights. */
interface WeightsPlan {
  /** `s3`: copied there once by a Job, then streamed to the GPUs by every server. */
  readonly source: "huggingFace" | "s3";
  /** True where each of the GPUs that share one copy streams its part only; read where weights are streamed. @default true */
  readonly distributed?: boolean;
  /** True where the model store has them already, so that no Job copies them. @default false */
  readonly copied?: boolean;
  /** Hugging Face commit, 40 hexadecimal digits; undefined: whatever `main` is. */
  readonly commit: string | undefined;
  /** True where Hugging Face gives the weights only to a token that has accepted the licence. */
  readonly gated: boolean;
  /** Bytes of all safetensors; undefined where not known. */
  readonly bytes: number | undefined;
}

export interface LoraAdapter {
  /** Name by which requests ask for it, unique over all models. */
  readonly name: string;
  /** Hugging Face repository. */
  readonly source: string;
  /** Commit of the repository, 40 hexadecimal digits; undefined: whatever `main` is. */
  readonly commit: string | undefined;
  /** Rank of its largest matrices, 1 to 512. */
  readonly rank: number;
}

/** One name for several adapters, among which its requests are shared out: to bring in a new edition step by step. */
export interface AdapterAlias {
  /** The `model` of requests; one of its kind over all models and adapters. */
  readonly name: string;
  /** Adapters behind the name, each with its share of the requests. */
  readonly targets: readonly AdapterShare[];
}

interface AdapterShare {
  /** Name of an adapter of the same model. */
  readonly adapter: string;
  /** Whole; all of an alias are 100 together. At 0 the adapter gets none. */
  readonly percent: number;
}

/** Times at which servers are given back, as in the stack file. */
export interface SchedulePlan {
  /** IANA name: `Europe/Berlin`. */
  readonly timezone: string;
  /** Cron of the time from which `replicas.min` servers run again. */
  readonly up: string;
  /** Cron of the time from which `replicas` do. */
  readonly down: string;
  /** Servers while down, 0 and up. */
  readonly replicas: number;
  /** True where requests may start servers while down. */
  readonly wakeOnTraffic: boolean;
}

/** Requests for each server, on average. */
export interface ScalingPlan {
  /** Requests that wait at the picker for each server. @default 1, upstream's */
  readonly waitingPerServer: number;
  /** Requests that run for each server. @default 16, upstream's */
  readonly runningPerServer: number;
}

/** A plan without its roles: what a path makes servers of. */
export interface RevisionDraft {
  /** In the stack file, and in every object's name. */
  readonly name: string;
  /** Hugging Face repository of this revision's weights. */
  readonly model: string;
  /** The `model` of requests: the repository of the model's own revision, whatever weights a canary of it has. */
  readonly servedName: string;
  /** Name of the servers' generation, part of every object's name. A canary has another than its model. */
  readonly revision: string;
  /** Name of the serving path in the stack file. */
  readonly path: string;
  /** Serving path that `path` names. */
  readonly servingPath: ServingPath;
  /** Weights of the revision: source, commit and size. */
  readonly weights: WeightsPlan;
  /** Facts of the catalogue or the stack file; undefined where neither has any. */
  readonly known: KnownModel | undefined;
  /** Precision of the weights as served, quantised or not; undefined where `known` is. */
  readonly precision: Precision | undefined;
  /** vLLM's `--quantization`, where weights are quantised while loading. */
  readonly quantization: string | undefined;
  /** Tokens of prompt and answer together; undefined: as the model's own configuration says. */
  readonly maxModelLen: number | undefined;
  /** Undefined: vLLM's default. */
  readonly gpuMemoryUtilization: number | undefined;
  /** Further arguments of vLLM, last on its command line. */
  readonly engineArgs: readonly string[];
  /** Further variables of the servers' environment, by name. */
  readonly env: Readonly<Record<string, string>>;
  /** LoRA adapters that each server loads when it starts; empty: none. */
  readonly lora: readonly LoraAdapter[];
  /** Names that stand for several of these adapters; empty: none. */
  readonly loraAliases: readonly AdapterAlias[];
  /** Priority by name of an InferenceObjective. */
  readonly priorities: Readonly<Record<string, number>>;
  /** Whose servers score best: `tokenLoad` is upstream's default, `weighted` the scorers it had before. */
  readonly routing: "tokenLoad" | "weighted";
  /** Behaviour of the gateway while the picker does not answer. */
  readonly failureMode: "FailOpen" | "FailClose";
  /** Overrides of a pod's CPU and memory. */
  readonly resources: { readonly cpu?: string; readonly memory?: string } | undefined;
  /** Times at which servers are given back; undefined: never. */
  readonly schedule: SchedulePlan | undefined;
  /** Load of a server above which KEDA starts another. Every default is filled in. */
  readonly scaling: ScalingPlan;
  /** Switches for finding faults: `nccl` logs what NCCL does. */
  readonly debug: { readonly nccl: boolean };
}

export interface RevisionPlan extends RevisionDraft {
  /** In the order decode, prefill. */
  readonly roles: readonly [RolePlan, ...RolePlan[]];
}

/** One revision, and its share of the model's requests in percent. All shares of a model are 100 together. */
export interface WeightedRevision {
  /** Plan of the revision. */
  readonly plan: RevisionPlan;
  /** Share of the model's requests, 0 to 100. */
  readonly percent: number;
}

/** Pods of all roles that may run at a time. */
export const maxPods = (roles: readonly Pick<RolePlan, "replicas" | "podsPerServer">[]): number =>
  roles.reduce((pods, { replicas, podsPerServer }) => pods + replicas.max * podsPerServer, 0);

/** GPUs of a role's servers at one end of its range. */
export const gpusOf = (role: RolePlan, end: keyof Replicas): number => role.replicas[end] * gpusPerServer(role);

export const gpusPerServer = ({ podsPerServer, gpusPerPod }: RolePlan): number => podsPerServer * gpusPerPod;
