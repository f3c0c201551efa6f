/** NodePools as the infra layer makes them. */
import { priceProblem } from "../../../catalog/cost";
import {
  CAPACITY_KIND_ANNOTATION,
  CAPACITY_KINDS,
  type CapacityKind,
  EXPECTED_PRICE_ANNOTATION,
} from "../../../catalog/gpuPool";
import { INSTANCE_TYPE_NAMES, type InstanceTypeName, instanceType } from "../../../catalog/instances";
import { nodePoolSpec } from "../../../infra/gpuPool";
import { type GpuPoolSettings, gpuPoolsSchema } from "../../../infra/settings/gpuPools";
import type { NodePoolProps } from "../../../policy/nodepool/nodePool";
import { REGION } from "../fixtures";

export interface InfraPool {
  /** Of the pool, for the name of a test. */
  readonly what: string;
  readonly type: InstanceTypeName;
  readonly family: string;
  readonly kind: CapacityKind;
  /** GPUs of its two nodes. */
  readonly gpus: number;
  readonly settings: GpuPoolSettings;
  readonly props: NodePoolProps;
}

/** What a stack file has to say of a kind beside its price. */
const FIELDS: Readonly<Record<CapacityKind, object>> = {
  onDemand: {},
  spot: {},
  reserved: { reservationIds: ["cr-0123456789abcdef0"] },
  capacityBlock: { reservationId: "cr-0123456789abcdef0", endsAt: "2026-12-20T11:30:00Z" },
};

/** The pool of a stack file, where the configuration takes it; its price is given where it has to be. */
function configured(type: InstanceTypeName, kind: CapacityKind, fields: object): GpuPoolSettings[] {
  const price = priceProblem(type, { kind }, REGION) && { usdPerHour: 40.5 };
  const capacity = { kind, ...FIELDS[kind], ...price };
  const pool = { name: "p5", instanceType: type, capacity, maxNodes: 2, zoneIds: ["use2-az1"], ...fields };
  return gpuPoolsSchema.safeParse([pool]).data ?? [];
}

const infraPool = (settings: GpuPoolSettings): InfraPool => {
  const { instanceType: type, capacity, staticNodes } = settings;
  return {
    what: `${type} ${capacity.kind}${staticNodes === undefined ? "" : ", static"}`,
    type,
    family: instanceType(type).family,
    kind: capacity.kind,
    gpus: 2 * instanceType(type).gpus,
    settings,
    props: { metadata: { annotations: annotations(settings) }, spec: nodePoolSpec(settings, "gpu-p5") },
  };
};

const annotations = ({ capacity: { kind, usdPerHour } }: GpuPoolSettings): Record<string, string> => ({
  [CAPACITY_KIND_ANNOTATION]: kind,
  ...(usdPerHour !== undefined && { [EXPECTED_PRICE_ANNOTATION]: String(usdPerHour) }),
});

/** Two nodes of every type in every kind that the configuration takes, elastic and static. */
export const INFRA_POOLS: readonly InfraPool[] = INSTANCE_TYPE_NAMES.flatMap(type =>
  CAPACITY_KINDS.flatMap(kind =>
    [{}, { staticNodes: 1 }].flatMap(fields => configured(type, kind, fields).map(infraPool)),
  ),
);
