/** What a Job that copies weights asks of a node. */
import { halfNodeCpu } from "../../catalog/systemRoom";

/** Eight files at once, of each two parts of 64 MiB in memory. Two Jobs share a node of four vCPUs. */
export const COPY_RESOURCES = { requests: { cpu: halfNodeCpu(2), memory: "3Gi" }, limits: { memory: "3Gi" } } as const;
