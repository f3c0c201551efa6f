/** A GPU pool: who its nodes are, what they may be, and how many there may be. */
import * as aws from "@pulumi/aws";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CAPACITY_TYPE, EXPECTED_PRICE_ANNOTATION, GPU_RESOURCE, GPU_TAINT, NODE_LABELS } from "../catalog/gpuPool";
import { instanceType } from "../catalog/instances";
import { NODE_CLASS_GROUP, type NodePoolSpec, nodeClass, nodePool } from "./karpenter";
import { serviceRole } from "./roles";
import type { GpuPoolSettings } from "./settings";

export interface GpuPoolArgs extends GpuPoolSettings {
  readonly clusterName: pulumi.Input<string>;
  readonly securityGroupId: pulumi.Input<string>;
  /** Private subnets of the pool's zones; they alone decide where nodes start. */
  readonly subnetIds: readonly pulumi.Input<string>[];
  readonly kubernetes: k8s.Provider;
}

/** Costs, at its ceiling, `maxNodes` times the instance price and the Auto Mode fee: see `gpuPoolTerm`. */
export class GpuPool extends pulumi.ComponentResource {
  constructor(name: string, args: GpuPoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:infra:GpuPool", name, {}, opts);
    const { role, access } = createNodeRole(this, name, args);
    const klass = createNodeClass(this, name, args, role, access);
    createNodePool(this, name, args, klass);
    this.registerOutputs({});
  }
}

/** The role of a NodeClass of our own needs its own access entry: EKS makes one only for built-in pools. */
function createNodeRole(parent: GpuPool, name: string, { clusterName }: GpuPoolArgs) {
  const policies = ["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"];
  const { role, attachments } = serviceRole(parent, `${name}-node`, "ec2.amazonaws.com", ["sts:AssumeRole"], policies);
  const entry = new aws.eks.AccessEntry(
    `${name}-node`,
    { clusterName, principalArn: role.arn, type: "EC2" },
    { parent },
  );
  const association = new aws.eks.AccessPolicyAssociation(
    `${name}-node`,
    {
      clusterName,
      principalArn: role.arn,
      policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy",
      accessScope: { type: "cluster" },
    },
    { parent, dependsOn: [entry] },
  );
  return { role, access: [...attachments, association] };
}

const createNodeClass = (
  parent: GpuPool,
  name: string,
  { kubernetes, subnetIds, securityGroupId }: GpuPoolArgs,
  role: aws.iam.Role,
  access: pulumi.Resource[],
) =>
  nodeClass(
    name,
    {
      role: role.name,
      subnetSelectorTerms: subnetIds.map(id => ({ id })),
      securityGroupSelectorTerms: [{ id: securityGroupId }],
      // Below the instance's NVMe, so that the NVMe disks become the node's storage: AWSDOC create-node-class.
      ephemeralStorage: { size: "80Gi" },
    },
    { parent, provider: kubernetes, dependsOn: access },
  );

const createNodePool = (parent: GpuPool, name: string, args: GpuPoolArgs, klass: k8s.apiextensions.CustomResource) =>
  nodePool(name, priceAnnotation(args), nodePoolSpec(args, name), {
    parent,
    provider: args.kubernetes,
    dependsOn: [klass],
  });

function priceAnnotation({ capacity }: GpuPoolSettings): Record<string, string> {
  return capacity.kind === "spot" && capacity.usdPerHour !== undefined
    ? { [EXPECTED_PRICE_ANNOTATION]: String(capacity.usdPerHour) }
    : {};
}

/** What Karpenter is told of a pool. */
export function nodePoolSpec(pool: GpuPoolSettings, nodeClassName: string): NodePoolSpec {
  const { family, gpus } = instanceType(pool.instanceType);
  const requirement = (key: string, value: string) => ({ key, operator: "In" as const, values: [value] });
  return {
    limits: { [GPU_RESOURCE]: String(pool.maxNodes * gpus) },
    disruption: {
      // "WhenEmptyOrUnderutilized" moves model servers, and each move loads the weights again on a paid node.
      consolidationPolicy: "WhenEmpty",
      consolidateAfter: `${pool.keepEmptyMinutes}m`,
      budgets: [{ nodes: "1" }],
    },
    template: {
      spec: {
        nodeClassRef: { group: NODE_CLASS_GROUP, kind: "NodeClass", name: nodeClassName },
        // Auto Mode ends every node at 21 days (504 h); a day before that is ours to choose.
        expireAfter: "480h",
        terminationGracePeriod: "1h",
        taints: [{ key: GPU_TAINT, effect: "NoSchedule" }],
        requirements: [
          requirement(NODE_LABELS.instanceFamily, family),
          // Without it `p5` also means p5.4xlarge, with one GPU.
          requirement(NODE_LABELS.gpuCount, String(gpus)),
          requirement(NODE_LABELS.architecture, "amd64"),
          requirement(NODE_LABELS.capacityType, CAPACITY_TYPE[pool.capacity.kind]),
        ],
      },
    },
  };
}
