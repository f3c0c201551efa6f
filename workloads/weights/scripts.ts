/** The Python that runs in pods, beside this file. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { halfNodeCpu } from "../../catalog/systemRoom";

/** Text of a script. */
export const scriptText = (name: "copy_weights.py" | "fetch_adapters.py" | "guard.py"): string =>
  readFileSync(join(__dirname, name), "utf8");

/** vLLM's image runs as root, so what a script does not need is taken from it: it writes no files but on volumes. */
export const SCRIPT_SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** Eight files at once, of each two parts of 64 MiB in memory. Two Jobs share a node of four vCPUs. */
export const COPY_RESOURCES = { requests: { cpu: halfNodeCpu(2), memory: "3Gi" }, limits: { memory: "3Gi" } } as const;
