/** Shows how far models are: a table that is painted over on a terminal, lines of what has changed elsewhere. */
import { clearScreenDown, moveCursor } from "node:readline";
import type { ModelProgress } from "./diagnose";
import { withoutRandom } from "./names";
import { renderProgress, title } from "./report";

/** Standard error, or what stands in for it. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean };

export interface Screen {
  show(models: readonly ModelProgress[]): void;
  /** Takes away what the outcome says again. */
  clear(): void;
}

export const screen = (output: Output): Screen => (output.isTTY ? painted(output) : lines(output));

function painted(output: Output): Screen {
  let height = 0;
  const paint = (table: string): void => {
    moveCursor(output, 0, -height);
    clearScreenDown(output);
    output.write(table);
    height = table.split("\n").length - 1;
  };
  return { show: models => paint(renderProgress(models)), clear: () => paint("") };
}

function lines(output: Output): Screen {
  const said = new Map<string, string>();
  return {
    show: models => {
      for (const progress of models) {
        const line = lineOf(progress);
        // Where pods and nodes come and go in a loop, their names alone would fill the log.
        const news = withoutRandom(line);
        if (said.get(title(progress)) !== news) output.write(`${line}\n`);
        said.set(title(progress), news);
      }
    },
    clear: () => {},
  };
}

function lineOf(progress: ModelProgress): string {
  const { stage, servers, detail, findings } = progress;
  const trouble = findings.map(({ stuck, what }) => `; ${stuck ? "stuck" : "but"}: ${what}`).join("");
  return `${title(progress)}: ${stage}, ${servers.ready} of ${servers.wanted} ready: ${detail}${trouble}`;
}
