/** Names and labels of a picker: upstream's. */
import type * as pulumi from "@pulumi/pulumi";
import { LABELS } from "../../catalog/serving";
import type { RevisionContext } from "../context";
import { pickerName } from "../names";

/** The label by which the picker's Deployment and Service find its pod. */
export const pickerSelector = ({ identity }: Pick<RevisionContext, "identity">) => ({
  [LABELS.picker]: pickerName(identity),
});

export const pickerMetadata = (
  { identity, site }: RevisionContext,
  suffix = "",
): { readonly name: string; readonly namespace: pulumi.Input<string> } => ({
  name: `${pickerName(identity)}${suffix}`,
  namespace: site.namespace,
});
