/** Configuration of the network. */
import { z } from "zod";
import { roomProblem } from "../../catalog/addressPlan";
import { controlPlaneZoneProblem, NAT_KINDS, natProblem } from "../../catalog/eks";
import { rejectDuplicates, whenValid } from "../../contracts/rules";

/** Zones by id: names differ between accounts. */
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
  .superRefine(refuseFewZones, whenValid("zoneIds"))
  .superRefine(refuseNoWayOut, whenValid("nat", "interfaceEndpoints"));

function refuseFewZones(network: { readonly zoneIds: readonly string[] }, context: z.RefinementCtx): void {
  const message = controlPlaneZoneProblem(network.zoneIds);
  if (message) context.addIssue({ code: "custom", path: ["zoneIds"], input: network.zoneIds, message });
}

type WayOut = Pick<NetworkSettings, "nat" | "interfaceEndpoints">;

function refuseNoWayOut({ nat, interfaceEndpoints }: WayOut, context: z.RefinementCtx): void {
  const message = natProblem(nat, interfaceEndpoints);
  if (message) context.addIssue({ code: "custom", path: ["nat"], input: nat, message });
}

interface Zoned {
  readonly network: { readonly cidr: string; readonly zoneIds: readonly string[] };
  readonly gpuPools: readonly { readonly zoneIds: readonly string[] }[];
}

/** Every zone that has a subnet needs its place in the range: those of the pools, too. */
export function refuseSmallRange({ network, gpuPools }: Zoned, context: z.RefinementCtx): void {
  const zones = [...network.zoneIds, ...gpuPools.flatMap(pool => pool.zoneIds)];
  const message = roomProblem(network.cidr, [...new Set(zones)]);
  if (message) context.addIssue({ code: "custom", path: ["network", "cidr"], input: network.cidr, message });
}

export type NetworkSettings = z.output<typeof networkSchema>;
