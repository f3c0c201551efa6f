/** Divides a VPC's addresses into subnets. */
import { Netmask } from "netmask";

/** Address ranges of one zone's subnets. */
export interface SubnetBlocks {
  /** Zone id, as in use2-az1. */
  readonly zoneId: string;
  /** CIDR block of the zone's private subnet. */
  readonly privateCidr: string;
  /** CIDR block of the zone's public subnet. */
  readonly publicCidr: string;
}

// Auto Mode takes a /28 for each node at a time, so private subnets are large.
const PRIVATE_BITS = 20;
const PUBLIC_BITS = 24;

// AWS makes no larger VPC.
const LARGEST_VPC_BITS = 16;

/** Problem with dividing a range among these zones; `undefined` where it has room. */
export const roomProblem = (vpcCidr: string, zoneIds: readonly string[]): string | undefined =>
  rangeProblem(vpcCidr) ?? numberProblem(zoneIds) ?? sizeProblem(vpcCidr, zoneIds);

/**
 * A private /20 and a public /24 for each zone: private ones from the start of the range, public ones from its end. The number
 * of the zone picks them, never its place in the list: a subnet must not move when zones are added or reordered.
 * @throws when the range has no room for them.
 */
export function subnetBlocks(vpcCidr: string, zoneIds: readonly string[]): SubnetBlocks[] {
  const problem = roomProblem(vpcCidr, zoneIds);
  if (problem) throw new Error(problem);
  const vpc = new Netmask(vpcCidr);
  const firstPrivate = new Netmask(`${vpc.base}/${PRIVATE_BITS}`);
  const lastPublic = new Netmask(`${vpc.broadcast}/${PUBLIC_BITS}`);
  return zoneIds.map(zoneId => ({
    zoneId,
    privateCidr: String(firstPrivate.next(zoneNumber(zoneId) - 1)),
    publicCidr: String(lastPublic.next(1 - zoneNumber(zoneId))),
  }));
}

/** Number of a zone: 3 for `use2-az3`; NaN for ids without such a number, as local zones have. */
const zoneNumber = (zoneId: string): number => Number(/^[a-z0-9]+-az([1-9])$/.exec(zoneId)?.[1]);

function rangeProblem(vpcCidr: string): string | undefined {
  const range = new Netmask(vpcCidr);
  if (range.bitmask < LARGEST_VPC_BITS)
    return `AWS makes no VPC larger than /${LARGEST_VPC_BITS}: take a smaller range`;
  // The AWS provider takes nothing else for a VPC.
  return String(range) === vpcCidr ? undefined : `${vpcCidr} does not begin at its first address: write ${range}`;
}

function numberProblem(zoneIds: readonly string[]): string | undefined {
  const unnumbered = zoneIds.find(zoneId => Number.isNaN(zoneNumber(zoneId)));
  if (unnumbered !== undefined)
    return `${unnumbered} has no number that could pick its subnets: take zones with ids like use2-az1, az1 to az9`;
  for (const zoneId of zoneIds) {
    const twin = zoneIds.find(other => other !== zoneId && zoneNumber(other) === zoneNumber(zoneId));
    if (twin) return `${zoneId} and ${twin} would get the same subnets: take zones of one Region`;
  }
  return undefined;
}

function sizeProblem(vpcCidr: string, zoneIds: readonly string[]): string | undefined {
  // One block of private size holds all public subnets.
  const room = Math.max(0, new Netmask(vpcCidr).size / 2 ** (32 - PRIVATE_BITS) - 1);
  const outside = zoneIds.filter(zoneId => zoneNumber(zoneId) > room);
  if (outside.length === 0) return undefined;
  const enough = PRIVATE_BITS - Math.ceil(Math.log2(Math.max(...outside.map(zoneNumber)) + 1));
  const lower = room === 0 ? "" : `, or zones up to az${room}`;
  return (
    `${vpcCidr} has room for ${room} ${room === 1 ? "zone" : "zones"} of a /${PRIVATE_BITS}, not for ${outside.join(", ")}: ` +
    `a zone's number picks its subnets, so that they never move; take a /${enough} or larger${lower}`
  );
}
