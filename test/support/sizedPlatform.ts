/** What decides which pods the platform of a stack file has, and how large they are. */
import type { SizedPlatform } from "../../platform/podSizes";
import { entrySchema } from "../../platform/settings/entry";
import { featuresSchema } from "../../platform/settings/features";
import { configOf, type STACKS } from "./stackFiles";

export function sizedPlatform(stack: (typeof STACKS)[number]): SizedPlatform {
  const config = configOf(stack);
  const read = (key: string) => JSON.parse(config[key] ?? "{}");
  return {
    entry: entrySchema.parse(read("llmd-platform:entry")),
    features: featuresSchema.parse(read("llmd-platform:features")),
    limits: read("llmd:limits"),
  };
}
