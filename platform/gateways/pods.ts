/** Pods that Istio makes for a Gateway, as its `infrastructure` describes them. */
import type * as pulumi from "@pulumi/pulumi";
import { LABELS } from "../../catalog/serving";
import { spreadConstraints } from "../../contracts/placement";
import { PRIORITY_CLASSES } from "../priorityClasses";
import type { GatewaySpec } from "./customResources";

interface GatewayPods {
  /** Name of the Gateway, which Istio labels the pods with. */
  readonly gateway: string;
  readonly replicas: { readonly min: number; readonly max: number };
  readonly resources: {
    readonly requests: Readonly<Record<"cpu" | "memory", string>>;
    readonly limits: Readonly<Partial<Record<"cpu" | "memory", string>>>;
  };
  /** Seconds that a terminating pod accepts new connections, below `DRAIN_SECONDS`. @default 60 - for callers in the cluster */
  readonly leastDrainSeconds?: number;
}

/** Seconds that streams may go on when their pod terminates or their listener changes. */
export const DRAIN_SECONDS = 900;

/** Seconds until other pods of the cluster send a terminating pod no more connections. */
const LEAST_DRAIN_SECONDS = 60;

/** Percent of the requested CPU above which pods are added. */
const CPU_PERCENT = 70;

/**
 * Drain time and parameters of the pods. Istio's agent reads the annotation from its own pod. Without it every change of a
 * listener (an EnvoyFilter, a certificate, an issuer's new keys) cuts streams older than 45 s, and a terminating pod stops
 * accepting connections after 45 s. `terminationDrainDuration` would have no effect: the agent waits until connections end
 * (`EXIT_ON_ZERO_ACTIVE_CONNECTIONS`), at most `terminationGracePeriodSeconds`.
 * @param parameters name of the ConfigMap.
 */
export const gatewayInfrastructure = (parameters: pulumi.Input<string>): GatewaySpec["infrastructure"] => ({
  annotations: { "proxy.istio.io/config": JSON.stringify({ drainDuration: `${DRAIN_SECONDS}s` }) },
  parametersRef: { group: "", kind: "ConfigMap", name: parameters },
});

/**
 * Data of the ConfigMap that `parametersRef` names: patches of Istio's objects, as JSON. Istio makes autoscaler and budget only
 * because they are named here. The autoscaler needs the metrics server that infra installs.
 */
export const podParameters = (pods: GatewayPods): Record<string, string> => ({
  deployment: JSON.stringify({ spec: { template: { spec: podSpec(pods) } } }),
  service: JSON.stringify({ spec: { type: "ClusterIP" } }),
  horizontalPodAutoscaler: JSON.stringify({
    spec: {
      minReplicas: pods.replicas.min,
      maxReplicas: pods.replicas.max,
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: CPU_PERCENT } },
        },
      ],
    },
  }),
  // Not minAvailable, which would keep a node with the only pod for ever.
  podDisruptionBudget: JSON.stringify({ spec: { maxUnavailable: 1 } }),
});

const podSpec = ({ gateway, replicas, resources, leastDrainSeconds = LEAST_DRAIN_SECONDS }: GatewayPods) => ({
  // Pod Security's level "restricted" needs it, and Istio does not set it.
  securityContext: { seccompProfile: { type: "RuntimeDefault" } },
  priorityClassName: PRIORITY_CLASSES.routing,
  terminationGracePeriodSeconds: DRAIN_SECONDS,
  topologySpreadConstraints: spreadConstraints({ [LABELS.gateway]: gateway }, replicas.min),
  containers: [
    {
      name: "istio-proxy",
      resources,
      env: [
        // By default Istio's agent stops Envoy after five seconds, in the middle of responses.
        { name: "EXIT_ON_ZERO_ACTIVE_CONNECTIONS", value: "true" },
        { name: "MINIMUM_DRAIN_DURATION", value: `${leastDrainSeconds}s` },
      ],
    },
  ],
});
