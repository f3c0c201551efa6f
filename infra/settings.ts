/** Configuration of the infra layer. */
import { z } from "zod";
import { roomProblem } from "../catalog/addressPlan";
import { INSTANCE_TYPE_NAMES, instanceType } from "../catalog/instances";
import { notBuilt } from "../contracts/notBuilt";
import { entryName, ifRight, refuseSameNames, refuseTwice } from "../contracts/rules";
import { readSettings } from "../contracts/settings";
import { sharedSchema } from "../contracts/shared";

const zoneIds = z
  .array(z.string().regex(/^[a-z0-9]+-az\d$/, "a zone id looks like use2-az1"))
  .superRefine(refuseTwice, ifRight());

const arn = z.string().startsWith("arn:");

const capacity = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("onDemand") }),
  z.strictObject({
    kind: z.literal("spot"),
    usdPerHour: z.number().positive().optional().describe("US dollars an hour that you expect to pay for a node."),
  }),
]);

const gpuPool = z
  .strictObject({
    name: entryName,
    instanceType: z.enum(INSTANCE_TYPE_NAMES),
    capacity,
    maxNodes: z.int().min(1).max(64).describe("Nodes the pool may have, 1 to 64."),
    zoneIds: zoneIds.min(1).describe("Zones whose private subnets nodes start in."),
    keepEmptyMinutes: z
      .int()
      .min(5)
      .max(120)
      .default(30)
      .describe(
        "Minutes an empty node is kept, 5 to 120: a model server that comes back would load for minutes on a new one.",
      ),
    efa: notBuilt(z.boolean()),
    expireAfterHours: notBuilt(z.int().min(1).max(504)),
    labels: notBuilt(z.record(z.string(), z.string())),
    weight: notBuilt(z.int().min(1).max(100)),
    staticNodes: notBuilt(z.int().min(1)),
    storageGiB: notBuilt(z.int().min(1)),
  })
  .superRefine(
    ({ instanceType: type, capacity: { kind } }, context) => {
      if (kind !== "onDemand" || instanceType(type).onDemandUsdPerHour !== undefined) return;
      const message = `AWS makes no on-demand offer of ${type} in any Region: use {kind: spot}`;
      context.addIssue({ code: "custom", path: ["capacity", "kind"], input: kind, message });
    },
    ifRight("instanceType", "capacity", "kind"),
  );

const infraSchema = z
  .strictObject({
    kubernetesVersion: z.string().regex(/^1\.\d\d$/, 'a Kubernetes version looks like "1.35"'),
    network: z
      .strictObject({
        cidr: z.cidrv4().describe("A range with room for a /20 in each zone and one more, e.g. 10.40.0.0/16."),
        zoneIds: zoneIds.min(2).describe("Zones of the subnets, by id: names differ between accounts."),
        nat: z.enum(["single", "perZone"]).describe("One NAT gateway, or one in each zone."),
        interfaceEndpoints: notBuilt(z.boolean()),
      })
      .superRefine(refuseSmallNetwork, ifRight("cidr", "zoneIds")),
    cluster: z.strictObject({
      endpoint: z
        .strictObject({
          public: z.boolean(),
          cidrs: z.array(z.cidrv4()).default([]).describe("Ranges that may reach the public endpoint."),
          private: z.boolean(),
        })
        .superRefine(refuseOpenEndpoint, ifRight("public", "cidrs", "private")),
      admins: notBuilt(z.array(arn)),
      logTypes: notBuilt(z.array(z.enum(["api", "audit", "authenticator", "controllerManager", "scheduler"]))),
    }),
    gpuPools: z.array(gpuPool).min(1).superRefine(refuseSameNames("pool"), ifRight("name")),
    systemPool: notBuilt(z.strictObject({ maxCpus: z.int().positive(), maxMemoryGiB: z.int().positive() })),
    modelStore: notBuilt(z.strictObject({ bucket: z.boolean(), noncurrentVersionDays: z.int().positive().optional() })),
    budget: notBuilt(z.strictObject({ usdPerMonth: z.number().positive(), emails: z.array(z.email()).min(1) })),
    deploy: notBuilt(
      z.strictObject({
        github: z.strictObject({ subjects: z.array(z.string()).min(1), createProvider: z.boolean() }),
      }),
    ),
  })
  .superRefine(refuseForeignZones, ifRight("network", "gpuPools", "zoneIds"));

function refuseSmallNetwork(network: { cidr: string; zoneIds: readonly string[] }, context: z.RefinementCtx): void {
  const message = roomProblem(network.cidr, network.zoneIds.length);
  if (message) context.addIssue({ code: "custom", path: ["cidr"], input: network.cidr, message });
}

type Endpoint = { public: boolean; cidrs: readonly string[]; private: boolean };

/** EKS takes no ranges for all ranges, and needs one of the two endpoints. */
function refuseOpenEndpoint(endpoint: Endpoint, context: z.RefinementCtx): void {
  if (endpoint.public && endpoint.cidrs.length === 0)
    context.addIssue({
      code: "custom",
      path: ["cidrs"],
      input: endpoint.cidrs,
      message: "a public endpoint without ranges is open to everyone: name the ranges that may reach it",
    });
  if (!endpoint.public && !endpoint.private)
    context.addIssue({
      code: "custom",
      path: ["private"],
      input: endpoint.private,
      message: "a cluster needs a public or a private endpoint: set one of them to true",
    });
}

interface Pools {
  readonly network: { readonly zoneIds: readonly string[] };
  readonly gpuPools: readonly { readonly name: string; readonly zoneIds: readonly string[] }[];
}

/** A pool's nodes start in the network's subnets. */
function refuseForeignZones({ network, gpuPools }: Pools, context: z.RefinementCtx): void {
  for (const [pool, { zoneIds: zones }] of gpuPools.entries())
    for (const [index, zone] of zones.entries())
      if (!network.zoneIds.includes(zone))
        context.addIssue({
          code: "custom",
          path: ["gpuPools", pool, "zoneIds", index],
          input: zone,
          message: `the network has no subnet there: take one of ${network.zoneIds.join(", ")}, or add it to network.zoneIds`,
        });
}

const awsSchema = z.object({ region: z.string() });

export type GpuPoolSettings = z.output<typeof gpuPool>;
export type NetworkSettings = z.output<typeof infraSchema>["network"];
export type InfraSettings = ReturnType<typeof readInfraSettings>;

/** @throws ConfigError with every mistake in the layer's configuration. */
export const readInfraSettings = () => readSettings({ aws: awsSchema, llmd: sharedSchema, "llmd-infra": infraSchema });
