/** Model servers: one Deployment or LeaderWorkerSet for each role of a revision. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { budgetSeconds, NODE_AND_IMAGE_SECONDS } from "../../catalog/startup";
import { NOT_AWAITED } from "../../contracts/placement";
import type { RevisionContext } from "../context";
import { leaderWorkerSet } from "../customResources";
import { serverAccountName, serverSelector, serversName } from "../names";
import type { RolePlan } from "../plan";
import { replicaSpec } from "../scaling/owner";
import { labelsOf, podTemplate, type ServerNeeds } from "./podTemplate";

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
  return roles.map(role => CREATE[servingPath.kind](context, role, needs));
}

const STRATEGY = {
  // One goes before its successor comes: a full pool has no GPUs for both, and another node would be paid for.
  oneByOne: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
  together: { type: "Recreate" },
} as const;

/**
 * By when a new server should be Ready, from no node: afterwards the Deployment says that it does not get on. Kubernetes' ten
 * minutes would have it say so of every start of a large model.
 */
const deadlineSeconds = ({ start, server: { probes } }: RolePlan): number =>
  (start ? start.nodeSeconds + start.imageSeconds : NODE_AND_IMAGE_SECONDS) + budgetSeconds(probes.startup);

const MAX_UNAVAILABLE = { oneByOne: 1, together: "100%" } as const;

/** Fields that a Deployment and a LeaderWorkerSet have in common. */
function workload({ key, plan, cluster, opts }: RevisionContext, role: RolePlan, { after = [] }: ServerNeeds) {
  const name = serversName(key, role.role);
  const { replicas, annotations, ignoreChanges } = replicaSpec(plan, role);
  const labels = labelsOf(key, role);
  const metadata = { name, namespace: cluster.namespace, labels, annotations: { ...NOT_AWAITED, ...annotations } };
  return { metadata, replicas, options: { ...opts, dependsOn: [...after], ignoreChanges } };
}

/** The Deployment of a role whose servers are one pod each. */
function createDeployment(context: RevisionContext, role: RolePlan, needs: ServerNeeds): k8s.apps.v1.Deployment {
  const { metadata, replicas, options } = workload(context, role, needs);
  return new k8s.apps.v1.Deployment(
    metadata.name,
    {
      metadata,
      spec: {
        replicas,
        progressDeadlineSeconds: deadlineSeconds(role),
        strategy: STRATEGY[context.plan.servingPath.rollout],
        selector: { matchLabels: serverSelector(context.key, role.role) },
        template: podTemplate(context, role, needs),
      },
    },
    options,
  );
}

/** The LeaderWorkerSet of a role whose servers are several pods each, one for each node. */
function createLeaderWorkerSet(
  context: RevisionContext,
  role: RolePlan,
  needs: ServerNeeds,
): k8s.apiextensions.CustomResource {
  const { metadata, replicas, options } = workload(context, role, needs);
  return leaderWorkerSet(
    metadata.name,
    metadata,
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
        rollingUpdateConfiguration: { maxUnavailable: MAX_UNAVAILABLE[context.plan.servingPath.rollout], maxSurge: 0 },
      },
      startupPolicy: "LeaderCreated",
    },
    options,
  );
}

const CREATE = { Deployment: createDeployment, LeaderWorkerSet: createLeaderWorkerSet } as const;
