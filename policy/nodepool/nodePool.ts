/** Reads what a policy needs of a NodePool, which reaches it as an untyped custom resource. */

import type { CapacityKind } from "../../catalog/cost";
import { CAPACITY_TYPE, EXPECTED_PRICE_ANNOTATION, GPU_RESOURCE, NODE_LABELS } from "../../catalog/gpuPool";
import { INSTANCE_TYPE_NAMES, INSTANCE_TYPES, type InstanceTypeName, instanceType } from "../../catalog/instances";

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
    readonly limits?: Readonly<Record<string, string | number>>;
    readonly template?: { readonly spec?: { readonly requirements?: readonly Requirement[] } };
  };
}

/** GPUs the pool's limit allows; `undefined` when it has no such limit. */
export function gpuLimit({ spec }: NodePoolProps): number | undefined {
  const limit = spec?.limits?.[GPU_RESOURCE];
  return limit === undefined ? undefined : Number(limit);
}

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
const CATALOGUED_FAMILIES: readonly string[] = Object.values(INSTANCE_TYPES).map(({ family }) => family);

/** Accelerated families that the pool admits and nobody has priced. */
export const uncataloguedFamilies = (props: NodePoolProps): string[] =>
  (allowed(props, NODE_LABELS.instanceFamily) ?? []).filter(
    family => ACCELERATED_FAMILY.test(family) && !CATALOGUED_FAMILIES.includes(family),
  );

/** Every GPU instance type of the catalogue that the pool's requirements admit. */
export function matchingTypes(props: NodePoolProps): InstanceTypeName[] {
  const admits = (label: string, value: string) => allowed(props, label)?.includes(value) ?? true;
  return INSTANCE_TYPE_NAMES.filter(name => {
    const { family, gpus } = instanceType(name);
    const category = /^[a-z]+/.exec(family)?.[0] ?? "";
    return (
      admits(NODE_LABELS.instanceCategory, category) &&
      admits(NODE_LABELS.instanceFamily, family) &&
      admits(NODE_LABELS.gpuCount, String(gpus))
    );
  });
}

/** Whether the pool may take nodes of a capacity kind: without a requirement it may. */
export const takes = (props: NodePoolProps, kind: CapacityKind): boolean =>
  allowed(props, NODE_LABELS.capacityType)?.includes(CAPACITY_TYPE[kind]) ?? true;

export function expectedUsdPerHour({ metadata }: NodePoolProps): number | undefined {
  const price = metadata?.annotations?.[EXPECTED_PRICE_ANNOTATION];
  return price === undefined ? undefined : Number(price);
}

/** Values that `In` requirements leave for a label; `undefined` when nothing restricts it. */
const allowed = ({ spec }: NodePoolProps, key: string): readonly string[] | undefined =>
  spec?.template?.spec?.requirements?.find(requirement => requirement.key === key && requirement.operator === "In")
    ?.values;
