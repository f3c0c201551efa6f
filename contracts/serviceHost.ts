/** Services inside the cluster, and how Istio's proxies talk to those that speak TLS. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type CustomResourceMetadata, customResource } from "./customResource";

/** `networking.istio.io/v1` DestinationRule: only the fields this product sets. */
interface DestinationRuleSpec {
  /** A Service's full name. */
  readonly host: pulumi.Input<string>;
  readonly trafficPolicy: { readonly tls: { readonly mode: "SIMPLE"; readonly insecureSkipVerify: boolean } };
}

const destinationRule = customResource<DestinationRuleSpec>("networking.istio.io/v1", "DestinationRule");

/** The full name of a Service. */
export const serviceHost = ({ name, namespace }: CustomResourceMetadata): pulumi.Output<string> =>
  pulumi.interpolate`${name}.${namespace}.svc.cluster.local`;

/**
 * For a Service that serves TLS with a certificate it signs itself. Without this rule Istio asks in clear, and every request
 * ends with 500: istio#59577.
 * @param name of the Pulumi resource.
 * @param service whose name and namespace the rule has, too.
 */
export const trustOwnCertificate = (
  name: string,
  service: CustomResourceMetadata,
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource =>
  destinationRule(
    name,
    service,
    { host: serviceHost(service), trafficPolicy: { tls: { mode: "SIMPLE", insecureSkipVerify: true } } },
    opts,
  );
