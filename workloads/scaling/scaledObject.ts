/** Starts and stops servers by what the picker counts and by the clock: upstream's `keda-epp-queue`, and a schedule. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { IDLE_SECONDS, idleSeconds } from "../../catalog/startup";
import type { RevisionContext } from "../context";
import { pickerName, serverSelector, serversName } from "../names";
import type { RevisionPlan, RolePlan } from "../plan";
import { wakesOf } from "./coldStart";
import { isScaled, isScaledByRequests, minReplicas } from "./owner";
import { type Count, demandedReplicas, scheduledReplicas, upTrigger, wokenReplicas } from "./schedule";

/** `keda.sh/v1alpha1` ScaledObject of KEDA 2.21: only the fields this product sets. */
interface ScaledObjectSpec {
  readonly scaleTargetRef: { readonly apiVersion: string; readonly kind: string; readonly name: string };
  /** 0 and more: below 1 KEDA itself starts the first server and stops the last. */
  readonly minReplicaCount: number;
  /** 1 and more. */
  readonly maxReplicaCount: number;
  /** Seconds between two looks at the triggers; only where there may be no server. @default 30 */
  readonly pollingInterval?: number;
  /** Seconds without activity after which the last server is stopped; only where there may be none. @default 300 */
  readonly cooldownPeriod?: number;
  /** Number of replicas after more than `failureThreshold` failures of a trigger. */
  readonly fallback?: {
    readonly failureThreshold: number;
    readonly replicas: number;
    readonly behavior: "currentReplicas" | "scalingModifiers";
  };
  readonly advanced: {
    readonly horizontalPodAutoscalerConfig: { readonly name: string; readonly behavior: typeof BEHAVIOR };
    /** One number of all triggers. @default - the largest of them */
    readonly scalingModifiers?: {
      readonly formula: string;
      readonly target: string;
      readonly metricType: "AverageValue";
    };
  };
  readonly triggers: readonly Trigger[];
}

type Trigger =
  | ReturnType<typeof upTrigger>
  | {
      readonly type: "prometheus";
      readonly name: string;
      readonly metricType: "AverageValue";
      readonly metadata: {
        readonly serverAddress: pulumi.Input<string>;
        /** PromQL with at most one series in its answer. */
        readonly query: pulumi.Input<string>;
        readonly threshold: string;
        /** "false": an answer without a series is a failure of the trigger. KEDA's default counts it as 0. */
        readonly ignoreNullValues: "false";
      };
    };

/** Upstream's: at once up, and down only when it has been enough for five minutes. */
const BEHAVIOR = {
  scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: "Percent", value: 100, periodSeconds: 15 }] },
  scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: "Percent", value: 100, periodSeconds: 15 }] },
} as const;

/** Upstream's. */
const POLLING_SECONDS = 15;

/**
 * Some five minutes, until when nothing is started or stopped: KEDA and the autoscaler each ask every 15 s, and each failure
 * counts, a picker that is not scraped included. Prometheus or the picker is back by then when only its node was replaced.
 */
const FAILURES = 40;

/**
 * What starts and stops the servers of one role; nothing where their number is fixed.
 * @param servers Deployment or LeaderWorkerSet of the role's name, whose number of replicas updates leave alone.
 */
export function createScaledObject(
  context: RevisionContext,
  role: RolePlan,
  servers: pulumi.Resource,
): k8s.apiextensions.CustomResource | undefined {
  const { key, plan, cluster, opts } = context;
  if (!isScaled(plan, role)) return undefined;
  const name = serversName(key, role.role);
  const labels = serverSelector(key, role.role);
  return new k8s.apiextensions.CustomResource(
    `${name}-scaling`,
    {
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      metadata: { name, namespace: cluster.namespace, labels },
      spec: specOf(context, role, name),
    },
    { ...opts, dependsOn: servers },
  );
}

function specOf(context: RevisionContext, role: RolePlan, name: string): ScaledObjectSpec {
  const { plan } = context;
  const { kind } = plan.servingPath;
  const { formula, fallback, counts } = decisionOf(plan, role);
  const min = minReplicas(plan, role);
  return {
    scaleTargetRef: { apiVersion: API_VERSIONS[kind], kind, name },
    minReplicaCount: min,
    maxReplicaCount: role.replicas.max,
    // Elsewhere KEDA warns at every deployment that they do nothing.
    ...(min === 0 && { pollingInterval: POLLING_SECONDS, cooldownPeriod: cooldownOf(plan) }),
    ...(fallback && { fallback: { failureThreshold: FAILURES, ...fallback } }),
    advanced: {
      horizontalPodAutoscalerConfig: { name, behavior: BEHAVIOR },
      ...(formula !== undefined && { scalingModifiers: { formula, target: "1", metricType: "AverageValue" } }),
    },
    triggers: [
      ...(plan.schedule ? [upTrigger(plan.schedule, role.replicas)] : []),
      ...counts.map(count => countTrigger(context, count)),
    ],
  };
}

