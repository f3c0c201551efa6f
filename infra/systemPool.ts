/** System pool: the node pool of all pods but model servers. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { NODE_LABELS } from "../catalog/gpuPool";
import { DRAIN_MINUTES, SYSTEM_EXPIRE_HOURS } from "../catalog/renewal";
import { nodeSizes, SYSTEM_FAMILIES, SYSTEM_POOL, type SystemPoolLimits } from "../catalog/systemPool";
import { NODE_CLASS_GROUP, type NodePoolSpec, nodeClass, nodePool } from "./karpenter";
import { createNodeRole } from "./roles";

export interface SystemPoolArgs extends SystemPoolLimits {
  readonly clusterName: pulumi.Input<string>;
  /** Security group of the cluster's nodes. */
  readonly securityGroupId: pulumi.Input<string>;
  /** Private subnets that nodes start in. */
  readonly subnetIds: readonly pulumi.Input<string>[];
  /** Tags of the nodes and their volumes. */
  readonly nodeTags: Readonly<Record<string, string>>;
  /** ARNs of further policies of the nodes' role. @default - none */
  readonly policyArns?: readonly pulumi.Input<string>[];
  /** Provider of the cluster. */
  readonly kubernetes: k8s.Provider;
}

/**
 * Replaces EKS's built-in pools, which cannot have limits. Costs, with all its nodes, what `systemPoolLineItem` calculates, and
 * up to twice that while nodes are renewed: see `renewalOf`.
 */
export class SystemPool extends pulumi.ComponentResource {
  constructor(name: string, args: SystemPoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:infra:SystemPool", name, {}, opts);
    const { kubernetes } = args;
    const { role, access } = createNodeRole(this, name, args.clusterName, args.policyArns);
    const poolClass = nodeClass(
      SYSTEM_POOL,
      {
        role: role.name,
        subnetSelectorTerms: args.subnetIds.map(id => ({ id })),
        securityGroupSelectorTerms: [{ id: args.securityGroupId }],
        ephemeralStorage: { size: "80Gi" },
        tags: args.nodeTags,
      },
      { parent: this, provider: kubernetes, dependsOn: access },
    );
    nodePool(SYSTEM_POOL, {}, systemPoolSpec(args), { parent: this, provider: kubernetes, dependsOn: [poolClass] });
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
