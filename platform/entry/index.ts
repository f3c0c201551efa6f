/** The entry for clients: a load balancer, a Gateway that authenticates and limits requests, and routes to the models. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ENTRY } from "../../catalog/serving";
import type { Exported, PlatformOutputs } from "../../contracts/outputs";
import { gateway, revisionLabel } from "../gateways/customResources";
import { gatewayInfrastructure, podParameters } from "../gateways/pods";
import type { Namespaces } from "../namespaces";
import { RESOURCES } from "../podSizes";
import { type EntrySettings, type OpenEntry, openEntry } from "../settings/entry";
import { createCertificate } from "./certificate";
import { createLoadBalancer, hostnameOf } from "./loadBalancer";
import { type EntryPlan, entryPlan, entryUrl } from "./plan";
import { createProtection } from "./protection";
import { memoryLimitGiB } from "./rate";
import { EntryRecord } from "./record";
import { createRoutes, type ServiceRef } from "./routes";

interface EntryArgs {
  readonly kubernetes: k8s.Provider;
  /** Namespace of the entry's own objects. */
  readonly namespace: pulumi.Input<string>;
  /** Settings with all defaults filled in. */
  readonly settings: OpenEntry;
  /** Revision of the istiod that manages the Gateway; undefined for the one without a revision. */
  readonly revision: pulumi.Output<string | undefined>;
  /** Service of the inference gateway, which receives the requests. */
  readonly to: ServiceRef;
  /** Tags of the load balancer and its target groups. */
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * A Gateway `llmd-entry` behind a Network Load Balancer. It removes headers that only the platform may set, authenticates the
 * client, and limits rate and size, in this order. Then the request goes to the inference gateway.
 *
 * The load balancer is made last and deleted first, so that it never leads to an unprotected gateway.
 *
 * Costs its load balancer, see `entryLineItems`; its pods run on the system pool.
 */
export class Entry extends pulumi.ComponentResource {
  /** URL for clients. */
  readonly url: pulumi.Output<string>;
  /** DNS name of the load balancer. */
  readonly loadBalancer: pulumi.Output<string>;

  constructor(name: string, args: EntryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:Entry", name, {}, opts);
    const options = { parent: this, provider: args.kubernetes };
    const plan = entryPlan(args.settings);
    const made = createGateway(name, args, plan, options);
    const behind = { ...options, dependsOn: [made] };
    createCertificate(name, { ...args, plan }, behind);
    const protection = createProtection(name, { ...args, plan }, behind);
    const routes = createRoutes(name, { ...args, plan }, behind);
    const service = createLoadBalancer(name, { ...args, plan }, { ...options, dependsOn: [...protection, ...routes] });

    this.loadBalancer = hostnameOf(service);
    this.url = this.loadBalancer.apply(host => entryUrl(plan, args.settings.hostname ?? host));
    this.registerOutputs({ url: this.url, loadBalancer: this.loadBalancer });
  }
}

/** Seconds: a load balancer may take minutes to stop sending connections to a terminating pod. */
const LEAST_DRAIN_SECONDS = 300;

function createGateway(
  name: string,
  { namespace, settings, revision }: EntryArgs,
  { listeners }: EntryPlan,
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  const parameters = new k8s.core.v1.ConfigMap(
    name,
    {
      metadata: { name: ENTRY, namespace },
      data: podParameters({
        gateway: ENTRY,
        replicas: settings.replicas,
        resources: { requests: RESOURCES.entry.requests, limits: { memory: `${memoryLimitGiB(settings)}Gi` } },
        leastDrainSeconds: LEAST_DRAIN_SECONDS,
      }),
    },
    opts,
  );
  return gateway(
    name,
    { name: ENTRY, namespace, labels: revisionLabel(revision) },
    {
      gatewayClassName: "istio",
      infrastructure: gatewayInfrastructure(parameters.metadata.name),
      listeners,
    },
    opts,
  );
}

/** Outputs of the layer that describe the entry. */
type EntryOutputs = Pick<Exported<PlatformOutputs>, "entryUrl" | "entryRecord" | "entryLimits">;

interface Surroundings extends Omit<EntryArgs, "settings" | "namespace"> {
  /** Names of the namespaces, by key. */
  readonly namespaces: Pick<Namespaces, "name">;
  /** The account's provider, where the stack file has a hosted zone. */
  readonly account: pulumi.ProviderResource | undefined;
}

/**
 * Creates the entry of a stack file, and its DNS record where the stack file has the zone.
 * @param dependsOn resources that the entry's objects need.
 * @returns outputs; those without a value are left out, since the engine warns of undefined outputs.
 */
export function createEntry(
  settings: EntrySettings,
  { namespaces, account, ...args }: Surroundings,
  dependsOn: pulumi.Resource[],
): EntryOutputs {
  const open = openEntry(settings);
  if (!open) return {};
  const namespace = namespaces.name("entry");
  const { url, loadBalancer } = new Entry("entry", { ...args, namespace, settings: open }, { dependsOn });
  const { hostname, hostedZoneId, streamIdleMinutes } = open;
  const outputs: EntryOutputs = { entryUrl: url, entryLimits: { streamIdleMinutes } };
  if (!hostname) return outputs;
  if (!hostedZoneId) return { ...outputs, entryRecord: pulumi.interpolate`${hostname} CNAME ${loadBalancer}` };
  new EntryRecord("entry-record", { hostname, hostedZoneId, target: loadBalancer }, { provider: account });
  return outputs;
}
