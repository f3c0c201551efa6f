/** The revisions that the stack file describes: a model's own, and its canary's with what is different of it. */
import type { Role } from "../plan";
import { ownPool, type PathRole, type RoleSize, type VllmLimits } from "../servers/roles";
import type { ServingPath } from "../servers/shape";
import type { ModelSettings } from "../settings/model";

/** Settings of one revision, complete by themselves. */
export type RevisionSettings = Omit<ModelSettings, "canary">;

/** One revision of one model, and where mistakes in it are mended. */
export interface Revision {
  /** `llmd-workloads:models[0]`, or of a canary `llmd-workloads:models[0].canary`. */
  readonly path: string;
  /** Path of the model in the stack file, where its pools are named. */
  readonly modelPath: string;
  /** Path of its adapters: a canary without any of its own has its model's. */
  readonly loraPath: string;
  /** Share of the model's requests, 0 to 100. */
  readonly percent: number;
  /**
   * By which requests ask for the model, the same for all its revisions: who calls it does not know which of them answers.
   */
  readonly servedName: string;
  /** Settings of this revision alone: a canary's have its model's values where it gives none. */
  readonly settings: RevisionSettings;
  /** Serving path that `settings.path` names. */
  readonly servingPath: ServingPath;
}

/** A model's revisions, its own first. */
export function revisionsOf(
  { canary, ...stable }: ModelSettings,
  modelPath: string,
  servingPath: ServingPath,
): [Revision, ...Revision[]] {
  const common = { modelPath, servedName: stable.model, servingPath };
  const own = {
    ...common,
    path: modelPath,
    loraPath: `${modelPath}.lora`,
    percent: 100 - (canary?.percent ?? 0),
    settings: stable,
  };
  if (canary === undefined) return [own];
  const { percent, ...overrides } = canary;
  const path = `${modelPath}.canary`;
  const loraPath = overrides.lora === undefined ? own.loraPath : `${path}.lora`;
  return [own, { ...common, path, loraPath, percent, settings: merged(stable, overrides) }];
}

/** Groups of keys are merged key by key, so that a canary with fewer servers keeps its model's pool. */
const GROUPS = ["prefill", "decode", "expert"] as const;

type Overrides = Omit<NonNullable<ModelSettings["canary"]>, "percent">;

function merged(stable: RevisionSettings, overrides: Overrides): RevisionSettings {
  const isOther = overrides.model !== undefined && overrides.model !== stable.model;
  // A commit and a shape are those of one repository.
  const ofModel = isOther ? { ...stable, modelCommit: undefined, modelShape: undefined } : stable;
  const kept =
    isOther || isOtherCommit(stable, overrides) ? { ...ofModel, weights: notCopied(stable.weights) } : ofModel;
  const groups = Object.fromEntries(
    GROUPS.filter(group => kept[group] !== undefined || overrides[group] !== undefined).map(group => [
      group,
      { ...kept[group], ...given(overrides[group] ?? {}) },
    ]),
  );
  return { ...kept, ...given(overrides), ...groups };
}

const isOtherCommit = ({ modelCommit }: RevisionSettings, overrides: Overrides): boolean =>
  overrides.modelCommit !== undefined && overrides.modelCommit !== modelCommit;

/** The model store keeps weights by their commit: that one is there says nothing of another. */
const notCopied = (weights: RevisionSettings["weights"]): RevisionSettings["weights"] =>
  weights && { ...weights, copied: undefined };

/** Drops keys whose value is `undefined`, which would hide a value. */
const given = <T extends object>(settings: T): Partial<T> =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Partial<T>;

export interface RequestedRole extends RoleSize {
  /** Role of the servers. */
  readonly role: Role;
  /** Name of the pool. */
  readonly pool: string;
  /** Path of the pool's name in the stack file. */
  readonly poolPath: string;
  /** Path of the role's size in the stack file. */
  readonly path: string;
  /** Limits that the path starts vLLM with. */
  readonly limits: VllmLimits;
}

/** In the order decode, prefill. */
export function requestedRoles(revision: Revision): [RequestedRole, ...RequestedRole[]] {
  const [first, ...others] = revision.servingPath.roles;
  return [requestedRole(revision, first), ...others.map(other => requestedRole(revision, other))];
}

function requestedRole({ path, modelPath, settings }: Revision, pathRole: PathRole): RequestedRole {
  const { role, group, limits } = pathRole;
  const own = ownPool(pathRole, settings);
  return {
    role,
    pool: own ?? settings.pool ?? "",
    poolPath: own === undefined ? `${modelPath}.pool` : `${modelPath}.${group}.pool`,
    path: group === undefined ? path : `${path}.${group}`,
    limits,
    ...pathRole.size(settings),
  };
}
