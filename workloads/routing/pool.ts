/** The model servers of one revision, among which its picker chooses. */
import type * as k8s from "@pulumi/kubernetes";
import { PICKER_PORTS } from "../../catalog/serving";
import type { RevisionContext } from "../context";
import { inferencePool } from "../customResources";
import { pickerName, poolSelector, revisionName } from "../names";

/**
 * The picker is named, not referred to: it becomes Ready only after its pool is there, so a pool that waited for the
 * picker's objects would never come.
 */
export function createPool({ key, plan, cluster, opts }: RevisionContext): k8s.apiextensions.CustomResource {
  const name = revisionName(key);
  return inferencePool(
    name,
    { name, namespace: cluster.namespace },
    {
      selector: { matchLabels: poolSelector(key) },
      targetPorts: plan.servingPath.targetPorts(plan).map(number => ({ number })),
      endpointPickerRef: {
        name: pickerName(key),
        port: { number: PICKER_PORTS.extProc },
        failureMode: plan.failureMode,
      },
    },
    opts,
  );
}
