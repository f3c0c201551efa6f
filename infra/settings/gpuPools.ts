/** Configuration of the GPU pools. */
import { z } from "zod";
import { INSTANCE_TYPE_NAMES, instanceType } from "../../catalog/instances";
import { isSoldOnDemand } from "../../catalog/prices";
import { zonesOffering } from "../../catalog/regions";
import { WEEKDAYS } from "../../catalog/renewal";
import { entryName, type Rejection, rejectIf, rejecting, rejectSameNames, whenValid } from "../../contracts/rules";
import { zoneIds } from "./network";

const price = z.number().positive();
// One text for all kinds: a message quotes the text of the first kind that has the key.
const PRICE = "US dollars an hour for one node: what you expect to pay, or, of a Capacity Block, what you paid.";
const KIND = "Purchase option. AWS may take spot nodes back at two minutes' notice.";
const usdPerHour = price.optional().describe(PRICE);

const reservationId = z
  .string()
  .regex(/^cr-[0-9a-f]{8,17}$/, "the id of a reservation looks like cr-0123456789abcdef0");

const capacity = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("onDemand").describe(KIND),
    usdPerHour,
  }),
  z.strictObject({
    kind: z.literal("spot").describe(KIND),
    usdPerHour,
  }),
  z.strictObject({
    kind: z.literal("reserved").describe(KIND),
    reservationIds: z.array(reservationId).min(1).optional().describe("Reservations by id."),
    reservationTags: z
      .record(z.string(), z.string())
      .refine(tags => Object.keys(tags).length > 0, "without a tag it names no reservation: give one or more")
      .optional()
      .describe("Reservations by tags."),
    usdPerHour,
  }),
  z.strictObject({
    kind: z.literal("capacityBlock").describe(KIND),
    reservationId: reservationId.describe("Id of the Capacity Block."),
    endsAt: z.iso
      .datetime('a time looks like "2026-12-20T11:30:00Z", in quotes')
      .describe("End of the block. AWS takes its nodes half an hour before."),
    usdPerHour: price.describe(PRICE),
  }),
]);

const renewalWindow = z
  .strictObject({
    weekday: z.enum(WEEKDAYS).default("sunday").describe("Day on which the window opens, in UTC."),
    hourUtc: z.int().min(0).max(23).default(1).describe("Hour at which the window opens, 0 to 23, in UTC."),
    hours: z
      .int()
      .min(1)
      .max(24)
      .default(4)
      .describe("Hours for which the window is open, 1 to 24: the shorter, the more nodes are renewed at a time."),
  })
  .describe("Weekly window in which nodes with an outdated image are renewed, one after the other.");

const fields = z.strictObject({
  name: entryName.describe("Name of the pool, by which models choose it."),
  instanceType: z.enum(INSTANCE_TYPE_NAMES).describe("EC2 instance type of every node."),
  capacity: capacity.describe("Purchase option of the nodes, and its price."),
  maxNodes: z.int().min(1).max(64).describe("Nodes the pool may have, 1 to 64."),
  zoneIds: zoneIds.min(1).describe("Zones that nodes start in, by id."),
  efa: z
    .boolean()
    .default(false)
    .describe("EFA between nodes, which only some serving paths need (docs/workloads.md)."),
  keepEmptyMinutes: z
    .int()
    .min(5)
    .max(120)
    .default(30)
    .describe(
      "Minutes an empty node is kept, 5 to 120: a model server that comes back would load for minutes on a new one.",
    ),
  expireAfterHours: z
    .int()
    .min(24)
    .max(504)
    .default(480)
    .describe("Hours after which a node is replaced, 24 to 504: AWS ends every node of Auto Mode after 21 days."),
  renewalWindow: renewalWindow.prefault({}),
  labels: z.record(z.string(), z.string()).default({}).describe("Further labels of the nodes."),
  weight: z.int().min(1).max(100).optional().describe("Preference among pools that fit, 1 to 100; higher goes first."),
  staticNodes: z.int().min(1).max(64).optional().describe("Nodes that run whether or not pods ask for them."),
  storageGiB: z
    .int()
    .min(20)
    .max(1000)
    .default(80)
    .describe("Size of a node's EBS volume, 20 to 1000 GiB: what it costs is in no bill."),
  placementGroup: z.string().min(1).optional().describe("Name of an existing placement group."),
});

/** A pool whose keys are each valid. */
type Pool = z.output<typeof fields>;

