/** What everything in a network needs. */
import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

export interface Site {
  /** The component that resources belong to. */
  readonly parent: pulumi.Resource;
  /** Of the network; begins the name of everything in it. */
  readonly name: string;
  readonly vpc: aws.ec2.Vpc;
}
