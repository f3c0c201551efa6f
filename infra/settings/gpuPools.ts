/** Configuration of the GPU pools. */
import { z } from "zod";
import { INSTANCE_TYPE_NAMES, instanceType } from "../../catalog/instances";
import { isSoldOnDemand } from "../../catalog/prices";
import { zonesOffering } from "../../catalog/regions";
import { WEEKDAYS } from "../../catalog/renewal";
import { entryName, rejectSameNames, whenValid } from "../../contracts/rules";
import { zoneIds } from "./network";

const price = z.number().positive();
// One text for all kinds: a mistake is explained by the first of them that has the key.
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

/** A pool whose keys are right one by one. */
type Pool = z.output<typeof fields>;

const gpuPool = fields
  .superRefine(refuseUnsold, whenValid("instanceType", "capacity", "kind"))
  .superRefine(refuseReservations, whenValid("capacity", "kind", "reservationIds", "reservationTags", "zoneIds"))
  .superRefine(refuseWithoutEfa, whenValid("instanceType", "efa"))
  .superRefine(refuseSeveralZones, whenValid("efa", "placementGroup", "zoneIds"))
  .superRefine(refuseStatic, whenValid("staticNodes", "maxNodes", "weight"))
  .superRefine(refuseStorage, whenValid("instanceType", "storageGiB"))
  .superRefine(refuseLabels, whenValid("labels"))
  .superRefine(refuseZones, whenValid("instanceType", "zoneIds"));

export const gpuPoolsSchema = z.array(gpuPool).min(1).superRefine(rejectSameNames("pool"), whenValid("name"));

export type GpuPoolSettings = z.output<typeof gpuPool>;
export type CapacitySettings = GpuPoolSettings["capacity"];

/** Adds an issue of the pool's where there is a message. */
function refuse(
  context: z.RefinementCtx,
  path: (string | number)[],
  input: unknown,
  message: string | undefined,
): void {
  if (message) context.addIssue({ code: "custom", path, input, message });
}

function refuseUnsold({ instanceType: type, capacity: { kind } }: Pool, context: z.RefinementCtx): void {
  if (kind !== "onDemand" || isSoldOnDemand(type)) return;
  const message = `AWS makes no on-demand offer of ${type} in any Region: use {kind: spot}, or a Capacity Block`;
  refuse(context, ["capacity", "kind"], kind, message);
}

function refuseReservations(pool: Pool, context: z.RefinementCtx): void {
  const { capacity: given, zoneIds: zones, placementGroup } = pool;
  if (given.kind === "reserved" && (given.reservationIds === undefined) === (given.reservationTags === undefined))
    refuse(
      context,
      ["capacity", "kind"],
      given.kind,
      "name the reservations by reservationIds or by reservationTags, one of the two",
    );
  if (given.kind !== "capacityBlock") return;
  if (zones.length > 1) refuse(context, ["zoneIds"], zones, "a Capacity Block is in one zone: name that one");
  if (placementGroup !== undefined)
    refuse(
      context,
      ["placementGroup"],
      placementGroup,
      "AWS puts no Capacity Block into a placement group: leave it out",
    );
}

function refuseWithoutEfa({ instanceType: type, efa }: Pool, context: z.RefinementCtx): void {
  if (efa && instanceType(type).efa === 0)
    refuse(context, ["efa"], efa, `${type} has no EFA interface: leave efa out, or take a larger type`);
}

function refuseStatic({ staticNodes, maxNodes, weight }: Pool, context: z.RefinementCtx): void {
  if (staticNodes === undefined) return;
  if (staticNodes >= maxNodes)
    refuse(
      context,
      ["staticNodes"],
      staticNodes,
      `maxNodes is ${maxNodes}: a node is replaced by one that starts first, so set maxNodes to at least ${staticNodes + 1}`,
    );
  if (weight !== undefined) refuse(context, ["weight"], weight, "Karpenter does not weigh static pools: leave it out");
}

/** Bytes in a GB over bytes in a GiB. */
const GB_IN_GIB = 1e9 / 2 ** 30;

/** EFA reaches no other zone, and a placement group is bound to one by its first node. */
function refuseSeveralZones({ efa, placementGroup, zoneIds: zones }: Pool, context: z.RefinementCtx): void {
  if (zones.length === 1 || (!efa && placementGroup === undefined)) return;
  const what = efa ? "EFA reaches no other zone" : "a placement group is bound to one zone";
  refuse(context, ["zoneIds"], zones, `${what}: name one, and make a pool for each other`);
}

function refuseStorage({ instanceType: type, storageGiB }: Pool, context: z.RefinementCtx): void {
  const nvmeGiB = Math.floor(instanceType(type).nvmeGB * GB_IN_GIB);
  if (storageGiB < nvmeGiB) return;
  const message = `${type} has ${nvmeGiB} GiB of NVMe, which nodes use only while the volume is smaller: stay below it`;
  refuse(context, ["storageGiB"], storageGiB, message);
}

/** Karpenter gives these domains' labels itself and refuses a NodePool that does. */
const RESERVED_DOMAINS = ["kubernetes.io", "k8s.io", "karpenter.sh", "eks.amazonaws.com"];

function refuseLabels({ labels }: Pool, context: z.RefinementCtx): void {
  for (const [label, value] of Object.entries(labels)) {
    const domain = label.includes("/") ? (label.split("/")[0] ?? "") : "";
    if (RESERVED_DOMAINS.some(reserved => domain === reserved || domain.endsWith(`.${reserved}`)))
      refuse(context, ["labels", label], value, `labels of ${domain} are not yours to give: take a domain of your own`);
  }
}

function refuseZones({ instanceType: type, zoneIds: zones }: Pool, context: z.RefinementCtx): void {
  for (const [index, zone] of zones.entries()) {
    const offering = zonesOffering(type, zone);
    if (offering && !offering.includes(zone))
      refuse(
        context,
        ["zoneIds", index],
        zone,
        `AWS offers ${type} in ${offering.join(", ")} of that Region: take one of these`,
      );
  }
}
