/** Reads a NodePool, which reaches a policy as an untyped custom resource. */
import {
  CAPACITY_KIND_ANNOTATION,
  CAPACITY_TYPE,
  type CapacityKind,
  EXPECTED_PRICE_ANNOTATION,
  GPU_RESOURCE,
  NODE_LABELS,
} from "../../catalog/gpuPool";
import { INSTANCE_TYPE_NAMES, type InstanceTypeName, instanceType } from "../../catalog/instances";

export const NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool";

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** Fields that are read. Each may be missing, because any program can make a NodePool. */
export interface NodePoolProps {
  /** Pool's name for messages, and annotations with facts about the pool. */
  readonly metadata?: { readonly name?: string; readonly annotations?: Readonly<Record<string, string>> };
  /** Replicas, limits and requirements that the policies check. */
  readonly spec?: {
    /** Nodes of a static pool. */
    readonly replicas?: number;
    /** Kubernetes drops a limit that is null. */
    readonly limits?: Readonly<Record<string, string | number | null>>;
    readonly template?: { readonly spec?: { readonly requirements?: readonly Requirement[] } };
  };
}

/**
 * GPUs that the limit of a pool allows; `undefined` when nothing limits them. The only limit of a static pool is in nodes: each
 * counts as the type with the most GPUs.
 */
export function gpuLimit(props: NodePoolProps): number | undefined {
  const { replicas, limits } = props.spec ?? {};
  const [gpus, nodes] = [limits?.[GPU_RESOURCE] ?? undefined, limits?.nodes ?? undefined];
  if (gpus !== undefined) return Number(gpus);
  if (replicas === undefined || nodes === undefined) return undefined;
  return Number(nodes) * Math.max(...matchingTypes(props).map(name => instanceType(name).gpus), 0);
}

/** vCPUs that the limit of a pool allows; `undefined` when it has no such limit. */
export function cpuLimit({ spec }: NodePoolProps): number | undefined {
  const limit = spec?.limits?.cpu ?? undefined;
  return limit === undefined ? undefined : Number(limit);
}

/** Instance families the pool admits; `undefined` when nothing restricts them. */
export const admittedFamilies = (props: NodePoolProps): readonly string[] | undefined =>
  allowed(props, NODE_LABELS.instanceFamily);

/** Whether nodes of a pool may have GPUs. They may, unless its requirements exclude it. */
export const offersGpus = (props: NodePoolProps): boolean =>
  !isFreeOf(ACCELERATED_FAMILY, allowed(props, NODE_LABELS.instanceFamily)) &&
  !isFreeOf(ACCELERATED_CATEGORY, allowed(props, NODE_LABELS.instanceCategory));

/** Whether a requirement is there and admits nothing accelerated. */
const isFreeOf = (accelerated: RegExp, values: readonly string[] | undefined): boolean =>
  values !== undefined && !values.some(value => accelerated.test(value));

// AWS names accelerated families by these letters.
const ACCELERATED_FAMILY = /^(p|g|gr|inf|trn|dl|vt)\d/;
const ACCELERATED_CATEGORY = /^(p|g|gr|inf|trn|dl|vt)$/;
const CATALOGUED_FAMILIES: readonly string[] = INSTANCE_TYPE_NAMES.map(name => instanceType(name).family);

/** Accelerated families that a pool admits and the catalogue does not have. */
export const uncataloguedFamilies = (props: NodePoolProps): string[] =>
  (allowed(props, NODE_LABELS.instanceFamily) ?? []).filter(
    family => ACCELERATED_FAMILY.test(family) && !CATALOGUED_FAMILIES.includes(family),
  );

/** Accelerated types that a pool admits by name and the catalogue does not have. */
export function uncataloguedTypes(props: NodePoolProps): string[] {
  const families = allowed(props, NODE_LABELS.instanceFamily);
  const catalogued: readonly string[] = INSTANCE_TYPE_NAMES;
  return (allowed(props, NODE_LABELS.instanceType) ?? []).filter(type => {
    const family = type.split(".")[0] ?? "";
    return ACCELERATED_FAMILY.test(family) && !catalogued.includes(type) && (families?.includes(family) ?? true);
  });
}

/** Every GPU instance type of the catalogue that the pool's requirements admit. */
export function matchingTypes(props: NodePoolProps): InstanceTypeName[] {
  const admits = (label: string, value: string) => allowed(props, label)?.includes(value) ?? true;
  return INSTANCE_TYPE_NAMES.filter(name => {
    const { family, gpus } = instanceType(name);
    const category = /^[a-z]+/.exec(family)?.[0] ?? "";
    return (
      admits(NODE_LABELS.instanceCategory, category) &&
      admits(NODE_LABELS.instanceFamily, family) &&
      admits(NODE_LABELS.gpuCount, String(gpus)) &&
      admits(NODE_LABELS.instanceType, name)
    );
  });
}

/** Whether the pool may take nodes of a capacity kind: without a requirement it may. */
export const takes = (props: NodePoolProps, kind: CapacityKind): boolean =>
  allowed(props, NODE_LABELS.capacityType)?.includes(CAPACITY_TYPE[kind]) ?? true;

/** Capacity kinds that a pool may take nodes of. The annotation distinguishes the two that Karpenter calls reserved. */
export function capacityKinds(props: NodePoolProps): CapacityKind[] {
  const isBlock = props.metadata?.annotations?.[CAPACITY_KIND_ANNOTATION] === "capacityBlock";
  const kinds: CapacityKind[] = ["onDemand", "spot", isBlock ? "capacityBlock" : "reserved"];
  return kinds.filter(kind => takes(props, kind));
}

/** Expected price in US dollars an hour; NaN where the annotation is not a number above 0. */
export function expectedUsdPerHour({ metadata }: NodePoolProps): number | undefined {
  const price = metadata?.annotations?.[EXPECTED_PRICE_ANNOTATION];
  if (price === undefined) return undefined;
  return Number(price) > 0 ? Number(price) : Number.NaN;
}

/** Values that `In` requirements leave for a label; `undefined` when nothing restricts it. */
const allowed = ({ spec }: NodePoolProps, key: string): readonly string[] | undefined =>
  spec?.template?.spec?.requirements?.find(requirement => requirement.key === key && requirement.operator === "In")
    ?.values;