const gpuPool = fields
  .superRefine(rejecting(unsoldCapacity), whenValid("instanceType", "capacity", "kind"))
  .superRefine(
    rejecting(wrongReservations),
    whenValid("capacity", "kind", "reservationIds", "reservationTags", "zoneIds"),
  )
  .superRefine(rejecting(missingEfa), whenValid("instanceType", "efa"))
  .superRefine(rejecting(tooManyZones), whenValid("efa", "placementGroup", "zoneIds"))
  .superRefine(rejecting(wrongStaticNodes), whenValid("staticNodes", "maxNodes", "weight"))
  .superRefine(rejecting(tooMuchStorage), whenValid("instanceType", "storageGiB"))
  .superRefine(rejecting(reservedLabels), whenValid("labels"))
  .superRefine(rejecting(zonesWithoutType), whenValid("instanceType", "zoneIds"));

export const gpuPoolsSchema = z.array(gpuPool).min(1).superRefine(rejectSameNames("pool"), whenValid("name"));

export type GpuPoolSettings = z.output<typeof gpuPool>;
export type CapacitySettings = GpuPoolSettings["capacity"];

function unsoldCapacity({ instanceType: type, capacity: { kind } }: Pool): Rejection[] {
  const message = `AWS makes no on-demand offer of ${type} in any Region: use {kind: spot}, or a Capacity Block`;
  return rejectIf(kind === "onDemand" && !isSoldOnDemand(type), ["capacity", "kind"], message);
}

function wrongReservations({ capacity: given, zoneIds: zones, placementGroup }: Pool): Rejection[] {
  if (given.kind === "reserved") {
    const isNamedOnce = (given.reservationIds === undefined) !== (given.reservationTags === undefined);
    const message = "name the reservations by reservationIds or by reservationTags, one of the two";
    return rejectIf(!isNamedOnce, ["capacity", "kind"], message);
  }
  if (given.kind !== "capacityBlock") return [];
  const inGroup = "AWS puts no Capacity Block into a placement group: leave it out";
  return [
    ...rejectIf(zones.length > 1, ["zoneIds"], "a Capacity Block is in one zone: name that one"),
    ...rejectIf(placementGroup !== undefined, ["placementGroup"], inGroup),
  ];
}

function missingEfa({ instanceType: type, efa }: Pool): Rejection[] {
  const message = `${type} has no EFA interface: leave efa out, or choose a larger type`;
  return rejectIf(efa && instanceType(type).efa === 0, ["efa"], message);
}

/** EFA does not cross zones, and the first node binds a placement group to its zone. */
function tooManyZones({ efa, placementGroup, zoneIds: zones }: Pool): Rejection[] {
  const reason = efa ? "EFA does not cross zones" : "a placement group is in one zone";
  const message = `${reason}: name one, and make a pool for each other`;
  return rejectIf(zones.length !== 1 && (efa || placementGroup !== undefined), ["zoneIds"], message);
}

function wrongStaticNodes({ staticNodes, maxNodes, weight }: Pool): Rejection[] {
  if (staticNodes === undefined) return [];
  const noRoom = `maxNodes is ${maxNodes}, but a successor starts before a node leaves: set maxNodes to at least ${staticNodes + 1}`;
  return [
    ...rejectIf(staticNodes >= maxNodes, ["staticNodes"], noRoom),
    ...rejectIf(weight !== undefined, ["weight"], "Karpenter does not weigh static pools: leave it out"),
  ];
}

/** GiB in a GB. */
const GIB_PER_GB = 1e9 / 2 ** 30;

function tooMuchStorage({ instanceType: type, storageGiB }: Pool): Rejection[] {
  const nvmeGiB = Math.floor(instanceType(type).nvmeGB * GIB_PER_GB);
  const message = `${type} has ${nvmeGiB} GiB of NVMe, which nodes use only while the volume is smaller: stay below it`;
  return rejectIf(storageGiB >= nvmeGiB, ["storageGiB"], message);
}

/** Domains of labels that Karpenter itself sets: it rejects a NodePool with them. */
const RESERVED_DOMAINS = ["kubernetes.io", "k8s.io", "karpenter.sh", "eks.amazonaws.com"];

function reservedLabels({ labels }: Pool): Rejection[] {
  return Object.keys(labels).flatMap(label => {
    const domain = label.includes("/") ? (label.split("/")[0] ?? "") : "";
    const isReserved = RESERVED_DOMAINS.some(reserved => domain === reserved || domain.endsWith(`.${reserved}`));
    return rejectIf(isReserved, ["labels", label], `labels of ${domain} are reserved: use a domain of your own`);
  });
}

function zonesWithoutType({ instanceType: type, zoneIds: zones }: Pool): Rejection[] {
  return zones.flatMap((zone, index) => {
    const offering = zonesOffering(type, zone) ?? [zone];
    const message = `AWS offers ${type} in ${offering.join(", ")} of that Region: choose from these`;
    return rejectIf(!offering.includes(zone), ["zoneIds", index], message);
  });
}
