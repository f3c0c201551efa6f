/** The roles of a serving path: how the stack file sizes their servers, and the sizes where it does not. */
import type { z } from "zod";
import type { ServingPlan } from "../../catalog/models/measure";
import type { Replicas, Role } from "../plan";
import type * as fields from "../settings/fields";

/** Keys of a model's entry that size its servers; each path has some of them. */
export const SIZE_KEYS = ["replicas", "tensorParallel", "prefill", "decode", "expert"] as const;
export type SizeKey = (typeof SIZE_KEYS)[number];

type Servers = z.output<ReturnType<typeof fields.replicas>>;

/** Settings in the stack file that size a model's servers. */
export interface RoleSettings {
  /** Name of the pool of all roles that name none of their own. */
  readonly pool?: string | undefined;
  /** Servers of a path with one role, a number or a range. @default - upstream's guide */
  readonly replicas?: Servers | undefined;
  /** GPUs that share one copy of the weights, on a path with one role. @default - upstream's guide */
  readonly tensorParallel?: number | undefined;
  /** Servers that prefill. @default - sizes of upstream's guide */
  readonly prefill?: z.output<typeof fields.role> | undefined;
  /** Servers that decode. @default - sizes of upstream's guide */
  readonly decode?: z.output<typeof fields.role> | undefined;
  /** Groups of nodes have no pool of their own. */
  readonly expert?: (z.output<typeof fields.expert> & { readonly pool?: undefined }) | undefined;
}

/** The servers of one role, in full. */
export interface RoleSize {
  /** Range of servers; a plain number in the stack file is both its ends. */
  readonly replicas: Replicas;
  /** GPUs that share one copy of the weights. */
  readonly tensorParallel: number;
  /** Pods of one server; each has a node of its own where there are several. */
  readonly podsPerServer: number;
  /** GPUs that each pod asks for. */
  readonly gpusPerPod: number;
}

/** Arguments of vLLM that decide how much memory is left for the cache. @default - vLLM's defaults */
export type VllmLimits = Readonly<
  Pick<Partial<ServingPlan>, "blockSize" | "gpuMemoryUtilization" | "maxNumSeqs" | "maxNumBatchedTokens">
>;

/** One role of a serving path. */
export interface PathRole {
  /** Role of the servers: `decode` where they prefill as well. */
  readonly role: Role;
  /** Key of the model's entry that has the keys of this role; undefined: they stand in the entry itself. */
  readonly group: "prefill" | "decode" | "expert" | undefined;
  /** Limits that the path's servers of this role are started with, unless the model says otherwise. */
  readonly limits: VllmLimits;
  /** The servers that a model asks for, with the sizes of upstream's guide where it names none. */
  size(settings: RoleSettings): RoleSize;
}

/** Sizes of upstream's guide, for a model that names none. */
export interface GuideSize {
  /** Servers that run. */
  readonly replicas: number;
  /** GPUs that share one copy of the weights. */
  readonly tensorParallel: number;
}

/** Servers that prefill and decode: the one role of a path, sized by the model's entry itself. */
export const wholeRole = (guide: GuideSize, limits: VllmLimits = {}): PathRole => ({
  role: "decode",
  group: undefined,
  limits,
  size: settings => onePod(settings, guide),
});

/** Servers that prefill or decode, sized by a group of keys of their own. */
export const separateRole = (role: Role, guide: GuideSize, limits: VllmLimits = {}): PathRole => ({
  role,
  group: role,
  limits,
  size: settings => onePod(settings[role] ?? {}, guide),
});

function onePod(given: Pick<RoleSettings, "replicas" | "tensorParallel">, guide: GuideSize): RoleSize {
  const tensorParallel = given.tensorParallel ?? guide.tensorParallel;
  return {
    replicas: rangeOf(given.replicas ?? guide.replicas),
    tensorParallel,
    podsPerServer: 1,
    gpusPerPod: tensorParallel,
  };
}

/** Range of replicas; a number is a range of itself. */
export const rangeOf = (servers: Servers): Replicas =>
  typeof servers === "number" ? { min: servers, max: servers } : servers;

/** Name of the pool that a role has for itself; undefined where it runs on the model's. */
export const ownPool = ({ group }: PathRole, settings: RoleSettings): string | undefined =>
  group && settings[group]?.pool;
