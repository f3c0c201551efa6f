/** A folder of a spec's own, with stand-ins for commands in it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export class Scratch {
  readonly folder = mkdtempSync(join(tmpdir(), "llmd-spec-"));
  /** Holds the commands. */
  readonly bin = this.path("bin");

  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  /** Writes a file, and makes the folders above it. */
  write(name: string, text: string, mode = 0o644): string {
    const file = this.path(name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { mode });
    return file;
  }

  /** A command that runs a shell script. */
  command(name: string, script: string): string {
    return this.write(join("bin", name), `#!/bin/sh\n${script}\n`, 0o755);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
