/** Every way to serve a model, by its name in the stack file. */
import type { PathName } from "../plan";
import type { ServingPath } from "../servers/shape";
import { optimizedBaseline } from "./optimizedBaseline";
import { precisePrefix } from "./precisePrefix";
import { prefillDecode } from "./prefillDecode";
import { wideExpert } from "./wideExpert";

export const PATHS: Readonly<Record<PathName, ServingPath>> = {
  optimizedBaseline,
  precisePrefix,
  prefillDecode,
  wideExpert,
};
