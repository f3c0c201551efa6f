/** A terminal that keeps its screen as text: it reads the bytes that a program writes and can be asked what they show. */
import { Writable } from "node:stream";

const ESCAPE = String.fromCharCode(27);
/** One control sequence, or one character. */
const SEQUENCE = new RegExp(`${ESCAPE}\\[(\\??)([\\d;]*)([A-Za-z])|[^${ESCAPE}]`, "gu");

export class Terminal extends Writable {
  readonly isTTY = true;
  private readonly lines: string[][] = [[]];
  private row = 0;
  private column = 0;

  constructor(
    /** Characters of a row, after which a line continues in the next one. */
    readonly columns: number,
    readonly rows = 24,
  ) {
    super({
      decodeStrings: false,
      write: (chunk, _encoding, done) => {
        for (const [text, isPrivate, parameter, command] of String(chunk).matchAll(SEQUENCE))
          if (command === undefined) this.print(text);
          else if (isPrivate === "") this.control(command, Number(parameter || Number.NaN));
        done();
      },
    });
  }

  /** Rows of the screen and of what has scrolled off it, without blanks at their ends. */
  screen(): string[] {
    const rows = this.lines.map(line =>
      Array.from(line, cell => cell ?? " ")
        .join("")
        .trimEnd(),
    );
    while (rows.at(-1) === "") rows.pop();
    return rows;
  }

  private print(character: string): void {
    if (character === "\r") this.column = 0;
    else if (character === "\n") this.newLine();
    else {
      if (this.column === this.columns) this.newLine();
      this.line()[this.column++] = character;
    }
  }

  private newLine(): void {
    this.row++;
    this.column = 0;
    this.line();
  }

  private line(): string[] {
    while (this.lines.length <= this.row) this.lines.push([]);
    return this.lines[this.row] as string[];
  }

  private control(command: string, parameter: number): void {
    const count = parameter || 1;
    // What has scrolled off cannot be reached again.
    const top = Math.max(0, this.lines.length - this.rows);
    if (command === "A") this.row = Math.max(top, this.row - count);
    else if (command === "B") this.row = Math.min(this.lines.length - 1, this.row + count);
    else if (command === "G") this.column = count - 1;
    else if (command === "K") this.line().splice(parameter === 2 ? 0 : this.column);
    else if (command === "J") this.lines.splice(this.row, this.lines.length, this.line().slice(0, this.column));
    else throw new Error(`the terminal does not know the sequence ${parameter}${command}`);
  }
}
