/** NAT gateways. */
import * as aws from "@pulumi/aws";
import type { Gateway } from "./plan";
import type { Site } from "./site";
import { type Subnets, subnetIn } from "./subnets";

/** The gateway that a private table leads to, if it leads anywhere. */
export function createNat(
  site: Site,
  gateway: Gateway,
  subnets: Subnets,
  internet: aws.ec2.InternetGateway | undefined,
): aws.ec2.NatGateway | undefined {
  switch (gateway.kind) {
    case "none":
      return undefined;
    case "regional":
      return createRegionalNat(site, internet);
    case "zonal":
      return createZonalNat(site, gateway.zoneId, subnetIn(subnets.public, gateway.zoneId), internet);
  }
}

/** AWS gives it its addresses and extends it to the zones of the VPC's subnets. */
const createRegionalNat = ({ parent, name, vpc }: Site, internet: aws.ec2.InternetGateway | undefined) =>
  new aws.ec2.NatGateway(
    name,
    { availabilityMode: "regional", vpcId: vpc.id, tags: { Name: name } },
    { parent, dependsOn: internet },
  );

function createZonalNat(
  { parent, name }: Site,
  zoneId: string,
  subnet: aws.ec2.Subnet,
  internet: aws.ec2.InternetGateway | undefined,
): aws.ec2.NatGateway {
  const address = new aws.ec2.Eip(
    `${name}-nat-${zoneId}`,
    { domain: "vpc", tags: { Name: `${name}-nat-${zoneId}` } },
    { parent },
  );
  const tags = { Name: `${name}-${zoneId}` };
  return new aws.ec2.NatGateway(
    `${name}-${zoneId}`,
    { subnetId: subnet.id, allocationId: address.id, tags },
    { parent, dependsOn: internet },
  );
}
