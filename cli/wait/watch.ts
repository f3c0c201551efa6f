/** Looks again and again until every model answers, one cannot, or time is over. */
import type { ModelProgress } from "./diagnose";
import type { Report } from "./report";

/** One look at the cluster. */
export interface Look {
  readonly models: readonly ModelProgress[];
  readonly unseen: readonly string[];
}

export interface Watching {
  /** @param withinMs by when it must have come to an end. */
  readonly look: (withinMs: number) => Promise<Look>;
  /** Is given each look, however little has changed. */
  readonly show: (models: readonly ModelProgress[]) => void;
  /** How long everything may take. */
  readonly timeoutMs: number;
  /** How long one thing may look stuck, or the cluster not answer, before it is believed. */
  readonly patienceMs: number;
  readonly everyMs: number;
  readonly clock: Clock;
}

export interface Clock {
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** @throws what the first look throws, and what looks throw for longer than the patience. */
export async function watch(watching: Watching): Promise<Look & Pick<Report, "outcome" | "seconds">> {
  const { timeoutMs, patienceMs, everyMs, clock, show } = watching;
  const began = clock.now();
  const suspicions = new Suspicions();
  let last: Look | undefined;
  let lastAnswer = began;
  for (;;) {
    const leftMs = began + timeoutMs - clock.now();
    const look = await attempt(watching, leftMs, last !== undefined && clock.now() - lastAnswer < patienceMs);
    if (look) {
      last = look;
      lastAnswer = clock.now();
      show(look.models);
    }
    const now = clock.now();
    const outcome = look && outcomeOf(look.models, suspicions.longestMs(look.models, now), patienceMs);
    const isOver = now - began >= timeoutMs;
    if (last && (outcome || isOver))
      return { ...last, outcome: outcome ?? "timeout", seconds: Math.round((now - began) / 1000) };
    await clock.sleep(Math.min(everyMs, began + timeoutMs - now));
  }
}

/** A look is tens of requests, of which a busy API server may put some off; one that hangs must not outlast the time. */
const LEAST_LOOK_MS = 15_000;
const MOST_LOOK_MS = 60_000;

/** @returns undefined where the cluster did not answer, and that may pass. */
async function attempt({ look }: Watching, leftMs: number, mayFail: boolean): Promise<Look | undefined> {
  try {
    return await look(Math.min(Math.max(leftMs, LEAST_LOOK_MS), MOST_LOOK_MS));
  } catch (error) {
    if (!mayFail) throw error;
    return undefined;
  }
}

function outcomeOf(models: readonly ModelProgress[], stuckForMs: number | undefined, patienceMs: number) {
  if (models.length > 0 && models.every(({ state }) => state === "ready" || state === "asleep")) return "ready";
  return stuckForMs !== undefined && stuckForMs >= patienceMs ? "stuck" : undefined;
}

/** Since when each model has looked stuck for the same reason. */
class Suspicions {
  private since = new Map<string, number>();

  /** @returns how long the oldest suspicion that still holds has held, in milliseconds; undefined: there is none. */
  longestMs(models: readonly ModelProgress[], now: number): number | undefined {
    const keys = models.flatMap(({ model, revision, findings }) =>
      findings.filter(({ stuck }) => stuck).map(({ cause }) => `${model}/${revision}/${cause}`),
    );
    this.since = new Map(keys.map(key => [key, this.since.get(key) ?? now]));
    return keys.length === 0 ? undefined : now - Math.min(...this.since.values());
  }
}
