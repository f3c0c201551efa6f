/** Model servers: one Deployment or LeaderWorkerSet for each role of a revision. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { RevisionContext } from "./context";
import { type RevisionKey, serverAccountName } from "./names";
import type { RevisionPlan } from "./plan";
import { createDeployment } from "./servers/deployment";
import { createLeaderWorkerSet } from "./servers/leaderWorkerSet";
import type { ServerNeeds } from "./servers/podTemplate";

/** What a revision's objects are named and selected by. */
export const revisionKeyOf = ({
  name,
  revision,
  servingPath,
}: Pick<RevisionPlan, "name" | "revision" | "servingPath">): RevisionKey => ({
  model: name,
  revision,
  guide: servingPath.guide,
});

/** The account of the servers' pods, which has no rights and no token. */
export function createServerAccount({ key, cluster, opts }: RevisionContext): k8s.core.v1.ServiceAccount {
  const name = serverAccountName(key);
  return new k8s.core.v1.ServiceAccount(
    name,
    { metadata: { name, namespace: cluster.namespace }, automountServiceAccountToken: false },
    opts,
  );
}

/**
 * The servers of one revision, in the order of its roles; an `up` does not wait for them.
 *
 * What they are called carries the revision: another revision makes other servers, a pool and a picker of their own, and
 * leaves those of this one alone. A change without another revision replaces servers under the same name, and where prefill
 * and decode must match it replaces all of both at once, so that the model does not answer until the new ones have loaded.
 */
export function createModelServers(context: RevisionContext, needs: ServerNeeds): pulumi.CustomResource[] {
  const { roles, servingPath } = context.plan;
  const create = { Deployment: createDeployment, LeaderWorkerSet: createLeaderWorkerSet }[servingPath.kind];
  return roles.map(role => create(context, role, needs));
}
