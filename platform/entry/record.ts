/** The entry's DNS record in Route 53. */
import * as pulumi from "@pulumi/pulumi";
import * as aws from "../../contracts/aws";

interface EntryRecordArgs {
  /** A name in the zone, not the zone's own: DNS allows no CNAME there. */
  readonly hostname: string;
  /** Zone of the name. */
  readonly hostedZoneId: string;
  /** DNS name of the load balancer. */
  readonly target: pulumi.Input<string>;
}

/** Seconds that resolvers keep the record, few so that a new load balancer is found soon. */
const TTL_SECONDS = 60;

/** A CNAME. Costs the zone's queries only. */
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
