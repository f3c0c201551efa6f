/** Names, labels and ports of a picker: upstream's. */
import type * as pulumi from "@pulumi/pulumi";
import { EXT_PROC_PORTS } from "../../catalog/gateways";
import type { RevisionContext } from "../context";
import { pickerName } from "../names";

/** Port of the picker's Service where the gateway asks. */
export const PICKER_PORT = EXT_PROC_PORTS.endpointPicker;

export const HEALTH_PORT = 9003;
export const METRICS_PORT = 9090;

/** By which the platform's monitor finds every picker. */
export const PICKER_LABELS = { "llm-d.ai/igw-mode": "llm-d-router-gateway" };

/** The label by which the picker's Deployment and Service find its pod. */
export const pickerSelector = ({ identity }: Pick<RevisionContext, "identity">) => ({
  "llm-d-router-gateway": pickerName(identity),
});

export const pickerMetadata = (
  { identity, site }: RevisionContext,
  suffix = "",
): { readonly name: string; readonly namespace: pulumi.Input<string> } => ({
  name: `${pickerName(identity)}${suffix}`,
  namespace: site.namespace,
});
