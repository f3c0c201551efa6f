/** Observes a cluster again and again until every model answers, one is stuck, or the time is over. */
import type { ModelProgress } from "./diagnose";
import type { Report } from "./report";

/** What one reading of the cluster shows. */
export interface Observation {
  /** Progress of every revision; empty: no model was found. */
  readonly models: readonly ModelProgress[];
  /** Kinds of objects that the reader has no permission to read. */
  readonly unseen: readonly string[];
}

interface WatchOptions {
  /** @param withinMs time after which it rejects. */
  readonly observe: (withinMs: number) => Promise<Observation>;
  /** Receives every observation, changed or not. */
  readonly show: (models: readonly ModelProgress[]) => void;
  /** Longest time in all, in milliseconds. */
  readonly timeoutMs: number;
  /** How long one cause may look stuck, or the cluster may not answer, before the watch ends. */
  readonly patienceMs: number;
  /** Time between two observations. */
  readonly intervalMs: number;
  readonly clock: Clock;
}

interface Clock {
  /** Milliseconds since any fixed moment. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** @throws the error of the first observation, and of those that fail for longer than the patience. */
export async function watch(options: WatchOptions): Promise<Observation & Pick<Report, "outcome" | "seconds">> {
  const { timeoutMs, patienceMs, intervalMs, clock, show } = options;
  const began = clock.now();
  const stuckTimes = new StuckTimes();
  let last: Observation | undefined;
  let lastAnswer = began;
  for (;;) {
    const leftMs = began + timeoutMs - clock.now();
    const seen = await tryToObserve(options, leftMs, last !== undefined && clock.now() - lastAnswer < patienceMs);
    if (seen) {
      last = seen;
      lastAnswer = clock.now();
      show(seen.models);
    }
    const now = clock.now();
    const outcome = seen && outcomeOf(seen.models, stuckTimes.longestMs(seen.models, now), patienceMs);
    const isOver = now - began >= timeoutMs;
    if (last && (outcome || isOver))
      return { ...last, outcome: outcome ?? "timeout", seconds: Math.round((now - began) / 1000) };
    await clock.sleep(Math.min(intervalMs, began + timeoutMs - now));
  }
}

/** An observation is tens of requests, which a busy API server may delay. One that hangs must not outlast the time. */
const MIN_OBSERVATION_MS = 15_000;
const MAX_OBSERVATION_MS = 60_000;

/** @returns undefined where the cluster did not answer, and may answer later. */
async function tryToObserve({ observe }: WatchOptions, leftMs: number, mayFail: boolean) {
  try {
    return await observe(Math.min(Math.max(leftMs, MIN_OBSERVATION_MS), MAX_OBSERVATION_MS));
  } catch (error) {
    if (!mayFail) throw error;
    return undefined;
  }
}

function outcomeOf(models: readonly ModelProgress[], stuckForMs: number | undefined, patienceMs: number) {
  if (models.length > 0 && models.every(({ state }) => state === "ready" || state === "asleep")) return "ready";
  return stuckForMs !== undefined && stuckForMs >= patienceMs ? "stuck" : undefined;
}

/** Times since which models have looked stuck, each for the same cause. */
class StuckTimes {
  private since = new Map<string, number>();

  /** @returns milliseconds since the oldest cause that still holds was seen; undefined: there is none. */
  longestMs(models: readonly ModelProgress[], now: number): number | undefined {
    const keys = models.flatMap(({ model, revision, findings }) =>
      findings.filter(({ stuck }) => stuck).map(({ cause }) => `${model}/${revision}/${cause}`),
    );
    this.since = new Map(keys.map(key => [key, this.since.get(key) ?? now]));
    return keys.length === 0 ? undefined : now - Math.min(...this.since.values());
  }
}
