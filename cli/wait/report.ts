/** What `llmd wait` says: a table and what to do for people, the same as JSON for machines. */
import { z } from "zod";
import { renderTable } from "../../rehearsal/table";
import { type ModelProgress, STAGES } from "./diagnose";

/** The JSON on standard output. Fields may be added; those that are there stay. */
export const REPORT = z.strictObject({
  /** `timeout`: something still waited when the time was over. */
  outcome: z.enum(["ready", "stuck", "timeout"]),
  context: z.string(),
  namespace: z.string(),
  /** How long was waited. */
  seconds: z.number(),
  models: z
    .array(
      z.strictObject({
        model: z.string(),
        /** Empty: there is none. */
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
  /** Kinds of objects that the reader has no right to see. */
  unseen: z.array(z.string()).readonly(),
});

export type Report = Readonly<z.infer<typeof REPORT>>;

/** One row for each revision; what is not there yet as `ready/wanted`. */
export const renderProgress = (models: readonly ModelProgress[]): string =>
  renderTable(
    ["model", "nodes", "copy", "running", "ready", "now"],
    models.map(progress => [
      title(progress),
      `${progress.pods.scheduled}/${progress.pods.wanted}`,
      progress.copy === "none" ? "" : progress.copy,
      `${progress.pods.running}/${progress.pods.wanted}`,
      `${progress.servers.ready}/${progress.servers.wanted}`,
      `${MARKS[progress.state]} ${shortened(progress.detail)}`,
    ]),
  );

const MARKS = { ready: "✓", asleep: "✓", waiting: "…", stuck: "✗" } as const;

export const title = ({ model, revision }: Pick<ModelProgress, "model" | "revision">): string =>
  revision === "" ? model : `${model} (${revision})`;

/** Of a table's cell. */
const WIDTH = 80;
const shortened = (text: string): string => (text.length > WIDTH ? `${text.slice(0, WIDTH - 1)}…` : text);

/** What holds models up and what to do, a paragraph each. */
export const renderFindings = (models: readonly ModelProgress[]): string =>
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
  ready: "Everything that shall answer does",
  stuck: "Waiting longer does not help",
  timeout: "Not ready when the time was over",
};

/** All of it, at the end. */
export function renderReport({ outcome, models, unseen, seconds, namespace, context }: Report): string {
  const blind =
    unseen.length === 0 ? "" : `No right to see ${unseen.join(", ")}: what they would say is missing here.\n`;
  const verdict = `${VERDICTS[outcome]}: ${namespace} of ${context}, after ${seconds} s.`;
  return `${renderProgress(models)}${renderFindings(models)}${blind}${verdict}`;
}
