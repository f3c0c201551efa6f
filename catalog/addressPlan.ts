/** Divides a VPC's addresses into subnets. */
import { Netmask } from "netmask";

export interface SubnetBlocks {
  readonly privateCidr: string;
  readonly publicCidr: string;
}

// Auto Mode takes a /28 per node at a time, so nodes need room.
const PRIVATE_BITS = 20;
const PUBLIC_BITS = 24;

// AWS makes no larger VPC.
const LARGEST_VPC_BITS = 16;

/** Why a range cannot be divided for so many zones, if it cannot. */
export function roomProblem(vpcCidr: string, zones: number): string | undefined {
  const { bitmask, size } = new Netmask(vpcCidr);
  if (bitmask < LARGEST_VPC_BITS) return `AWS makes no VPC larger than /${LARGEST_VPC_BITS}: take a smaller range`;
  // One block of private size holds all public subnets.
  const room = Math.max(0, size / 2 ** (32 - PRIVATE_BITS) - 1);
  return room < zones
    ? `${vpcCidr} has room for ${room} zones of a /${PRIVATE_BITS}, not for ${zones}: take a larger range`
    : undefined;
}

/**
 * A private /20 and a public /24 for each zone: private ones from the start of the range, public ones from its end.
 * @throws when the range has no room for them.
 */
export function subnetBlocks(vpcCidr: string, zones: number): SubnetBlocks[] {
  const problem = roomProblem(vpcCidr, zones);
  if (problem) throw new Error(problem);
  const vpc = new Netmask(vpcCidr);
  const firstPrivate = new Netmask(`${vpc.base}/${PRIVATE_BITS}`);
  const lastPublic = new Netmask(`${vpc.broadcast}/${PUBLIC_BITS}`);
  return Array.from({ length: zones }, (_, index) => ({
    privateCidr: String(firstPrivate.next(index)),
    publicCidr: String(lastPublic.next(-index)),
  }));
}
