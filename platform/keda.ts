/** KEDA: scales model servers by requests and schedules. */
import type * as pulumi from "@pulumi/pulumi";
import { spreadConstraints } from "../contracts/placement";
import { ChartComponent, type PartArgs } from "./charts";
import { REPLICAS, RESOURCES } from "./podSizes";

interface KedaArgs extends PartArgs {
  /** Keeps KEDA's CRDs, and with them every ScaledObject, when its chart is removed; from `llmd:protect`. */
  readonly protect: boolean;
}

/** KEDA's chart. Its monitors need the CRDs of the Prometheus operator. */
export class Keda extends ChartComponent {
  constructor(name: string, { kubernetes, ...args }: KedaArgs, opts?: pulumi.ComponentResourceOptions) {
    const namespace = args.namespaces.name("keda");
    const release = { chart: "keda", name: "keda", namespace, values: kedaValues(args) } as const;
    super("llmd:platform:Keda", name, { kubernetes, ...release }, opts);
  }
}

const SCRAPED = { enabled: true, serviceMonitor: { enabled: true } };
const ONE_AT_A_TIME = { maxUnavailable: 1 };

/** Pod security and certificates are left to the chart: its operator makes and renews them. */
function kedaValues({ namespaces, priorityClasses, protect }: Omit<KedaArgs, "kubernetes">) {
  const image = { pullPolicy: "IfNotPresent" };
  return {
    image,
    crds: { additionalAnnotations: protect ? { "helm.sh/resource-policy": "keep" } : {} },
    // It acts on ScaledObjects of this namespace only.
    watchNamespace: namespaces.name("models"),
    priorityClassName: priorityClasses.routing,
    // The second replica takes over when the first one's lease ends. Without it a lost node stops all scaling.
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
    // The namespace has the Secret with the Hugging Face token. Queries to Prometheus need no login.
    permissions: { operator: { restrict: { secret: true } }, metricServer: { restrict: { secret: true } } },
    // In addition to Deployments and StatefulSets; the chart's default is every kind.
    rbac: { scaledRefKinds: [{ apiGroup: "leaderworkerset.x-k8s.io", kind: "leaderworkersets" }] },
    prometheus: { operator: SCRAPED, metricServer: SCRAPED, webhooks: SCRAPED },
  };
}
