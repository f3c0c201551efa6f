/** The roles of a revision as its settings ask for them, before anybody has looked for a pool. */
import type { Role } from "../plan";
import { ownPool, type PathRole, type RoleSize, type VllmLimits } from "../servers/roles";
import type { Revision } from "./revisions";

export interface RequestedRole extends RoleSize {
  readonly role: Role;
  /** Name of the pool. */
  readonly pool: string;
  /** Where the pool is named. */
  readonly poolPath: string;
  /** Where the role's size is described. */
  readonly path: string;
  /** What the path starts vLLM with. */
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
