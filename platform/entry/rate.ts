/** How many requests of one client a pod of the entry lets through, and how much memory they can fill there. */

/** What the numbers follow from, as in the settings of the entry. */
export interface Rate {
  readonly requestsPerMinute: number;
  /** Largest body of one. */
  readonly maxBodyMiB: number;
  readonly replicas: { readonly min: number };
}

/** A client that was quiet may send the requests of so many seconds at once. */
const BURST_SECONDS = 5;

/** How long a request may take to arrive, body included. */
export const UPLOAD_SECONDS = 30;

/** Requests of one client in a minute, at each pod: its share of those at all of them, at least one. */
export const requestsPerPod = ({ requestsPerMinute, replicas }: Rate): number =>
  Math.ceil(requestsPerMinute / replicas.min);

/** Envoy's bucket of the requests that a client may send at once, and how soon it is full again. */
export interface TokenBucket {
  readonly tokens: number;
  readonly fillSeconds: number;
}

/** @param perMinute at least 1. */
export function tokenBucket(perMinute: number): TokenBucket {
  const tokens = Math.ceil((perMinute * BURST_SECONDS) / 60);
  // Whole milliseconds, and never sooner than the rate allows.
  return { tokens, fillSeconds: Math.ceil((tokens * 60_000) / perMinute) / 1000 };
}

/** Envoy's own need: code, configuration, connections. */
const ENVOY_MIB = 512;

/** At least: there is more than one client. */
const LEAST_GIB = 2;

/** What the pods of an entry may be allowed; more on a node of the system pool would be others' memory. */
const MOST_GIB = 8;

/** Bodies of one client that a pod can be made to hold, at most, in MiB. */
export const MOST_BODIES_MIB = MOST_GIB * 1024 - ENVOY_MIB;

/**
 * MiB of bodies that one client can have a pod hold at a time: of a burst, and of all that follows while its uploads take as
 * long as they may. Envoy also keeps a body until its answer begins, to send it to another pod if the first fails; where that
 * takes longer than an upload may, there can be more.
 */
export const bodiesMiB = (rate: Rate): number => requestsAtATime(requestsPerPod(rate)) * rate.maxBodyMiB;

/** One more than the seconds' worth, for what burst and refill are rounded up by. */
const requestsAtATime = (perMinute: number): number => Math.ceil((perMinute * HELD_SECONDS) / 60) + 1;

const HELD_SECONDS = BURST_SECONDS + UPLOAD_SECONDS;

/** Largest values of the two with which one client fits a pod, each beside what the other is; 0: none fits. */
export const largestFitting = (rate: Rate): Pick<Rate, "maxBodyMiB" | "requestsPerMinute"> => ({
  maxBodyMiB: Math.floor(MOST_BODIES_MIB / requestsAtATime(requestsPerPod(rate))),
  requestsPerMinute:
    Math.floor(((Math.floor(MOST_BODIES_MIB / rate.maxBodyMiB) - 1) * 60) / HELD_SECONDS) * rate.replicas.min,
});

/** Memory limit of a pod, in GiB: one client alone does not have it killed. */
export const memoryLimitGiB = (rate: Rate): number =>
  Math.max(LEAST_GIB, Math.ceil((ENVOY_MIB + bodiesMiB(rate)) / 1024));
