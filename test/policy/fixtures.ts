/** What policy specs start from: a stack in which everything is right, and ways to look at what a rule reports. */

import {
  type PolicyResource,
  type ResourceValidationArgs,
  type ResourceValidationPolicy,
  type StackValidationPolicy,
  unknownCheckingProxy,
} from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
import type { Limits, LineItem } from "../../catalog/cost";
import { NODE_POOL, type NodePoolProps } from "../../policy/nodepool/nodePool";

/** What the runtime hands to a policy in place of a string that is not known before an update. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Limits as a file may hold them: any may be missing or wrong. */
export type WrittenLimits = { readonly [Key in keyof Limits]?: unknown };

/** Room for exactly the pool and the bill below. */
export const LIMITS: Required<Limits> = {
  gpus: 8,
  usdPerHour: 57.83,
  usdPerMonth: 42215.9,
  instanceFamilies: ["p5"],
  onDemandGpus: true,
};

/** Puts `LIMITS` with changes into the stack file; `undefined` leaves a limit out. */
export const setLimits = (limits: WrittenLimits = {}): void => setOnlyLimits({ ...LIMITS, ...limits });

/** Where the stack is; P and G types have a price there. */
export const REGION = "us-east-2";

/** Puts nothing but the given limits into the stack file, and the Region. */
export const setOnlyLimits = (limits: WrittenLimits, region = REGION): void =>
  pulumi.runtime.setAllConfig({ "aws:region": region, "llmd:limits": JSON.stringify(limits) });

export const withoutLimits = (): void => pulumi.runtime.setAllConfig({ "aws:region": REGION });

interface PoolFields {
  readonly category: readonly string[];
  readonly family: readonly string[];
  readonly gpuCount: readonly string[];
  readonly instanceType: readonly string[];
  readonly capacityType: readonly string[];
  /** Nodes of a static pool. */
  readonly replicas: number;
  readonly limits: Readonly<Record<string, string | number | null>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Fields of a pool; `undefined` leaves one out. */
export type PoolChanges = { readonly [Key in keyof PoolFields]?: PoolFields[Key] | undefined };

/** One p5.48xlarge on demand. */
export function gpuPool(fields: PoolChanges = {}) {
  const { category, family, gpuCount, instanceType, capacityType, ...others } = { ...ONE_P5, ...fields };
  const { replicas, limits, annotations } = others;
  return {
    metadata: { name: "gpu-p5", annotations },
    spec: {
      ...(replicas !== undefined && { replicas }),
      limits,
      template: {
        spec: {
          requirements: [
            ...requirement("eks.amazonaws.com/instance-category", category),
            ...requirement("eks.amazonaws.com/instance-family", family),
            ...requirement("eks.amazonaws.com/instance-gpu-count", gpuCount),
            ...requirement("node.kubernetes.io/instance-type", instanceType),
            ...requirement("karpenter.sh/capacity-type", capacityType),
          ],
        },
      },
    },
  } satisfies NodePoolProps;
}

/** The platform's own pool, as the infra layer makes it, with 32 vCPUs. */
export const systemPool = (fields: PoolChanges = {}) =>
  gpuPool({
    family: ["m7i", "m6i"],
    gpuCount: undefined,
    limits: { cpu: "32", memory: "128Gi" },
    ...fields,
  });

const ONE_P5: PoolChanges = {
  family: ["p5"],
  gpuCount: ["8"],
  capacityType: ["on-demand"],
  limits: { "nvidia.com/gpu": "8" },
  annotations: {},
};

const requirement = (key: string, values: readonly string[] | undefined) =>
  values === undefined ? [] : [{ key, operator: "In", values }];

/** The bill of a stack whose only pool is `gpuPool()`. */
export const BILL: readonly LineItem[] = [
  { name: "EKS control plane", usdPerHour: 0.1 },
  { name: "NAT gateways", usdPerHour: 0.05 },
  { name: "gpu pool p5", usdPerHour: 57.68, gpus: 8 },
];

type Props = object;

/** What a resource rule says of one resource, where the pack's configuration holds something for the rule. */
export function violations(
  policy: ResourceValidationPolicy,
  type: string,
  name: string,
  props: Props,
  packConfig: WrittenLimits = {},
): string[] {
  const { validateResource } = policy;
  if (typeof validateResource !== "function") throw new Error(`${policy.name} has no single validateResource`);
  const reported: string[] = [];
  const args: ResourceValidationArgs = {
    ...options(type, name),
    props: unknownCheckingProxy(props),
    stackTags: new Map(),
    isType: () => false,
    asType: () => undefined,
    getConfig: <T extends object>() => packConfig as T,
    notApplicable: notApplicable,
  };
  void validateResource(args, message => reported.push(message));
  return reported;
}

/** What a stack rule says of a stack, where the pack's configuration holds something for the rule. */
export function stackViolations(
  policy: StackValidationPolicy,
  resources: readonly PolicyResource[],
  packConfig: WrittenLimits = {},
): string[] {
  const reported: string[] = [];
  void policy.validateStack(
    {
      resources: [...resources],
      stackTags: new Map(),
      getConfig: <T extends object>() => packConfig as T,
      notApplicable: notApplicable,
    },
    message => reported.push(message),
  );
  return reported;
}

/** A resource as the runtime shows it to a stack rule, reading an unknown of which throws. */
export const resource = (type: string, name: string, props: Props): PolicyResource => ({
  ...options(type, name),
  props: unknownCheckingProxy(props),
  dependencies: [],
  propertyDependencies: {},
  isType: () => false,
  asType: () => undefined,
});

export const nodePool = (props: Props = gpuPool(), name = "gpu-p5"): PolicyResource => resource(NODE_POOL, name, props);

/** The stack itself, with what its program exports. */
export const stack = (outputs: Props): PolicyResource => resource("pulumi:pulumi:Stack", "llmd-infra-dev", outputs);

const options = (type: string, name: string) => ({
  type,
  name,
  urn: `urn:pulumi:dev::llmd-infra::${type}::${name}`,
  opts: {
    protect: false,
    ignoreChanges: [],
    aliases: [],
    additionalSecretOutputs: [],
    customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
  },
});

const notApplicable = (reason?: string): never => {
  throw new Error(`not applicable: ${reason}`);
};
