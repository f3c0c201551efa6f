/** KEDA: scales model servers by what waits for them. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { spreadConstraints } from "../contracts/placement";
import { createRelease } from "./charts";
import { REPLICAS, RESOURCES } from "./podSizes";

export interface KedaArgs {
  readonly kubernetes: k8s.Provider;
  readonly namespace: pulumi.Input<string>;
  /** The only namespace whose ScaledObjects it acts on, and in which it may change anything. */
  readonly modelsNamespace: pulumi.Input<string>;
  /** Of its pods: nothing scales without them. */
  readonly priorityClass: pulumi.Input<string>;
  /** Keeps its CRDs, and with them every ScaledObject, when its chart is removed; from `llmd:protect`. */
  readonly protect: boolean;
}

/** KEDA's chart. Its monitors need the CRDs of the Prometheus operator. */
export class Keda extends pulumi.ComponentResource {
  constructor(name: string, { kubernetes, namespace, ...rest }: KedaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:Keda", name, {}, opts);
    createRelease(
      `${name}-chart`,
      "keda",
      { name: "keda", namespace, values: kedaValues(rest) },
      { parent: this, provider: kubernetes },
    );
    this.registerOutputs({});
  }
}

const SCRAPED = { enabled: true, serviceMonitor: { enabled: true } };
const ONE_AT_A_TIME = { maxUnavailable: 1 };

/** Pod security, and certificates that the operator makes and renews itself, are the chart's. */
function kedaValues({ modelsNamespace, priorityClass, protect }: Omit<KedaArgs, "kubernetes" | "namespace">) {
  const image = { pullPolicy: "IfNotPresent" };
  return {
    image,
    crds: { additionalAnnotations: protect ? { "helm.sh/resource-policy": "keep" } : {} },
    watchNamespace: modelsNamespace,
    priorityClassName: priorityClass,
    // The second replica waits until the first one's lease has run out; without it a lost node stops all scaling.
    operator: { replicaCount: REPLICAS },
    metricsServer: { replicaCount: REPLICAS },
    webhooks: { replicaCount: REPLICAS },
    topologySpreadConstraints: {
      operator: spreadConstraints({ app: "keda-operator" }),
      metricsServer: spreadConstraints({ app: "keda-operator-metrics-apiserver" }),
      webhooks: spreadConstraints({ app: "keda-admission-webhooks" }),
    },
    podDisruptionBudget: { operator: ONE_AT_A_TIME, metricServer: ONE_AT_A_TIME, webhooks: ONE_AT_A_TIME },
    resources: { operator: RESOURCES.keda, metricServer: RESOURCES.keda, webhooks: RESOURCES.keda },
    // The token of Hugging Face is a Secret among those it watches; Prometheus is asked without a login.
    permissions: { operator: { restrict: { secret: true } }, metricServer: { restrict: { secret: true } } },
    // Besides Deployments and StatefulSets; the chart's own list is everything there is.
    rbac: { scaledRefKinds: [{ apiGroup: "leaderworkerset.x-k8s.io", kind: "leaderworkersets" }] },
    prometheus: { operator: SCRAPED, metricServer: SCRAPED, webhooks: SCRAPED },
  };
}
