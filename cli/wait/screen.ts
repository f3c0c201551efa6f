/** Progress of models while the command waits: a live table on a terminal, a line for each change elsewhere. */
import type { ModelProgress } from "./diagnose";
import { withoutRandom } from "./names";
import { renderProgress, title } from "./report";

interface Screen {
  show(models: readonly ModelProgress[]): void;
  /** Removes what the outcome shows again. */
  clear(): void;
}

/** @param output standard error, or a replacement. */
export const createScreen = async (output: NodeJS.WriteStream): Promise<Screen> =>
  output.isTTY ? liveTable(output) : changeLog(output);

async function liveTable(output: NodeJS.WriteStream): Promise<Screen> {
  const { createLogUpdate } = await import("log-update");
  const update = createLogUpdate(output, { showCursor: true });
  return { show: models => update(renderProgress(models, output.columns)), clear: () => update.clear() };
}

function changeLog(output: NodeJS.WritableStream): Screen {
  const shown = new Map<string, string>();
  return {
    show: models => {
      for (const progress of models) {
        const line = lineOf(progress);
        // Where pods and nodes are replaced in a loop, their names alone would fill the log.
        const news = withoutRandom(line);
        if (shown.get(title(progress)) !== news) output.write(`${line}\n`);
        shown.set(title(progress), news);
      }
    },
    clear: () => {},
  };
}

function lineOf(progress: ModelProgress): string {
  const { stage, servers, detail, findings } = progress;
  const problems = findings.map(({ stuck, what }) => `; ${stuck ? "stuck" : "but"}: ${what}`).join("");
  return `${title(progress)}: ${stage}, ${servers.ready} of ${servers.wanted} ready: ${detail}${problems}`;
}
