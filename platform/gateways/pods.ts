/** The pods that Istio makes for a Gateway, as its `infrastructure` describes them. */
import type * as pulumi from "@pulumi/pulumi";
import { LABELS } from "../../catalog/serving";
import { spreadConstraints } from "../../contracts/placement";
import { PRIORITY_CLASSES } from "../priorityClasses";
import type { GatewaySpec } from "./customResources";

export interface GatewayPods {
  /** Name of the Gateway, by which Istio labels the pods. */
  readonly gateway: string;
  readonly replicas: { readonly min: number; readonly max: number };
  readonly resources: {
    readonly requests: Readonly<Record<"cpu" | "memory", string>>;
    readonly limits: Readonly<Partial<Record<"cpu" | "memory", string>>>;
  };
  /**
   * Seconds that a pod that is asked to go still takes new connections, below `DRAIN_SECONDS`.
   * @default 60 - enough for callers inside the cluster
   */
  readonly leastDrainSeconds?: number;
}

/** How long streams may go on, in seconds, when their pod is asked to go or their listener's configuration changes. */
export const DRAIN_SECONDS = 900;

/** Until the cluster's other pods have learnt that a pod goes, and send it no more connections. */
const LEAST_DRAIN_SECONDS = 60;

/** Share of the requested CPU, in percent, above which there will be more pods. */
const CPU_PERCENT = 70;

/**
 * Istio's agent reads the annotation from its own pod, whoever installed Istio. Without it every change of a listener (an
 * EnvoyFilter, a certificate, an issuer's new keys) cuts streams that are older than 45 s, and a pod that is asked to go
 * takes no new connections after as long. `terminationDrainDuration` would have no effect: the agent waits for connections
 * to end (`EXIT_ON_ZERO_ACTIVE_CONNECTIONS`), until `terminationGracePeriodSeconds`.
 * @param parameters name of the ConfigMap.
 */
export const gatewayInfrastructure = (parameters: pulumi.Input<string>): GatewaySpec["infrastructure"] => ({
  annotations: { "proxy.istio.io/config": JSON.stringify({ drainDuration: `${DRAIN_SECONDS}s` }) },
  parametersRef: { group: "", kind: "ConfigMap", name: parameters },
});

/**
 * Data of the ConfigMap that `parametersRef` names: patches on what Istio makes, each JSON. The last two are made only where
 * they are here. The autoscaler reads the metrics server that infra installs.
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
  // Not a least number, which would keep a node with the only pod for ever.
  podDisruptionBudget: JSON.stringify({ spec: { maxUnavailable: 1 } }),
});

const podSpec = ({ gateway, replicas, resources, leastDrainSeconds = LEAST_DRAIN_SECONDS }: GatewayPods) => ({
  // With what Istio sets itself this is all that Pod Security's level `restricted` asks for.
  securityContext: { seccompProfile: { type: "RuntimeDefault" } },
  priorityClassName: PRIORITY_CLASSES.routing,
  terminationGracePeriodSeconds: DRAIN_SECONDS,
  topologySpreadConstraints: spreadConstraints({ [LABELS.gateway]: gateway }, replicas.min),
  containers: [
    {
      name: "istio-proxy",
      resources,
      env: [
        // Istio's agent by itself ends Envoy five seconds after it is asked to, in the middle of every answer.
        { name: "EXIT_ON_ZERO_ACTIVE_CONNECTIONS", value: "true" },
        { name: "MINIMUM_DRAIN_DURATION", value: `${leastDrainSeconds}s` },
      ],
    },
  ],
});
