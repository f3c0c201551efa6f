/** NodePools as the infra layer makes them. */
import type { CapacityKind } from "../../../catalog/cost";
import { INSTANCE_TYPE_NAMES, type InstanceTypeName, instanceType } from "../../../catalog/instances";
import { nodePoolSpec } from "../../../infra/gpuPool";

interface InfraPool {
  readonly type: InstanceTypeName;
  readonly family: string;
  readonly kind: CapacityKind;
  readonly gpus: number;
  readonly props: object;
}

const infraPool = (type: InstanceTypeName, kind: CapacityKind): InfraPool => ({
  type,
  family: instanceType(type).family,
  kind,
  gpus: 2 * instanceType(type).gpus,
  props: {
    spec: nodePoolSpec(
      {
        name: "p5",
        instanceType: type,
        capacity: { kind },
        maxNodes: 2,
        zoneIds: ["use2-az1"],
        keepEmptyMinutes: 30,
      },
      "gpu-p5",
    ),
  },
});

/** Two nodes of every type in every kind that the configuration takes. */
export const INFRA_POOLS: readonly InfraPool[] = INSTANCE_TYPE_NAMES.flatMap(type => [
  ...(instanceType(type).onDemandUsdPerHour === undefined ? [] : [infraPool(type, "onDemand")]),
  infraPool(type, "spot"),
]);
