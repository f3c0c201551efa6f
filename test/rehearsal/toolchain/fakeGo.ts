/** A `go` command that notes how it is called and takes no time. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { Progress } from "../../../rehearsal/progress";
import type { BuildOptions } from "../../../rehearsal/toolchain/build";
import { Scratch } from "../../support/scratch";

export interface GoAnswers {
  /** What `go env GOVERSION GOOS GOARCH` prints. */
  readonly env?: string;
  /** Shell script that makes the file `$2`. @default - long enough for two builds at once to meet */
  readonly build?: string;
  /** What `go mod download -json` prints. */
  readonly download?: string;
}

/** Stands before everything else on the PATH until `remove`. */
export class FakeGo extends Scratch {
  readonly lines: string[] = [];
  readonly cache = this.path("cache");
  readonly options: BuildOptions = { cache: this.cache, progress: new Progress(line => this.lines.push(line)) };
  private readonly originalPath = process.env.PATH;
  private readonly log = this.path("builds");

  constructor(answers: GoAnswers = {}) {
    super();
    mkdirSync(this.bin);
    this.answer(answers);
    process.env.PATH = [this.bin, this.originalPath].join(delimiter);
  }

  answer({ env = "go1.26.8\nlinux\namd64", build = 'sleep 0.1; echo built > "$2"', download = "" }: GoAnswers): void {
    const downloaded = this.write("downloaded.json", download);
    this.command(
      "go",
      `case "$1" in
env) echo "${env}" ;;
mod) echo "\${PWD##*/}: $*" >> "${this.log}"; cat "${downloaded}" ;;
build)
  echo "\${PWD##*/}: $*" >> "${this.log}"
  while [ "$1" != -o ]; do shift; done
  ${build} ;;
esac`,
    );
  }

  /** `<folder>: <arguments>` of each build and download. */
  calls(): string[] {
    return existsSync(this.log) ? readFileSync(this.log, "utf8").trim().split("\n") : [];
  }

  /** Names of what is in the cache's folder of tools. */
  tools(): string[] {
    const folder = this.path("cache", "tools");
    return existsSync(folder) ? readdirSync(folder).sort() : [];
  }

  override remove(): void {
    process.env.PATH = this.originalPath;
    super.remove();
  }
}
