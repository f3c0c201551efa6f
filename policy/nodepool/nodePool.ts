/** Reads what a policy needs of a NodePool, which reaches it as an untyped custom resource. */
import { CAPACITY_TYPE, EXPECTED_PRICE_ANNOTATION, GPU_RESOURCE, NODE_LABELS } from "../../catalog/gpuPool";
import { INSTANCE_TYPES, type InstanceTypeName } from "../../catalog/instances";

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
export const offersGpus = (props: NodePoolProps): boolean => matchingTypes(props).length > 0;

/** Every GPU instance type of the catalogue that the pool's requirements admit. */
export function matchingTypes(props: NodePoolProps): InstanceTypeName[] {
  const families = allowed(props, NODE_LABELS.instanceFamily);
  const counts = allowed(props, NODE_LABELS.gpuCount);
  const admits = (values: readonly string[] | undefined, value: string) => values?.includes(value) ?? true;
  return (Object.entries(INSTANCE_TYPES) as [InstanceTypeName, { family: string; gpus: number }][])
    .filter(([, { family, gpus }]) => admits(families, family) && admits(counts, String(gpus)))
    .map(([name]) => name);
}

/** Whether the pool may take on-demand nodes: without a requirement it may. */
export const takesOnDemand = (props: NodePoolProps): boolean =>
  allowed(props, NODE_LABELS.capacityType)?.includes(CAPACITY_TYPE.onDemand) ?? true;

export function expectedUsdPerHour({ metadata }: NodePoolProps): number | undefined {
  const price = metadata?.annotations?.[EXPECTED_PRICE_ANNOTATION];
  return price === undefined ? undefined : Number(price);
}

/** Values that `In` requirements leave for a label; `undefined` when nothing restricts it. */
const allowed = ({ spec }: NodePoolProps, key: string): readonly string[] | undefined =>
  spec?.template?.spec?.requirements?.find(requirement => requirement.key === key && requirement.operator === "In")
    ?.values;
