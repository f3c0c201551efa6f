/** Parts of objects that platform and workloads share: an annotation, a variable, where replicas run. */

/**
 * Annotation of objects for which an `up` does not wait: what makes them ready takes an hour (GPUs, images, downloads), or
 * comes after the `up`.
 */
export const NOT_AWAITED = { "pulumi.com/skipAwait": "true" };

/** A variable whose value is read from the pod itself. */
export const fromField = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });

/** One of a pod's `topologySpreadConstraints`. */
interface SpreadConstraint {
  readonly topologyKey: "topology.kubernetes.io/zone" | "kubernetes.io/hostname";
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly whenUnsatisfiable: "DoNotSchedule";
  readonly labelSelector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly matchLabelKeys: string[];
  readonly nodeTaintsPolicy: "Honor";
}

/** Most replicas of a Deployment on one node, so that its loss leaves half of the fewest there are. */
export const replicasPerNode = (fewest: number): number => Math.max(1, Math.ceil(fewest / 2));

/**
 * Spreads replicas over at least two nodes in two zones. A replica without such a place waits until Karpenter has bought a node.
 * For everything with two replicas or more on the system pool.
 * @param matchLabels Labels of the Deployment's pods and no others.
 * @param fewest Replicas that there always are. @default 2
 */
export function spreadConstraints(matchLabels: Readonly<Record<string, string>>, fewest = 2): SpreadConstraint[] {
  const common: Omit<SpreadConstraint, "topologyKey" | "maxSkew"> = {
    // Without it, all replicas on the only node of a cluster count as evenly spread.
    minDomains: 2,
    whenUnsatisfiable: "DoNotSchedule",
    labelSelector: { matchLabels },
    // Only pods of the same ReplicaSet: while it is replaced, a new pod may run beside an old one.
    matchLabelKeys: ["pod-template-hash"],
    // GPU nodes and leaving nodes do not take these pods, so their zones must not count as empty.
    nodeTaintsPolicy: "Honor",
  };
  return [
    { topologyKey: "topology.kubernetes.io/zone", maxSkew: 1, ...common },
    { topologyKey: "kubernetes.io/hostname", maxSkew: replicasPerNode(fewest), ...common },
  ];
}
