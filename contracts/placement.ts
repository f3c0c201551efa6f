/** Where the replicas of a Deployment stand. */

/** One of a pod's `topologySpreadConstraints`. */
export interface SpreadConstraint {
  readonly topologyKey: "topology.kubernetes.io/zone" | "kubernetes.io/hostname";
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly whenUnsatisfiable: "DoNotSchedule";
  readonly labelSelector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly matchLabelKeys: string[];
  readonly nodeTaintsPolicy: "Honor";
}

/** Most replicas of a Deployment that one node holds, so that its loss leaves half of the fewest there are. */
export const replicasPerNode = (fewest: number): number => Math.max(1, Math.ceil(fewest / 2));

/**
 * Puts replicas onto two nodes in two zones at least: one that cannot have such a place waits until Karpenter has bought it.
 * For everything with two replicas or more on the system pool.
 * @param matchLabels of the Deployment's pods and no others.
 * @param fewest Replicas that there always are. @default 2
 */
export function spreadConstraints(matchLabels: Readonly<Record<string, string>>, fewest = 2): SpreadConstraint[] {
  const common: Omit<SpreadConstraint, "topologyKey" | "maxSkew"> = {
    // Without it all of a cluster with a single node are as evenly spread as can be.
    minDomains: 2,
    whenUnsatisfiable: "DoNotSchedule",
    labelSelector: { matchLabels },
    // Pods of the ReplicaSet alone: while it is replaced, a new pod may stand beside an old one.
    matchLabelKeys: ["pod-template-hash"],
    // GPU nodes, and nodes that are going, are no place for these pods: their zones do not count as empty ones.
    nodeTaintsPolicy: "Honor",
  };
  return [
    { topologyKey: "topology.kubernetes.io/zone", maxSkew: 1, ...common },
    { topologyKey: "kubernetes.io/hostname", maxSkew: replicasPerNode(fewest), ...common },
  ];
}
