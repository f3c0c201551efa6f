/** Configuration that more than one layer reads: the `llmd:` keys, and the Region. */
import { z } from "zod";
import type { Limits } from "../catalog/cost";

export const sharedSchema = z.strictObject({
  accountId: z
    .string()
    .regex(/^\d{12}$/, "an AWS account id has 12 digits")
    .describe("The only account the AWS provider accepts."),
  owner: z
    .string()
    .min(1)
    .max(128)
    // What tags of every AWS service take, without `=`: a load balancer's are written as a list of `key=value`.
    .regex(/^[\p{L}\p{N} +\-.:/@_]*$/u, "letters, digits, spaces and + - . : / @ _, as in AWS tags")
    .describe("Value of the tag owner on all AWS resources."),
  protect: z.boolean().describe("Deletion protection on what holds data or the cluster."),
  limits: z
    .strictObject({
      gpus: z.int().positive().describe("GPUs over all pools."),
      usdPerHour: z.number().positive().describe("US dollars an hour with every ceiling full."),
      usdPerMonth: z.number().positive().describe("US dollars for 730 hours with every ceiling full."),
      instanceFamilies: z
        .array(z.string().regex(/^[a-z0-9-]+$/, "an instance family looks like p5e"))
        .min(1)
        .optional()
        .describe("Instance families GPU pools may have, e.g. [p5, p5e]. Without it: every family with a known price."),
      onDemandGpus: z
        .boolean()
        .optional()
        .describe("Permission for on-demand P instances, which are billed until they end. Without it: false."),
    })
    .describe(
      "Limits of the worst case: the policy pack refuses a preview above them. While nodes are renewed more may run, see the output renewal.",
    ) satisfies z.ZodType<Limits>,
});

/** Keys of the AWS provider that the layers read. */
export const awsSchema = z.object({
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "a Region looks like us-east-2")
    .describe("Region of AWS that all resources are in."),
});
