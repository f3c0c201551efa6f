/** The Service for which EKS makes the entry's load balancer. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ENTRY, ISTIO_PORTS, LABELS } from "../../catalog/serving";
import { DRAIN_SECONDS } from "../gateways/pods";
import { NAMESPACES } from "../namespaces";
import type { OpenEntry } from "../settings/entry";
import type { EntryPlan } from "./plan";

export interface LoadBalancerArgs {
  readonly settings: OpenEntry;
  readonly plan: EntryPlan;
  /** Of what AWS makes. */
  readonly tags: Readonly<Record<string, string>>;
  readonly namespace: pulumi.Input<string>;
}

/**
 * A Service of our own, not the one that Istio makes: its ranges and ports are checked by type, policies see it, and an `up`
 * waits until AWS gave it a name.
 */
export const createLoadBalancer = (
  name: string,
  { settings, plan, tags, namespace }: LoadBalancerArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Service =>
  new k8s.core.v1.Service(
    name,
    {
      metadata: { name: ENTRY, namespace, annotations: loadBalancerAnnotations(settings, plan, tags) },
      spec: {
        type: "LoadBalancer",
        // The cluster's own; the AWS Load Balancer Controller beside it would take a Service without one.
        loadBalancerClass: "eks.amazonaws.com/nlb",
        loadBalancerSourceRanges: [...settings.sourceRanges],
        // Connections go to pods, not to nodes.
        allocateLoadBalancerNodePorts: false,
        selector: { [LABELS.gateway]: ENTRY },
        ports: plan.ports.map(port => ({ ...port, protocol: "TCP" })),
      },
    },
    { ...opts, ...MADE_ANEW },
  );

const PREFIX = "service.beta.kubernetes.io/aws-load-balancer";
const SCHEME = `${PREFIX}-scheme`;

/**
 * A load balancer cannot move between VPC and internet: the controller makes another. The Service meanwhile still says the
 * name of the first, which an `up` would take for the new one's; a new Service has none until there is one.
 */
const MADE_ANEW = { replaceOnChanges: [`metadata.annotations["${SCHEME}"]`], deleteBeforeReplace: true };

/** The load balancer's own name, unknown in a preview that comes before it. */
export const hostnameOf = (service: k8s.core.v1.Service): pulumi.Output<string> =>
  service.status.apply(status =>
    !status?.loadBalancer?.ingress?.length && pulumi.runtime.isDryRun()
      ? (pulumi.output(pulumi.unknown) as pulumi.Output<never>)
      : pulumi.output(hostnameIn(status)),
  );

type ServiceStatus = k8s.types.output.core.v1.ServiceStatus | undefined;

/** @throws RunError when nobody gave the Service a load balancer with a name, without which nobody could call it. */
export function hostnameIn(status: ServiceStatus): string {
  const hostname = status?.loadBalancer?.ingress?.[0]?.hostname;
  if (hostname) return hostname;
  throw new pulumi.RunError(
    `the Service ${ENTRY} has no load balancer: "kubectl describe service ${ENTRY} -n ${NAMESPACES.entry}" says why`,
  );
}

/** TLS 1.2 and 1.3, without ciphers that have no forward secrecy. */
const TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06";

/** Where Istio's agent says whether Envoy has its configuration; the Service does not offer that port. */
const HEALTH = { port: ISTIO_PORTS.readiness, path: "/healthz/ready" } as const;

/** Annotations by the names that AWS, EKS user guide, "Use Service Annotations to configure Network Load Balancers", has. */
export const loadBalancerAnnotations = (
  settings: OpenEntry,
  plan: EntryPlan,
  tags: LoadBalancerArgs["tags"],
): Record<string, string> => ({
  [SCHEME]: settings.exposure === "internet" ? "internet-facing" : "internal",
  [`${PREFIX}-nlb-target-type`]: "ip",
  // A zone without a pod of the entry answers too.
  [`${PREFIX}-attributes`]: list({ "load_balancing.cross_zone.enabled": "true" }),
  [`${PREFIX}-target-group-attributes`]: list({
    // The request limit and the access log tell clients by their address.
    "preserve_client_ip.enabled": "true",
    "deregistration_delay.timeout_seconds": String(DRAIN_SECONDS),
  }),
  [`${PREFIX}-healthcheck-protocol`]: "http",
  [`${PREFIX}-healthcheck-port`]: String(HEALTH.port),
  [`${PREFIX}-healthcheck-path`]: HEALTH.path,
  [`${PREFIX}-additional-resource-tags`]: list(tags),
  ...tlsAnnotations(settings),
  ...idleAnnotations(settings, plan),
});

const tlsAnnotations = ({ certificateArn }: OpenEntry): Record<string, string> =>
  certificateArn
    ? {
        [`${PREFIX}-ssl-cert`]: certificateArn,
        [`${PREFIX}-ssl-ports`]: "443",
        [`${PREFIX}-ssl-negotiation-policy`]: TLS_POLICY,
      }
    : {};

/**
 * The gateway gives up on a paused answer first, so that the client is told. At a load balancer that ends TLS the time is
 * 350 s and cannot be set (AWS, "Update the TCP idle timeout"): there only the gateway's keepalive holds a connection.
 */
function idleAnnotations({ streamIdleMinutes }: OpenEntry, { tlsAt, ports }: EntryPlan): Record<string, string> {
  const [main] = ports;
  if (tlsAt === "loadBalancer" || main === undefined) return {};
  const seconds = Math.max(streamIdleMinutes * 60 + 60, AWS_IDLE_SECONDS);
  return { [`${PREFIX}-listener-attributes.TCP-${main.port}`]: list({ "tcp.idle_timeout.seconds": String(seconds) }) };
}

/** What AWS has by itself. */
const AWS_IDLE_SECONDS = 350;

const list = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
