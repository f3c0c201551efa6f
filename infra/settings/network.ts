/** Configuration of the network. */
import { z } from "zod";
import { roomProblem } from "../../catalog/addressPlan";
import { controlPlaneZoneProblem, NAT_KINDS, natProblem } from "../../catalog/eks";
import { type Rejection, rejectDuplicates, rejecting, whenValid } from "../../contracts/rules";

/** Zones by id. Names of zones differ between accounts. */
export const zoneIds = z
  .array(z.string().regex(/^[a-z0-9]+-az[1-9]$/, "a zone id looks like use2-az1"))
  .superRefine(rejectDuplicates, whenValid());

export const networkSchema = z
  .strictObject({
    cidr: z.cidrv4().describe("A range with room for a /20 in each zone and one more, e.g. 10.40.0.0/16."),
    zoneIds: zoneIds.min(2).describe("Zones of control plane, NAT gateways and load balancers, by id."),
    nat: z.enum(NAT_KINDS).describe("NAT gateways: none, a single one, one in each zone, or one that spans all zones."),
    interfaceEndpoints: z
      .boolean()
      .default(false)
      .describe("Interface endpoints for AWS's services in the VPC, at $0.01 an hour each and zone."),
  })
  .superRefine(
    rejecting(({ zoneIds: zones }) => rejection(["zoneIds"], controlPlaneZoneProblem(zones))),
    whenValid("zoneIds"),
  )
  .superRefine(
    rejecting(({ nat, interfaceEndpoints }) => rejection(["nat"], natProblem(nat, interfaceEndpoints))),
    whenValid("nat", "interfaceEndpoints"),
  );

interface Zoned {
  readonly network: { readonly cidr: string; readonly zoneIds: readonly string[] };
  readonly gpuPools: readonly { readonly zoneIds: readonly string[] }[];
}

/** Rejects a range without room for every zone that has a subnet, those of the GPU pools included. */
export const rejectSmallRange = rejecting(({ network, gpuPools }: Zoned) => {
  const zones = new Set([...network.zoneIds, ...gpuPools.flatMap(pool => pool.zoneIds)]);
  return rejection(["network", "cidr"], roomProblem(network.cidr, [...zones]));
});

function rejection(path: string[], message: string | undefined): Rejection[] {
  return message === undefined ? [] : [[path, message]];
}

export type NetworkSettings = z.output<typeof networkSchema>;
