/** CPU and memory of a picker's pod. */
import { wholeNodeCpu } from "../../catalog/systemRoom";
import { maxPods, type RevisionPlan } from "../plan";

/**
 * Cores of upstream's recipe, whose guides have eight servers. A request a second takes half a core to a core. What is asked
 * for is a little less, so that four fit a node of four: nothing limits a picker to what it asks for.
 */
const CORES = { recipe: 4, endpoints: 8, furtherEndpoint: 0.075 } as const;

/** Upstream measured 3.4 GiB at most, at 100 servers and 98.7 requests a second; beside it requests wait in memory. */
const MEMORY = { requests: "8Gi", limits: "16Gi" } as const;

/**
 * Reading the metrics of 100 endpoints takes 7.5 cores, with nothing to choose: llm-d, docs/operations/router.md.
 */
export function pickerResources(plan: RevisionPlan) {
  const further = Math.max(0, maxPods(plan.roles) * plan.servingPath.targetPorts(plan).length - CORES.endpoints);
  const cores = CORES.recipe + Math.ceil(further * CORES.furtherEndpoint);
  return { requests: { cpu: wholeNodeCpu(cores), memory: MEMORY.requests }, limits: { memory: MEMORY.limits } };
}
