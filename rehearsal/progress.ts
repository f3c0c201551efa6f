/** Progress of a run with its times, line by line: readable in a terminal and in a CI log. */
import { styleText } from "node:util";

const REMIND_EVERY_MS = 15_000;

export class Progress {
  private readonly start = Date.now();

  /** @param write prints a line. */
  constructor(private readonly write: (line: string) => void) {}

  /** Runs `work` and reports its end; every 15 seconds it reports that the work goes on. */
  async during<T>(what: string, work: () => Promise<T>, estimateSeconds?: number): Promise<T> {
    const began = Date.now();
    const estimate = estimateSeconds === undefined ? "" : ` of about ${estimateSeconds} s`;
    const remind = () => this.line("…", `${what}: ${seconds(Date.now() - began)}${estimate}`);
    if (estimateSeconds !== undefined) this.line("…", `${what} (about ${estimateSeconds} s)`);
    const reminder = setInterval(remind, REMIND_EVERY_MS);
    try {
      const result = await work();
      this.line(styled("green", "✓"), `${what} ${styled("dim", seconds(Date.now() - began))}`);
      return result;
    } catch (error) {
      this.line(styled("red", "✗"), `${what} ${styled("dim", seconds(Date.now() - began))}`);
      throw error;
    } finally {
      clearInterval(reminder);
    }
  }

  note(text: string): void {
    this.line(" ", text);
  }

  private line(mark: string, text: string): void {
    const elapsed = `${((Date.now() - this.start) / 1000).toFixed(1)} s`.padStart(8);
    this.write(`${styled("dim", elapsed)} ${mark} ${text}`);
  }
}

/** Colours only where standard error, to which progress goes, is a terminal that shows them. */
const styled = (style: "green" | "red" | "dim", text: string): string =>
  styleText(style, text, { stream: process.stderr });

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
