/** Requests of one client that a pod of the entry accepts, and the memory that they can fill. */

/** Settings of the entry that decide rate and memory. */
export interface Rate {
  /** Requests of one client per minute, over all pods. */
  readonly requestsPerMinute: number;
  /** Largest request body in MiB. */
  readonly maxBodyMiB: number;
  /** Fewest pods, which share the rate. */
  readonly replicas: { readonly min: number };
}

/** Burst of an idle client, in seconds of its rate. */
const BURST_SECONDS = 5;

/** Seconds for a request to arrive with its body. */
export const UPLOAD_SECONDS = 30;

/** Requests of one client per minute and pod, at least 1. */
export const requestsPerPod = ({ requestsPerMinute, replicas }: Rate): number =>
  Math.ceil(requestsPerMinute / replicas.min);

/** Envoy's token bucket. */
interface TokenBucket {
  /** Requests at once. */
  readonly tokens: number;
  /** Seconds until the bucket is full again. */
  readonly fillSeconds: number;
}

/** Token bucket for a rate. @param perMinute requests, at least 1. */
export function tokenBucket(perMinute: number): TokenBucket {
  const tokens = Math.ceil((perMinute * BURST_SECONDS) / 60);
  // Whole milliseconds, rounded up so that the rate is never exceeded.
  return { tokens, fillSeconds: Math.ceil((tokens * 60_000) / perMinute) / 1000 };
}

/** MiB for Envoy itself: code, configuration, connections. */
const ENVOY_MIB = 512;

/** Smallest limit in GiB, for several clients. */
const LEAST_GIB = 2;

/** Largest limit in GiB, so that other pods of a system node keep their memory. */
const MOST_GIB = 8;

/** MiB of bodies of one client that fit into a pod. */
export const MOST_BODIES_MIB = MOST_GIB * 1024 - ENVOY_MIB;

/**
 * MiB of bodies that one client can fill a pod with: of a burst, and of the requests that follow during the longest upload.
 * Envoy keeps a body until the response begins, to retry it at another pod. Where that takes longer than the longest upload,
 * there can be more.
 */
export const bodiesMiB = (rate: Rate): number => requestsAtATime(requestsPerPod(rate)) * rate.maxBodyMiB;

/** Requests within `HELD_SECONDS`, and one for the rounding of burst and refill. */
const requestsAtATime = (perMinute: number): number => Math.ceil((perMinute * HELD_SECONDS) / 60) + 1;

const HELD_SECONDS = BURST_SECONDS + UPLOAD_SECONDS;

/** Largest value of each key with which one client fits a pod while the other key stays; 0: none fits. */
export const largestFitting = (rate: Rate): Pick<Rate, "maxBodyMiB" | "requestsPerMinute"> => ({
  maxBodyMiB: Math.floor(MOST_BODIES_MIB / requestsAtATime(requestsPerPod(rate))),
  requestsPerMinute:
    Math.floor(((Math.floor(MOST_BODIES_MIB / rate.maxBodyMiB) - 1) * 60) / HELD_SECONDS) * rate.replicas.min,
});

/** Memory limit of a pod in GiB: one client alone must not exceed it. */
export const memoryLimitGiB = (rate: Rate): number =>
  Math.max(LEAST_GIB, Math.ceil((ENVOY_MIB + bodiesMiB(rate)) / 1024));
