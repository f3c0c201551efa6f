/** Every way to serve a model, by its name in the stack file. */
import type { Paths } from "../servers/shape";
import { optimizedBaseline } from "./optimizedBaseline";
import { precisePrefix } from "./precisePrefix";
import { prefillDecode } from "./prefillDecode";
import { wideExpert } from "./wideExpert";

export const PATHS = { optimizedBaseline, precisePrefix, prefillDecode, wideExpert } as const satisfies Paths;

export type PathName = keyof typeof PATHS;

/** Serving path of a model that names none. */
export const DEFAULT_PATH: PathName = "optimizedBaseline";
