/** What a client of a model gets while no server of it runs, and how long that lasts. */
import { readyAfterMinutes, type StartEstimate, type StartupBudget } from "./weights";

/** What the picker answers when it has held a request for as long as it may, and there is no server: llm-d-router v0.10.0. */
export const EMPTY_POOL_ANSWER = {
  status: 503,
  header: "x-llm-d-request-dropped-reason: rejected-no-endpoints",
} as const;

/** What is known of how long one server takes. */
export interface ServerStart {
  /** Undefined for models that the catalogue does not know. */
  readonly start: StartEstimate | undefined;
  readonly startupBudget: StartupBudget;
}

/** Minutes from no node to the first answer where servers of each kind are needed; `undefined` if one cannot be told. */
export function slowestMinutes(servers: readonly Pick<ServerStart, "start">[]): number | undefined {
  const minutes = servers.map(({ start }) => (start ? readyAfterMinutes(start) : undefined));
  return minutes.some(each => each === undefined)
    ? undefined
    : Math.max(0, ...minutes.filter(each => each !== undefined));
}

/** Upstream's guides. */
const IDLE_SECONDS = 300;

/** Assumed for a node and the image together, where there is no estimate: `weights.ts` counts nine minutes at most. */
const NODE_AND_IMAGE_SECONDS = 600;

/**
 * Seconds without a request after which the last server of a model is given up that requests may start. With upstream's 300
 * alone, a client that is told to come back in fourteen minutes, and does, finds that its server was given up at the fifth.
 */
export const idleSeconds = (servers: readonly ServerStart[]): number =>
  IDLE_SECONDS + Math.max(0, ...servers.map(startSeconds));

const startSeconds = ({ start, startupBudget }: ServerStart): number =>
  start
    ? readyAfterMinutes(start) * 60
    : startupBudget.periodSeconds * startupBudget.failureThreshold + NODE_AND_IMAGE_SECONDS;

/** Seconds after which the last server is given up that a schedule sends home: upstream's. */
export const SENT_HOME_SECONDS = IDLE_SECONDS;
