/** The roles of a revision as its settings ask for them, before anybody has looked for a pool. */
import type { Replicas, Role } from "../plan";
import { GUIDE_SIZES } from "../settings/guides";
import { rangeOf } from "../settings/model";
import type { Revision } from "./revisions";

/** Ports of an InferencePool, each a GPU of a pod with wide expert parallelism. */
export const WIDE_GPUS = 8;

export interface RequestedRole {
  readonly role: Role;
  /** Name of the pool. */
  readonly pool: string;
  /** Where the pool is named. */
  readonly poolPath: string;
  /** Where the role's size is described. */
  readonly path: string;
  readonly replicas: Replicas;
  readonly tensorParallel: number;
  readonly podsPerServer: number;
  readonly gpusPerPod: number;
}

/** In the order decode, prefill. */
export function requestedRoles(revision: Revision): [RequestedRole, ...RequestedRole[]] {
  switch (revision.settings.path) {
    case "prefillDecode":
      return [separateRole(revision, "decode"), separateRole(revision, "prefill")];
    case "wideExpert":
      return [wideRole(revision, "decode"), wideRole(revision, "prefill")];
    default:
      return [togetherRole(revision)];
  }
}

function togetherRole({ path, modelPath, settings }: Revision): RequestedRole {
  const { pool = "", replicas, tensorParallel } = { ...GUIDE_SIZES.together, ...defined(settings) };
  return {
    role: "decode",
    pool,
    poolPath: `${modelPath}.pool`,
    path,
    replicas: rangeOf(replicas),
    ...onePod(tensorParallel),
  };
}

function separateRole({ path, modelPath, settings }: Revision, role: Role): RequestedRole {
  const own = settings[role] ?? {};
  const { replicas, tensorParallel } = { ...GUIDE_SIZES[role], ...defined(own) };
  return {
    role,
    pool: own.pool ?? settings.pool ?? "",
    poolPath: own.pool === undefined ? `${modelPath}.pool` : `${modelPath}.${role}.pool`,
    path: `${path}.${role}`,
    replicas: rangeOf(replicas),
    ...onePod(tensorParallel),
  };
}

const GROUPS_OF = { decode: "decodeGroups", prefill: "prefillGroups" } as const;

function wideRole({ path, modelPath, settings }: Revision, role: Role): RequestedRole {
  const expert = { ...GUIDE_SIZES.expert, ...settings.expert };
  return {
    role,
    pool: settings.pool ?? "",
    poolPath: `${modelPath}.pool`,
    path: `${path}.expert`,
    replicas: rangeOf(expert[GROUPS_OF[role]]),
    tensorParallel: 1,
    podsPerServer: expert.groupSize,
    gpusPerPod: WIDE_GPUS,
  };
}

const onePod = (tensorParallel: number) => ({ tensorParallel, podsPerServer: 1, gpusPerPod: tensorParallel });

type Sized = Pick<Revision["settings"], "pool" | "replicas" | "tensorParallel">;

/** The sizes that are there: a key whose value is `undefined` would hide its default. */
const defined = ({ pool, replicas, tensorParallel }: Sized) => ({
  ...(pool === undefined ? {} : { pool }),
  ...(replicas === undefined ? {} : { replicas }),
  ...(tensorParallel === undefined ? {} : { tensorParallel }),
});
