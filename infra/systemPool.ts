/** System pool: the node pool of all pods but model servers. */
import * as pulumi from "@pulumi/pulumi";
import { NODE_LABELS } from "../catalog/gpuPool";
import { DRAIN_MINUTES, SYSTEM_EXPIRE_HOURS } from "../catalog/renewal";
import { nodeSizes, SYSTEM_FAMILIES, SYSTEM_POOL, type SystemPoolLimits } from "../catalog/systemPool";
import { createPool, NODE_CLASS_GROUP, type NodePoolSpec, type PoolPlace } from "./karpenter";

/**
 * Replaces EKS's built-in pools, which cannot have limits. Costs, with all its nodes, what `systemPoolLineItem` calculates, and
 * up to twice that while nodes are renewed: see `renewalOf`.
 */
export class SystemPool extends pulumi.ComponentResource {
  constructor(name: string, args: SystemPoolLimits & PoolPlace, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:infra:SystemPool", name, {}, opts);
    createPool(this, name, args, {
      name: SYSTEM_POOL,
      nodeClass: { ephemeralStorage: { size: "80Gi" } },
      spec: systemPoolSpec(args),
    });
    this.registerOutputs({});
  }
}

export const systemPoolSpec = ({ maxCpus, maxMemoryGiB, maxNodeCpus }: SystemPoolLimits): NodePoolSpec => ({
  limits: { cpu: String(maxCpus), memory: `${maxMemoryGiB}Gi` },
  disruption: {
    // These pods start within seconds, so moving them to save a node costs little.
    consolidationPolicy: "WhenEmptyOrUnderutilized",
    consolidateAfter: "5m",
    budgets: [{ nodes: "1" }],
  },
  template: {
    spec: {
      nodeClassRef: { group: NODE_CLASS_GROUP, kind: "NodeClass", name: SYSTEM_POOL },
      expireAfter: `${SYSTEM_EXPIRE_HOURS}h`,
      terminationGracePeriod: `${DRAIN_MINUTES.system}m`,
      taints: [],
      requirements: [
        { key: NODE_LABELS.instanceFamily, operator: "In", values: SYSTEM_FAMILIES },
        // Small nodes: replicas spread over several, and the loss of one affects little.
        { key: NODE_LABELS.instanceCpu, operator: "In", values: nodeSizes(maxNodeCpus).map(String) },
        { key: NODE_LABELS.architecture, operator: "In", values: ["amd64"] },
        { key: NODE_LABELS.capacityType, operator: "In", values: ["on-demand"] },
      ],
    },
  },
});
