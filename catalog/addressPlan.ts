/** Divides a VPC's addresses into subnets. */
import { Netmask } from "netmask";

export interface SubnetBlocks {
  readonly privateCidr: string;
  readonly publicCidr: string;
}

// Auto Mode takes a /28 per node at a time, so nodes need room.
const PRIVATE_BITS = 20;
const PUBLIC_BITS = 24;

/**
 * A private /20 and a public /24 for each zone: private ones from the start of the range, public ones from its end.
 * @throws when the range has no room for them.
 */
export function subnetBlocks(vpcCidr: string, zones: number): SubnetBlocks[] {
  const vpc = new Netmask(vpcCidr);
  const room = vpc.size / 2 ** (32 - PRIVATE_BITS);
  // One block of private size holds all public subnets.
  if (room < zones + 1)
    throw new Error(
      `${vpcCidr} has room for ${Math.max(0, room - 1)} zones of a /${PRIVATE_BITS}, not for ${zones}: take a larger range`,
    );
  const firstPrivate = new Netmask(`${vpc.base}/${PRIVATE_BITS}`);
  const lastPublic = new Netmask(`${vpc.broadcast}/${PUBLIC_BITS}`);
  return Array.from({ length: zones }, (_, index) => ({
    privateCidr: String(firstPrivate.next(index)),
    publicCidr: String(lastPublic.next(-index)),
  }));
}
