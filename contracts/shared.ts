/** The configuration that more than one layer reads: the `llmd:` keys. */
import { z } from "zod";

export const sharedSchema = z.strictObject({
  accountId: z
    .string()
    .regex(/^\d{12}$/, "an AWS account id has 12 digits")
    .describe("The only account the AWS provider accepts."),
  owner: z.string().min(1).describe("Tag on everything."),
  protect: z.boolean().describe("Deletion protection on what holds data or the cluster."),
  limits: z.strictObject({
    gpus: z.int().positive().describe("GPUs over all pools."),
    usdPerHour: z.number().positive().describe("US dollars an hour with every ceiling full."),
    usdPerMonth: z.number().positive().describe("US dollars for 730 hours with every ceiling full."),
  }),
});
