/** The configuration that more than one layer reads: the `llmd:` keys. */
import { z } from "zod";

export const sharedSchema = z.strictObject({
  accountId: z.string().regex(/^\d{12}$/, "an AWS account id has 12 digits"),
  owner: z.string().min(1),
  protect: z.boolean(),
  limits: z.strictObject({
    gpus: z.int().positive(),
    usdPerHour: z.number().positive(),
    usdPerMonth: z.number().positive(),
  }),
});

export type SharedSettings = z.output<typeof sharedSchema>;