const API_VERSIONS = { Deployment: "apps/v1", LeaderWorkerSet: "leaderworkerset.x-k8s.io/v1" } as const;

/** Until servers that requests have started can answer, they must not be given up for want of requests. */
const cooldownOf = (plan: RevisionPlan): number => (wakesOf(plan) === "never" ? IDLE_SECONDS : idleSeconds(plan.roles));

interface Decision {
  /** @default - the largest of all triggers */
  readonly formula?: string;
  /** @default - nothing that is asked can fail */
  readonly fallback?: Omit<NonNullable<ScaledObjectSpec["fallback"]>, "failureThreshold">;
  /** Metrics of the picker that are read. */
  readonly counts: readonly Count[];
}

const REQUEST_COUNTS = ["waiting", "running"] as const satisfies readonly Count[];
const ALL_COUNTS = [...REQUEST_COUNTS, "ready"] as const satisfies readonly Count[];

function decisionOf(plan: RevisionPlan, { replicas }: RolePlan): Decision {
  const { schedule, scaling } = plan;
  if (!schedule) return unscheduled(scaling, replicas);
  // What nothing but the clock moves does not need Prometheus.
  if (!schedule.wakeOnTraffic && replicas.min === replicas.max) return { counts: [] };
  // By this behaviour what has failed is left to `??`; the number is for a formula without one, and must not be 0: KEDA
  // would stop the last server while it is still counting failures.
  const fallback = { replicas: Math.max(1, replicas.min), behavior: "scalingModifiers" } as const;
  return isScaledByRequests(plan)
    ? { formula: scheduledReplicas(schedule, replicas, scaling), fallback, counts: ALL_COUNTS }
    : { formula: wokenReplicas(replicas), fallback, counts: REQUEST_COUNTS };
}

/** Scaling without a schedule: a failure leaves the replicas as they are, with one or more. */
function unscheduled(scaling: RevisionPlan["scaling"], { min }: RolePlan["replicas"]): Decision {
  const fallback = { replicas: Math.max(1, min), behavior: "currentReplicas" } as const;
  if (min > 0) return { fallback, counts: REQUEST_COUNTS };
  // Of triggers without a formula KEDA takes one that has failed for active, and would start a server for it.
  return { formula: demandedReplicas(scaling), fallback, counts: ALL_COUNTS };
}

/** Series of the picker. */
export const SERIES: Readonly<Record<Count, string>> = {
  waiting: "llm_d_epp_flow_control_queue_size",
  running: "llm_d_epp_request_running",
  ready: "llm_d_epp_ready_endpoints",
};

function countTrigger(context: RevisionContext, count: Count): Trigger {
  const { plan, cluster } = context;
  const { waitingPerServer: waiting, runningPerServer: running } = plan.scaling;
  return {
    type: "prometheus",
    name: count,
    metricType: "AverageValue",
    metadata: {
      serverAddress: cluster.prometheusUrl,
      query: queryOf(context, count),
      threshold: String({ waiting, running, ready: 1 }[count]),
      // Nobody counts while the picker is away, but its servers may be answering.
      ignoreNullValues: "false",
    },
  };
}

/**
 * The picker has one pool, and a Service of its own by which its series are told from all others: upstream's label of the
 * model's name would leave out requests for adapters.
 *
 * A picker has no series of requests before its first, and drops those of queues that nobody uses. Its number of ready
 * endpoints is always there, 0 included (llm-d-router v0.10.0), so while that is, no series means no requests.
 */
function queryOf({ key, cluster }: RevisionContext, count: Count): pulumi.Output<string> {
  const labels = pulumi.interpolate`namespace="${cluster.namespace}",service="${pickerName(key)}"`;
  const ready = pulumi.interpolate`sum(${SERIES.ready}{${labels}})`;
  return count === "ready" ? ready : pulumi.interpolate`sum(${SERIES[count]}{${labels}}) or 0 * ${ready}`;
}
