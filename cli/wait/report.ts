/** Report of `llmd wait`: a table and remedies for people, the same as JSON for machines. */
import { z } from "zod";
import { renderTable } from "../../rehearsal/table";
import { type ModelProgress, STAGES } from "./diagnose";

/** JSON on standard output. Fields may be added; existing ones stay. */
export const REPORT = z.strictObject({
  /** `timeout`: a model was still waiting when the time was over. */
  outcome: z.enum(["ready", "stuck", "timeout"]),
  context: z.string(),
  namespace: z.string(),
  /** Seconds that the command waited. */
  seconds: z.number(),
  models: z
    .array(
      z.strictObject({
        model: z.string(),
        /** Empty: the model has no objects in the cluster. */
        revision: z.string(),
        stage: z.enum(STAGES),
        state: z.enum(["ready", "asleep", "waiting", "stuck"]),
        servers: z.strictObject({ ready: z.number(), wanted: z.number() }),
        pods: z.strictObject({ scheduled: z.number(), running: z.number(), wanted: z.number() }),
        copy: z.enum(["none", "running", "done", "failed"]),
        detail: z.string(),
        findings: z
          .array(
            z.strictObject({
              cause: z.string(),
              stuck: z.boolean(),
              what: z.string(),
              todo: z.string(),
              objects: z.array(z.string()).readonly(),
            }),
          )
          .readonly(),
      }),
    )
    .readonly(),
  /** Kinds of objects that the reader has no permission to read. */
  unseen: z.array(z.string()).readonly(),
});

export type Report = Readonly<z.infer<typeof REPORT>>;

/** Longest detail in a cell, in characters. */
const MAX_DETAIL = 80;
/** Shortest detail that a narrow terminal cuts it to. */
const MIN_DETAIL = 20;

/**
 * Table with one row for each revision.
 * @param columns of the terminal. @default - a detail of any length up to 80 characters fits
 */
export function renderProgress(models: readonly ModelProgress[], columns = Number.POSITIVE_INFINITY): string {
  const table = progressTable(models, MAX_DETAIL);
  const excess = table.indexOf("\n") - columns;
  if (excess <= 0) return table;
  const longest = Math.max(...models.map(({ detail }) => Math.min(detail.length, MAX_DETAIL)));
  return progressTable(models, Math.max(MIN_DETAIL, longest - excess));
}

const progressTable = (models: readonly ModelProgress[], maxDetail: number): string =>
  renderTable(
    ["model", "nodes", "copy", "running", "ready", "now"],
    models.map(progress => [
      title(progress),
      `${progress.pods.scheduled}/${progress.pods.wanted}`,
      progress.copy === "none" ? "" : progress.copy,
      `${progress.pods.running}/${progress.pods.wanted}`,
      `${progress.servers.ready}/${progress.servers.wanted}`,
      `${MARKS[progress.state]} ${shortened(progress.detail, maxDetail)}`,
    ]),
  );

const MARKS = { ready: "✓", asleep: "✓", waiting: "…", stuck: "✗" } as const;

export const title = ({ model, revision }: Pick<ModelProgress, "model" | "revision">): string =>
  revision === "" ? model : `${model} (${revision})`;

const shortened = (text: string, max: number): string => (text.length > max ? `${text.slice(0, max - 1)}…` : text);

/** Findings with their remedies, a paragraph each. */
const renderFindings = (models: readonly ModelProgress[]): string =>
  models
    .flatMap(progress =>
      progress.findings.map(
        ({ stuck, what, todo, objects }) =>
          `${stuck ? "✗" : "…"} ${title(progress)}: ${what}${where(objects)}\n    ${todo}\n`,
      ),
    )
    .join("");

function where(objects: readonly string[]): string {
  const [first, ...others] = objects;
  if (first === undefined) return "";
  return others.length === 0 ? ` (${first})` : ` (${first} and ${others.length} more)`;
}

const VERDICTS: Readonly<Record<Report["outcome"], string>> = {
  ready: "Every model answers or sleeps on purpose",
  stuck: "Stuck: waiting longer does not help",
  timeout: "Timed out before every model was ready",
};

/** The whole report, printed at the end. */
export function renderReport({ outcome, models, unseen, seconds, namespace, context }: Report): string {
  const gaps =
    unseen.length === 0 ? "" : `No permission to read ${unseen.join(", ")}: findings from them are missing here.\n`;
  const verdict = `${VERDICTS[outcome]} (namespace ${namespace}, context ${context}, ${seconds} s).`;
  return `${renderProgress(models)}${renderFindings(models)}${gaps}${verdict}`;
}
