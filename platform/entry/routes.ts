/** Routes of the entry: to the inference gateway, or to https. */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { ENTRY, GATEWAY_PORT } from "../../catalog/serving";
import { GATEWAY_GROUP, httpRoute } from "../../contracts/httpRoute";
import { referenceGrant } from "../gateways/customResources";
import type { EntryPlan } from "./plan";

/** A Service of another namespace. */
export interface ServiceRef {
  /** Name of the Service. */
  readonly name: pulumi.Input<string>;
  /** Namespace of the Service. A ReferenceGrant there allows the entry's routes to it. */
  readonly namespace: pulumi.Input<string>;
}

/** Routes every path and name of the main listener unchanged: the models' routes match paths, and any name. */
export function createRoutes(
  name: string,
  args: { readonly plan: EntryPlan; readonly namespace: pulumi.Input<string>; readonly to: ServiceRef },
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource[] {
  const { plan, namespace, to } = args;
  const grant = referenceGrant(
    name,
    { name: ENTRY, namespace: to.namespace },
    {
      from: [{ group: GATEWAY_GROUP, kind: "HTTPRoute", namespace }],
      to: [{ group: "", kind: "Service", name: to.name }],
    },
    opts,
  );
  const main = httpRoute(
    name,
    { name: ENTRY, namespace },
    {
      parentRefs: [{ name: ENTRY, sectionName: plan.main.name }],
      // No limit on the whole response, which streams.
      // Not spread: an Output, which a reference may be, has no fields of its own.
      rules: [
        {
          backendRefs: [{ name: to.name, namespace: to.namespace, port: GATEWAY_PORT }],
          timeouts: { request: "0s" },
        },
      ],
    },
    { ...opts, dependsOn: [grant] },
  );
  return plan.redirect ? [main, createRedirect(name, plan.redirect.name, namespace, opts)] : [main];
}

const createRedirect = (
  name: string,
  listener: string,
  namespace: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
) =>
  httpRoute(
    `${name}-redirect`,
    { name: `${ENTRY}-redirect`, namespace },
    {
      parentRefs: [{ name: ENTRY, sectionName: listener }],
      rules: [
        {
          // Without the port Envoy would redirect to the listener's.
          filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", port: 443, statusCode: 301 } }],
        },
      ],
    },
    opts,
  );
