/** `llmd wait`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiException } from "@kubernetes/client-node";
import { parse } from "yaml";
import { z } from "zod";
import { createCollector, type Target } from "./wait/collect";
import { diagnose } from "./wait/diagnose";
import { type Report, renderReport } from "./wait/report";
import { createScreen } from "./wait/screen";
import { watch } from "./wait/watch";

export interface WaitOptions extends Target {
  /** Stack whose models are expected: `dev`. @default - the models in the cluster */
  readonly stack: string | undefined;
  /** Names of the models to wait for. @default - all */
  readonly models: readonly string[] | undefined;
  /** Longest time to wait, in milliseconds. */
  readonly timeout: number;
  /** How long a model may look stuck, in milliseconds. */
  readonly patience: number;
  /** Print JSON instead of a table. */
  readonly json: boolean;
}

const INTERVAL_MS = 5_000;

/** @returns the exit code: 0 when every model answers, or sleeps on purpose. */
export async function wait(options: WaitOptions): Promise<number> {
  try {
    const report = await watchModels(options);
    console.log(options.json ? JSON.stringify(report) : renderReport(report));
    return report.outcome === "ready" ? 0 : 1;
  } catch (error) {
    console.error(`llmd wait: ${error instanceof Error ? messageOf(error) : String(error)}`);
    return 1;
  }
}

async function watchModels({ stack, models, timeout, patience, ...target }: WaitOptions): Promise<Report> {
  const expected = expectedModels(stack, models);
  const cluster = createCollector(target);
  process.stderr.write(
    `Waiting for ${expected?.join(", ") ?? "all models"} (namespace ${target.namespace}, context ${cluster.context})\n`,
  );
  const progress = await createScreen(process.stderr);
  const { outcome, seconds, ...last } = await watch({
    observe: async withinMs => {
      const { snapshot, unseen } = await cluster.read(expected, withinMs);
      return { models: diagnose(snapshot), unseen };
    },
    show: progress.show,
    timeoutMs: timeout,
    patienceMs: patience,
    intervalMs: INTERVAL_MS,
    clock: { now: () => Date.now(), sleep: ms => sleep(ms) },
  });
  progress.clear();
  return { outcome, context: cluster.context, namespace: target.namespace, seconds, ...last };
}

const STACK_FILE = z.object({
  config: z.object({ "llmd-workloads:models": z.array(z.object({ name: z.string() })).default([]) }),
});

/** @throws Error for a stack without a file, and for models that are not in it. */
export function expectedModels(
  stack: string | undefined,
  models: readonly string[] | undefined,
): readonly string[] | undefined {
  if (stack === undefined) return models;
  const file = `Pulumi.${stack}.yaml`;
  const { config } = STACK_FILE.parse(parse(readFileSync(join(__dirname, "..", file), "utf8")));
  const names = config["llmd-workloads:models"].map(({ name }) => name);
  const unknown = models?.filter(model => !names.includes(model)) ?? [];
  if (unknown.length > 0)
    throw new Error(`${file} has no model ${unknown.join(", ")}. Its models are: ${names.join(", ") || "none"}.`);
  return models ?? names;
}

const STATUS = z.object({ message: z.string() });

/** Answer of the API server, or the error on the way to it. */
function messageOf(error: Error): string {
  if (error.name === "TimeoutError") return "the cluster did not answer in time";
  if (error instanceof ApiException) return `the cluster answers ${error.code}: ${answer(error.body)}`;
  const { cause } = error;
  return cause instanceof Error ? `the cluster does not answer: ${cause.message}` : error.message;
}

function answer(body: unknown): string {
  const parsed = STATUS.safeParse(typeof body === "string" && body.startsWith("{") ? JSON.parse(body) : body);
  return parsed.success ? parsed.data.message : String(body);
}
