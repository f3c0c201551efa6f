/** How a request finds a model: the route to its pool, and the pool with its picker. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { httpRoute, INFERENCE_GROUP, inferencePool } from "./customResources";
import { SERVING_PORT } from "./modelServer";
import type { ModelContext } from "./modelService";
import { pickerName, poolSelector, revisionName } from "./names";
import { PICKER_PORT } from "./picker";

/** Path below which a model answers at the gateway; the rest of the path is OpenAI's. */
export const modelPath = (model: string): string => `/${model}${API}`;

// Only the API: a model server also answers at /metrics and at paths that change it.
const API = "/v1";

/**
 * The picker is named, not referred to: it becomes Ready only after its pool is there, so a pool that waited for the
 * picker's objects would never come.
 */
export function createPool({ identity, args, opts }: ModelContext): k8s.apiextensions.CustomResource {
  const name = revisionName(identity);
  return inferencePool(
    name,
    { name, namespace: args.namespace },
    {
      selector: { matchLabels: poolSelector(identity) },
      targetPorts: [{ number: SERVING_PORT }],
      // Without its picker a model answers slower, but answers.
      endpointPickerRef: { name: pickerName(identity), port: { number: PICKER_PORT }, failureMode: "FailOpen" },
    },
    opts,
  );
}

/** The path below which the gateway sends requests to the model's pool. */
export const createRoute = ({ args, opts, identity }: ModelContext, pool: pulumi.Resource) =>
  httpRoute(
    args.name,
    { name: args.name, namespace: args.namespace },
    {
      parentRefs: [pulumi.output(args.gateway)],
      rules: [
        {
          matches: [{ path: { type: "PathPrefix", value: modelPath(args.name) } }],
          filters: [
            { type: "URLRewrite", urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: API } } },
          ],
          backendRefs: [{ group: INFERENCE_GROUP, kind: "InferencePool", name: revisionName(identity) }],
          // No limit of the gateway's own: an answer may stream for minutes.
          timeouts: { request: "0s" },
        },
      ],
    },
    { ...opts, dependsOn: [pool] },
  );
