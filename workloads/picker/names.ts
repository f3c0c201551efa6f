/** Names and labels of a picker: upstream's. */
import type * as pulumi from "@pulumi/pulumi";
import { LABELS } from "../../catalog/serving";
import type { RevisionContext } from "../context";
import { pickerName } from "../names";

/** The label by which the picker's Deployment and Service find its pod. */
export const pickerSelector = ({ key }: Pick<RevisionContext, "key">) => ({
  [LABELS.picker]: pickerName(key),
});

export const pickerMetadata = (
  { key, cluster }: RevisionContext,
  suffix = "",
): { readonly name: string; readonly namespace: pulumi.Input<string> } => ({
  name: `${pickerName(key)}${suffix}`,
  namespace: cluster.namespace,
});
