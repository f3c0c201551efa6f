/** A Python with what the scripts of the weights need, and an S3 to run them against, built once into the user's cache. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import envPaths from "env-paths";
import { withLock } from "../../rehearsal/toolchain/lock";

const run = promisify(execFile);

/** Of PyPI's packages, downloaded the first time. */
export const PYTHON_TIMEOUT_MS = 10 * 60_000;

const REQUIREMENTS = join(__dirname, "../workloads/weights/requirements.txt");

/** The oldest that the locked packages and the scripts are for. */
const OLDEST = [3, 11] as const;

/** Folder of the environment's commands. */
export async function pythonCommands(): Promise<string> {
  const version = await systemPython();
  const cache = join(envPaths("llmd", { suffix: "" }).cache, "python");
  const content = createHash("sha256")
    .update(await readFile(REQUIREMENTS))
    .update(version)
    .digest("hex");
  const folder = join(cache, `weights-${content.slice(0, 16)}`);
  await mkdir(cache, { recursive: true });
  await withLock(folder, async () => {
    if (!existsSync(join(folder, "complete"))) await build(folder);
  });
  return join(folder, "bin");
}

/** Where it stays, and not moved there: an environment knows its own path. */
async function build(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await run("python3", ["-m", "venv", folder]).catch(
    refuse("python3 has no module venv (Debian: apt install python3-venv)"),
  );
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"];
  await run(join(folder, "bin", "python"), [...pip, "--only-binary", ":all:", "-r", REQUIREMENTS]).catch(
    refuse("its packages could not be installed from PyPI"),
  );
  // Last: what a killed build left has none, and is built again.
  await writeFile(join(folder, "complete"), "");
}

async function systemPython(): Promise<string> {
  const { stdout } = await run("python3", ["-c", "import sys; print(*sys.version_info[:3], sys.executable)"]).catch(
    refuse("no python3 was found on the PATH"),
  );
  const [major = 0, minor = 0] = stdout.split(" ").map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    throw needed(`the python3 found is ${major}.${minor}`);
  return stdout;
}

const refuse =
  (what: string) =>
  (error: NodeJS.ErrnoException & { stderr?: string }): never => {
    throw needed(`${what}: ${error.stderr?.trim() || error.message}`);
  };

const needed = (what: string): Error =>
  new Error(`The specs of the weights need Python ${OLDEST.join(".")} or newer with venv, and ${what}`);
