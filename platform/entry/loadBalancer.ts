/** The Service from which EKS makes the entry's load balancer. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ENTRY, ISTIO_PORTS, LABELS } from "../../catalog/serving";
import { DRAIN_SECONDS } from "../gateways/pods";
import { NAMESPACES } from "../namespaces";
import type { OpenEntry } from "../settings/entry";
import type { EntryPlan } from "./plan";

interface LoadBalancerArgs {
  readonly settings: OpenEntry;
  readonly plan: EntryPlan;
  /** Tags of the load balancer. */
  readonly tags: Readonly<Record<string, string>>;
  readonly namespace: pulumi.Input<string>;
}

/**
 * A Service of its own beside Istio's: its ranges and ports are typed, policies see it, and an `up` waits until AWS has named the
 * load balancer.
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
        // EKS Auto Mode's class. The AWS Load Balancer Controller would manage a Service without a class.
        loadBalancerClass: "eks.amazonaws.com/nlb",
        loadBalancerSourceRanges: [...settings.sourceRanges],
        // Connections go to pods, not to nodes.
        allocateLoadBalancerNodePorts: false,
        selector: { [LABELS.gateway]: ENTRY },
        ports: plan.ports.map(port => ({ ...port, protocol: "TCP" })),
      },
    },
    { ...opts, ...REPLACED },
  );

const PREFIX = "service.beta.kubernetes.io/aws-load-balancer";
const SCHEME = `${PREFIX}-scheme`;

/**
 * The controller replaces a load balancer that changes between internal and internet-facing. The Service would keep the old
 * name for a while, and an `up` would take it for the new one. So the Service is replaced too.
 */
const REPLACED = { replaceOnChanges: [`metadata.annotations["${SCHEME}"]`], deleteBeforeReplace: true };

/** DNS name of the load balancer; unknown in a preview before it exists. */
export const hostnameOf = (service: k8s.core.v1.Service): pulumi.Output<string> =>
  service.status.apply(status =>
    !status?.loadBalancer?.ingress?.length && pulumi.runtime.isDryRun()
      ? (pulumi.output(pulumi.unknown) as pulumi.Output<never>)
      : pulumi.output(hostnameIn(status)),
  );

type ServiceStatus = k8s.types.output.core.v1.ServiceStatus | undefined;

/** @throws RunError when the Service has no load balancer with a name. */
export function hostnameIn(status: ServiceStatus): string {
  const hostname = status?.loadBalancer?.ingress?.[0]?.hostname;
  if (hostname) return hostname;
  throw new pulumi.RunError(
    `the Service ${ENTRY} has no load balancer: "kubectl describe service ${ENTRY} -n ${NAMESPACES.entry}" says why`,
  );
}

/** TLS 1.2 and 1.3, without ciphers that have no forward secrecy. */
const TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06";

/** Readiness endpoint of Istio's agent, which the Service does not expose. */
const HEALTH = { port: ISTIO_PORTS.readiness, path: "/healthz/ready" } as const;

/** Annotations of EKS: AWS, EKS user guide, "Use Service Annotations to configure Network Load Balancers". */
export const loadBalancerAnnotations = (
  settings: OpenEntry,
  plan: EntryPlan,
  tags: LoadBalancerArgs["tags"],
): Record<string, string> => ({
  [SCHEME]: settings.exposure === "internet" ? "internet-facing" : "internal",
  [`${PREFIX}-nlb-target-type`]: "ip",
  // Zones without a pod of the entry accept connections too.
  [`${PREFIX}-attributes`]: list({ "load_balancing.cross_zone.enabled": "true" }),
  [`${PREFIX}-target-group-attributes`]: list({
    // The request limit and the access log need client addresses.
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
 * Idle timeout a minute above the gateway's, so that the client gets the gateway's answer. A load balancer that ends TLS has a
 * fixed 350 s (AWS, "Update the TCP idle timeout"): there the gateway's keepalives hold the connection.
 */
function idleAnnotations({ streamIdleMinutes }: OpenEntry, { tlsAt, ports }: EntryPlan): Record<string, string> {
  const [main] = ports;
  if (tlsAt === "loadBalancer" || main === undefined) return {};
  const seconds = Math.max(streamIdleMinutes * 60 + 60, AWS_IDLE_SECONDS);
  return { [`${PREFIX}-listener-attributes.TCP-${main.port}`]: list({ "tcp.idle_timeout.seconds": String(seconds) }) };
}

/** AWS's default in seconds. */
const AWS_IDLE_SECONDS = 350;

const list = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
