/** Servers of one pod each. */
import * as k8s from "@pulumi/kubernetes";
import { budgetSeconds, NODE_AND_IMAGE_SECONDS } from "../../catalog/startup";
import { NOT_AWAITED } from "../../contracts/placement";
import type { RevisionContext } from "../context";
import { serverSelector, serversName } from "../names";
import type { RolePlan } from "../plan";
import { replicaSpec } from "../scaling/owner";
import { labelsOf, podTemplate, type ServerNeeds } from "./podTemplate";

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

/** The Deployment of a role's servers; an `up` does not wait for it. */
export function createDeployment(context: RevisionContext, role: RolePlan, needs: ServerNeeds): k8s.apps.v1.Deployment {
  const { key, plan, cluster, opts } = context;
  const name = serversName(key, role.role);
  const { replicas, annotations, ignoreChanges } = replicaSpec(plan, role);
  const labels = labelsOf(context, role);
  return new k8s.apps.v1.Deployment(
    name,
    {
      metadata: { name, namespace: cluster.namespace, labels, annotations: { ...NOT_AWAITED, ...annotations } },
      spec: {
        replicas,
        progressDeadlineSeconds: deadlineSeconds(role),
        strategy: STRATEGY[plan.servingPath.rollout],
        selector: { matchLabels: serverSelector(key, role.role) },
        template: podTemplate(context, role, needs),
      },
    },
    { ...opts, dependsOn: [...(needs.after ?? [])], ignoreChanges },
  );
}
