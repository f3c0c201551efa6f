/**
 * Builds tools once into the user's cache. A build is found again by the content of its go.mod and go.sum, its flags and
 * the Go version; it appears in the cache whole or not at all, and two rehearsals at once build it once.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { VisibleError } from "../errors";
import type { Progress } from "../progress";
import { withLock } from "./lock";
import type { Tool } from "./tools";

const run = promisify(execFile);

const TOOLCHAIN_FOLDER = __dirname;
const STRIP_SYMBOLS = "-s -w";

export interface BuildOptions {
  /** The user's cache folder. */
  readonly cache: string;
  /** Reports which tool is being built. */
  readonly progress: Progress;
  /** Ends the build when it is aborted. @default - the build runs to its end */
  readonly signal?: AbortSignal;
  /** Folder of Go's temporary files. @default - the system's folder */
  readonly temporary?: string;
}

/** Builds the tool unless the cache has it. @returns its path in the cache. */
export async function builtTool(tool: Tool, options: BuildOptions): Promise<string> {
  const { cache, progress } = options;
  const folder = join(cache, "tools", `${tool.name}-${await fingerprint(tool, options)}`);
  const binary = join(folder, tool.name);
  if (existsSync(binary)) return binary;
  await mkdir(join(cache, "tools"), { recursive: true });
  await withLock(folder, async () => {
    if (!existsSync(binary))
      await progress.during(`building ${tool.name}`, () => build(tool, folder, options), tool.coldBuildSeconds);
  });
  return binary;
}

async function build(tool: Tool, folder: string, options: BuildOptions): Promise<void> {
  await removeUnfinished(folder);
  const unfinished = await mkdtemp(`${folder}.building-`);
  try {
    const output = join(unfinished, tool.name);
    // Go leaves its temporary files behind when it is interrupted; there they go with the folder.
    await go(
      { ...options, temporary: unfinished },
      tool.module,
      "build",
      ...buildFlags(tool),
      "-o",
      output,
      tool.command,
    );
    await rename(unfinished, folder);
  } finally {
    // Compilers that go has just told to end may still write.
    await rm(unfinished, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** Removes what a killed build left. Only the owner of the lock builds. */
async function removeUnfinished(folder: string): Promise<void> {
  const parent = dirname(folder);
  const left = (await readdir(parent)).filter(name => name.startsWith(`${basename(folder)}.building-`));
  for (const name of left) await rm(join(parent, name), { recursive: true, force: true });
}

const buildFlags = (tool: Tool): string[] => [
  "-trimpath",
  "-buildvcs=false",
  ...(tool.tags ? [`-tags=${tool.tags}`] : []),
  `-ldflags=${[STRIP_SYMBOLS, tool.linkerFlags ?? ""].join(" ").trim()}`,
];

async function fingerprint(tool: Tool, options: BuildOptions): Promise<string> {
  const version = await go(options, tool.module, "env", "GOVERSION", "GOOS", "GOARCH");
  return contentHash(tool.module, version, ...buildFlags(tool), tool.command);
}

/** Hash of a module's go.mod and go.sum, and of everything else that decides the result. */
export async function contentHash(module: string, ...more: string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum"]) hash.update(await readFile(join(TOOLCHAIN_FOLDER, module, file)));
  return hash.update(more.join("\n")).digest("hex").slice(0, 16);
}

/** Runs the go command in a module's folder. An interrupted one has ended when this rejects. */
export async function go(options: BuildOptions, module: string, ...args: string[]): Promise<string> {
  const { signal, temporary } = options;
  const running = run("go", args, {
    cwd: join(TOOLCHAIN_FOLDER, module),
    env: temporary === undefined ? process.env : { ...process.env, GOTMPDIR: temporary },
    maxBuffer: 64 << 20,
    signal,
    // On an interrupt, unlike on a kill, it ends its compilers.
    killSignal: "SIGINT",
  });
  try {
    return (await running).stdout;
  } catch (error) {
    const { child } = running;
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) await once(child, "exit");
    throw goProblem(error as NodeJS.ErrnoException & { stderr?: string }, args);
  }
}

function goProblem(error: NodeJS.ErrnoException & { stderr?: string }, args: readonly string[]): Error {
  const stderr = error.stderr?.trim() ?? "";
  const tooOld = /go\.mod requires go >= ([\d.]+) \(running go ([\d.]+)/.exec(stderr);
  if (error.code === "ENOENT") return goNeeded("no Go was found on the PATH");
  if (tooOld) return goNeeded(`the Go found is ${tooOld[2]}, too old for ${tooOld[1]}`);
  return new VisibleError(`go ${args[0]} failed:\n${stderr || error.message}`);
}

const goNeeded = (what: string): VisibleError =>
  new VisibleError(
    `The rehearsal builds its tools with Go, and ${what}. Do one of these:\n` +
      "  1. install Go 1.26 or newer (https://go.dev/dl), or\n" +
      "  2. install the tools: `pulumi` 3.250.0 or newer on the PATH, and a folder with etcd, kube-apiserver,\n" +
      "     kube-controller-manager, helm and istiod (Istio's pilot-discovery) named by KUBEBUILDER_ASSETS; Go then only\n" +
      "     downloads CRDs and charts, once.",
  );
