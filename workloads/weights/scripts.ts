/** The Python that runs in pods, beside this file. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Text of a script. */
export const scriptText = (name: "copy_weights.py" | "fetch_adapters.py" | "guard.py"): string =>
  readFileSync(join(__dirname, name), "utf8");

/** vLLM's image runs as root, so what a script does not need is taken from it: it writes no files but on volumes. */
export const SCRIPT_SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};
