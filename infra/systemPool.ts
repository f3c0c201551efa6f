/** The node pool that the platform's own pods run on. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { NODE_LABELS } from "../catalog/gpuPool";
import { DRAIN_MINUTES, SYSTEM_EXPIRE_HOURS } from "../catalog/renewal";
import { nodeSizes, SYSTEM_FAMILIES, SYSTEM_POOL, type SystemPoolLimits } from "../catalog/systemPool";
import { NODE_CLASS_GROUP, type NodePoolSpec, nodeClass, nodePool } from "./karpenter";
import { createNodeRole } from "./nodeRole";

export interface SystemPoolArgs extends SystemPoolLimits {
  readonly clusterName: pulumi.Input<string>;
  /** Of the cluster's nodes. */
  readonly securityGroupId: pulumi.Input<string>;
  /** Private subnets that nodes start in. */
  readonly subnetIds: readonly pulumi.Input<string>[];
  /** Tags of the nodes and their volumes. */
  readonly nodeTags: Readonly<Record<string, string>>;
  /** Policies the nodes' role needs beside EKS's own. @default - none */
  readonly policyArns?: readonly pulumi.Input<string>[];
  readonly kubernetes: k8s.Provider;
}

/**
 * In place of EKS's built-in pools, which have no limits and can be given none. Costs, at its ceiling, what
 * `systemPoolLineItem` says, and up to twice that while nodes are renewed: see `renewalOf`.
 */
export class SystemPool extends pulumi.ComponentResource {
  constructor(name: string, args: SystemPoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:infra:SystemPool", name, {}, opts);
    const { kubernetes } = args;
    const { role, access } = createNodeRole(this, name, args.clusterName, args.policyArns);
    const klass = nodeClass(
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
    nodePool(SYSTEM_POOL, {}, systemPoolSpec(args), { parent: this, provider: kubernetes, dependsOn: [klass] });
    this.registerOutputs({});
  }
}

/** What Karpenter is told of the pool. */
export const systemPoolSpec = ({ maxCpus, maxMemoryGiB, maxNodeCpus }: SystemPoolLimits): NodePoolSpec => ({
  limits: { cpu: String(maxCpus), memory: `${maxMemoryGiB}Gi` },
  disruption: {
    // These pods start in seconds: fewer nodes are worth the move.
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
        // Small nodes: replicas that must stand apart do, and a lost node takes little with it.
        { key: NODE_LABELS.instanceCpu, operator: "In", values: nodeSizes(maxNodeCpus).map(String) },
        { key: NODE_LABELS.architecture, operator: "In", values: ["amd64"] },
        { key: NODE_LABELS.capacityType, operator: "In", values: ["on-demand"] },
      ],
    },
  },
});
