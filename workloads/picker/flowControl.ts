/**
 * Requests that no server can take now: they wait in the picker, most important first, and autoscaling reads how many there
 * are. llm-d's guide on flow control, as of v0.9.0.
 */
import { maxPods, type RevisionPlan, type RolePlan } from "../plan";
import type { ServingPath } from "../servers/shape";
import type { FlowControl, PickerConfig, Plugin, PriorityBand } from "./config";

/** Seconds that a request may wait. */
const WAIT_SECONDS = {
  /** For servers that are busy: upstream's default. Later, the answer is no longer waited for. */
  busy: 60,
  /** For servers that start when a request comes. Istio ends the gateway's question to the picker after 1000 s. */
  starting: 900,
} as const;

/** Fields of a plan that flow control reads. */
type FlowControlInput = Pick<RevisionPlan, "priorities" | "roles" | "schedule" | "servingPath">;

/**
 * How long a request waits before it is refused: with 429 if servers are busy, with 503 if there are none.
 *
 * What a client of a model that may have no servers can count on: its first request starts servers, and is answered if they
 * are ready within 15 minutes, if the client itself waits for as long, and if no gateway on the way ends a stream on which
 * nothing moves for that time. Otherwise it asks again; servers go on starting.
 */
export const requestWaitSeconds = (plan: Pick<FlowControlInput, "roles" | "schedule">): number =>
  startsOnTraffic(plan) ? WAIT_SECONDS.starting : WAIT_SECONDS.busy;

/** True where there are times without servers at which a request starts them, also while a schedule has the model up. */
const startsOnTraffic = ({ roles, schedule }: Pick<FlowControlInput, "roles" | "schedule">): boolean =>
  roles.some(({ replicas }) => replicas.min === 0) || (schedule?.replicas === 0 && schedule.wakeOnTraffic);

/** The same configuration, in which requests wait in the picker. */
export function withFlowControl(config: PickerConfig, plan: FlowControlInput): PickerConfig {
  const bands = bandsOf(plan.priorities);
  const detector = DETECTOR_OF[plan.servingPath.saturation](plan.roles);
  const flowControl: FlowControl = {
    defaultRequestTTL: `${requestWaitSeconds(plan)}s`,
    ...(bands.length > 0 && { ...LIMITS, priorityBands: bands }),
    ...detector.flowControl,
  };
  return {
    ...config,
    featureGates: ["flowControl"],
    plugins: [...config.plugins, ...(bands.length > 0 ? POLICIES : []), ...detector.plugins],
    flowControl,
  };
}

interface Detector {
  readonly plugins: readonly Plugin[];
  readonly flowControl: Pick<FlowControl, "saturationDetector">;
}

/** Detectors of busy servers, by `saturation` of the path. */
const DETECTOR_OF = {
  utilization: () => ({ plugins: [], flowControl: {} }),
  concurrency: countingDetector,
} as const satisfies Record<ServingPath["saturation"], (roles: FlowControlInput["roles"]) => Detector>;

/**
 * For servers that compute prompts and answers apart: it counts requests. The default looks at queues and caches instead,
 * which needs no calibration, but counts a request at the server that prefilled it until its answer ends (llm-d-router,
 * README of utilization-detector): a few dozen answers would look like busy servers.
 */
function countingDetector(roles: FlowControlInput["roles"]): Detector {
  return {
    plugins: [
      {
        type: "concurrency-detector",
        parameters: { maxConcurrency: maxConcurrency(roles), concurrencyMode: "requests", headroom: 0 },
      },
    ],
    flowControl: { saturationDetector: { pluginRef: "concurrency-detector" } },
  };
}

/** Requests in flight at which a server is full: what the guide found for Qwen3-32B on two H100. */
const FULL_SERVER = 132;

/**
 * Requests in flight for each endpoint of the pool at which it is saturated, 1 to 132. The picker multiplies it by all endpoints,
 * prefill included, but a request is in flight at a decode server for nearly all of its time. Without the factor, two decode
 * servers beside eight prefill servers would be given 1320 requests before any waits (llm-d-router v0.10.0, concurrency
 * detector and in-flight load producer). Every pod of a path has the same ports, so pods stand for endpoints.
 */
export function maxConcurrency(roles: readonly Pick<RolePlan, "role" | "replicas" | "podsPerServer">[]): number {
  const share = maxPods(roles.filter(({ role }) => role === "decode")) / maxPods(roles);
  return Math.max(1, Math.floor(FULL_SERVER * share));
}

const FAIRNESS = "round-robin-fairness-policy";
const ORDERING = "fcfs-ordering-policy";
const POLICIES: readonly Plugin[] = [{ type: FAIRNESS }, { type: ORDERING }];

/** Over all bands; the bytes fit into the picker's memory. */
const LIMITS = { maxBytes: "10Gi", maxRequests: "1k" } as const;

/** Requests that may wait, as in the guide: of those that say they are important, that say nothing, that can wait. */
const BAND_REQUESTS = { above: "500", zero: "200", below: "50" } as const;

/** A band for each priority there is, most important first, and for requests without one: theirs is 0. */
function bandsOf(priorities: RevisionPlan["priorities"]): PriorityBand[] {
  const named = Object.values(priorities);
  if (named.length === 0) return [];
  return [...new Set([...named, 0])]
    .sort((a, b) => b - a)
    .map(priority => ({
      priority,
      maxRequests: BAND_REQUESTS[priority > 0 ? "above" : priority < 0 ? "below" : "zero"],
      fairnessPolicyRef: FAIRNESS,
      orderingPolicyRef: ORDERING,
    }));
}
