/** Reads what a policy needs of a NodePool, which reaches it as an untyped custom resource. */

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

/** The parts of a NodePool that are looked at; each may be missing, since anyone can write one. */
export interface NodePoolProps {
  readonly metadata?: { readonly name?: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: {
    /** Nodes of a static pool. */
    readonly replicas?: number;
    /** Kubernetes drops a limit that is null. */
    readonly limits?: Readonly<Record<string, string | number | null>>;
    readonly template?: { readonly spec?: { readonly requirements?: readonly Requirement[] } };
  };
}

/**
 * GPUs the pool's limit allows; `undefined` when nothing limits them. A static pool counts nodes, the only limit it may
 * have: each is taken to be of the type with the most GPUs.
 */
export function gpuLimit(props: NodePoolProps): number | undefined {
  const { replicas, limits } = props.spec ?? {};
  const [gpus, nodes] = [limits?.[GPU_RESOURCE] ?? undefined, limits?.nodes ?? undefined];
  if (gpus !== undefined) return Number(gpus);
  if (replicas === undefined || nodes === undefined) return undefined;
  return Number(nodes) * Math.max(...matchingTypes(props).map(name => instanceType(name).gpus), 0);
}

/** vCPUs the pool's limit allows; `undefined` when it has no such limit. */
export function cpuLimit({ spec }: NodePoolProps): number | undefined {
  const limit = spec?.limits?.cpu ?? undefined;
  return limit === undefined ? undefined : Number(limit);
}

/** Instance families the pool admits; `undefined` when nothing restricts them. */
export const admittedFamilies = (props: NodePoolProps): readonly string[] | undefined =>
  allowed(props, NODE_LABELS.instanceFamily);

/** Whether nodes of the pool may have GPUs: anything not known to be GPU-free counts. */
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

/** Accelerated families that the pool admits and nobody has priced. */
export const uncataloguedFamilies = (props: NodePoolProps): string[] =>
  (allowed(props, NODE_LABELS.instanceFamily) ?? []).filter(
    family => ACCELERATED_FAMILY.test(family) && !CATALOGUED_FAMILIES.includes(family),
  );

/** The same of types that the pool admits by name. */
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

/** Every capacity kind the pool may take nodes of. What Karpenter calls reserved is told apart by the annotation. */
export function capacityKinds(props: NodePoolProps): CapacityKind[] {
  const isBlock = props.metadata?.annotations?.[CAPACITY_KIND_ANNOTATION] === "capacityBlock";
  const kinds: CapacityKind[] = ["onDemand", "spot", isBlock ? "capacityBlock" : "reserved"];
  return kinds.filter(kind => takes(props, kind));
}

/** Not a number where the annotation is no price: none is negative, and an empty one would count as 0. */
export function expectedUsdPerHour({ metadata }: NodePoolProps): number | undefined {
  const price = metadata?.annotations?.[EXPECTED_PRICE_ANNOTATION];
  if (price === undefined) return undefined;
  return Number(price) > 0 ? Number(price) : Number.NaN;
}

/** Values that `In` requirements leave for a label; `undefined` when nothing restricts it. */
const allowed = ({ spec }: NodePoolProps, key: string): readonly string[] | undefined =>
  spec?.template?.spec?.requirements?.find(requirement => requirement.key === key && requirement.operator === "In")
    ?.values;
