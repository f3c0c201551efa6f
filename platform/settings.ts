/** Configuration of the platform layer. */
import { z } from "zod";
import { readSettings } from "../contracts/settings";
import { sharedSchema } from "../contracts/shared";

const platformSchema = z.strictObject({});

/** @throws ConfigError with every mistake in the layer's configuration. */
export const readPlatformSettings = () => readSettings({ llmd: sharedSchema, "llmd-platform": platformSchema });
