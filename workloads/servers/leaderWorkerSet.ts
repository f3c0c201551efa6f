/** Servers of several pods each, one for each node. */
import type * as k8s from "@pulumi/kubernetes";
import { NOT_AWAITED } from "../../contracts/placement";
import type { RevisionContext } from "../context";
import { leaderWorkerSet } from "../customResources";
import { serversName } from "../names";
import type { RolePlan } from "../plan";
import { replicaSpec } from "../scaling/owner";
import { labelsOf, podTemplate, type ServerNeeds } from "./podTemplate";

const MAX_UNAVAILABLE = { oneByOne: 1, together: "100%" } as const;

/** The LeaderWorkerSet of a role's servers; an `up` does not wait for it. */
export function createLeaderWorkerSet(
  context: RevisionContext,
  role: RolePlan,
  needs: ServerNeeds,
): k8s.apiextensions.CustomResource {
  const { key, plan, cluster, opts } = context;
  const name = serversName(key, role.role);
  const { replicas, annotations, ignoreChanges } = replicaSpec(plan, role);
  const labels = labelsOf(context, role);
  return leaderWorkerSet(
    name,
    { name, namespace: cluster.namespace, labels, annotations: { ...NOT_AWAITED, ...annotations } },
    {
      replicas,
      leaderWorkerTemplate: {
        size: role.podsPerServer,
        // Ranks do not find each other again after one of them has gone. Not "RecreateGroupOnPodRestart": a container that
        // restarts while another pod still waits for its node or image would begin the whole group anew, each time (lws#746).
        restartPolicy: "RecreateGroupAfterStart",
        workerTemplate: podTemplate(context, role, needs),
      },
      rolloutStrategy: {
        type: "RollingUpdate",
        rollingUpdateConfiguration: { maxUnavailable: MAX_UNAVAILABLE[plan.servingPath.rollout], maxSurge: 0 },
      },
      startupPolicy: "LeaderCreated",
    },
    { ...opts, dependsOn: [...(needs.after ?? [])], ignoreChanges },
  );
}
