/** The entry's name in Route 53. */

import * as pulumi from "@pulumi/pulumi";
import * as aws from "../../contracts/aws";

export interface EntryRecordArgs {
  /** A name in the zone, but not the zone's own, of which DNS allows no CNAME. */
  readonly hostname: string;
  /** Of the zone that the name is in. */
  readonly hostedZoneId: string;
  /** Name of the load balancer. */
  readonly target: pulumi.Input<string>;
}

/** Seconds that a resolver may keep the record: a new load balancer is found soon. */
const TTL_SECONDS = 60;

/** A CNAME. Costs nothing but the zone's queries. */
export class EntryRecord extends pulumi.ComponentResource {
  constructor(
    name: string,
    { hostname, hostedZoneId, target }: EntryRecordArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("llmd:platform:EntryRecord", name, {}, opts);
    new aws.route53.Record(
      name,
      { zoneId: hostedZoneId, name: hostname, type: "CNAME", ttl: TTL_SECONDS, records: [target] },
      { parent: this, provider: opts.provider },
    );
    this.registerOutputs({});
  }
}
