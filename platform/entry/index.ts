/** The way in for clients: a load balancer, a Gateway that checks and limits what comes, and the way on to the models. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ENTRY } from "../../catalog/serving";
import { gateway, revisionLabel } from "../gateways/customResources";
import { gatewayInfrastructure, podParameters } from "../gateways/pods";
import { RESOURCES } from "../podSizes";
import type { OpenEntry } from "../settings/entry";
import { createCertificate } from "./certificate";
import { createLoadBalancer, hostnameOf } from "./loadBalancer";
import { type EntryPlan, entryPlan, entryUrl } from "./plan";
import { createProtection } from "./protection";
import { memoryLimitGiB } from "./rate";
import { createRoutes, type ServiceRef } from "./routes";

export interface EntryArgs {
  readonly kubernetes: k8s.Provider;
  /** Of the entry's own objects. */
  readonly namespace: pulumi.Input<string>;
  readonly settings: OpenEntry;
  /** Of the istiod that looks after the Gateway. */
  readonly revision: pulumi.Output<string | undefined>;
  /** The inference gateway's Service; requests go on to it. */
  readonly to: ServiceRef;
  /** Tags of the load balancer and of what belongs to it. */
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * A Gateway `llmd-entry` with a Network Load Balancer before it. A request loses the headers that only the platform may set,
 * is authenticated, counted and measured, in this order, and goes on to the inference gateway.
 *
 * The load balancer is made last and goes first, so that it never leads to a gateway that lets everything through.
 *
 * Costs its load balancer, see `entryLineItems`; its pods run on the system pool.
 */
export class Entry extends pulumi.ComponentResource {
  /** Where clients call. */
  readonly url: pulumi.Output<string>;
  /** AWS's name of the load balancer. */
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

/** A load balancer may take minutes to stop sending connections to a pod that it was told is going. */
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
