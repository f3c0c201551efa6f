/** Number of servers that a renewal of nodes may take away at once. */
import * as k8s from "@pulumi/kubernetes";
import type { RevisionContext } from "../context";
import { serverSelector, serversName } from "../names";
import type { RolePlan } from "../plan";

/**
 * One pod of a role at a time: the next goes only when a new one answers. A node that is renewed waits for that, on a successor
 * that runs beside it, until its drain ends (`DRAIN_MINUTES` in catalog/renewal.ts); the servers left then go together. None
 * for a role with one server: a budget that keeps it would keep its node for all that time, and any other would say nothing.
 */
export function createDisruptionBudget(
  { key, cluster, opts }: RevisionContext,
  { role, replicas }: RolePlan,
): k8s.policy.v1.PodDisruptionBudget | undefined {
  if (replicas.max === 1) return undefined;
  const name = serversName(key, role);
  return new k8s.policy.v1.PodDisruptionBudget(
    `${name}-budget`,
    {
      metadata: { name, namespace: cluster.namespace },
      spec: {
        maxUnavailable: 1,
        selector: { matchLabels: serverSelector(key, role) },
        // Servers that do not answer would hold their nodes otherwise, broken ones for ever.
        unhealthyPodEvictionPolicy: "AlwaysAllow",
      },
    },
    opts,
  );
}
