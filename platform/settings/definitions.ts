/** Configuration of the definitions that gateway, routes and pools are written in. */
import { z } from "zod";
import { DEFINITION_SETS } from "../../catalog/definitions";
import { rejectDuplicates, whenValid } from "../../contracts/rules";

export const definitionsSchema = z
  .strictObject({
    existing: z
      .array(z.enum(DEFINITION_SETS))
      .superRefine(rejectDuplicates, whenValid())
      .describe("Sets of CRDs that the cluster has already: they are checked, not made."),
  })
  .default({ existing: [] });

export type DefinitionsSettings = z.output<typeof definitionsSchema>;
