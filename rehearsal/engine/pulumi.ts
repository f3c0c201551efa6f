/**
 * Runs the Pulumi command line on one rehearsal's own state, home and configuration.
 *
 * It does not use Pulumi's Automation API (@pulumi/pulumi/automation 3.270.0), which starts the same command line:
 * - It hands the whole environment of this process on (execa's `extendEnv`), credentials included.
 * - It puts the engine's folder before our PATH, where the language hosts of an installed engine hide ours.
 * - It keeps the child process to itself and only sends SIGINT: an interrupted rehearsal has to end it for certain.
 * - It passes secrets of the configuration as arguments, where the list of processes shows them.
 * - It reads outputs and history after each operation, by two more processes.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, openSync, writeSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { REHEARSAL_VARIABLE } from "../../contracts/environment";
import type { WireObject } from "../doubles/protocol/wire";
import { VisibleError } from "../errors";
import type { Processes } from "../processes";
import { rehearsalStackFile } from "./stackFile";

/** Value of every secret in a rehearsal: long enough to be searched for in logs and state. */
export const DUMMY_SECRET = "rehearsal-dummy-secret-5f1d3c";

export interface Project {
  /** `infra`, `platform`, …; also the name in logs and tables. */
  readonly name: string;
  /** Pulumi project name. */
  readonly project: string;
  /** Folder of its Pulumi.yaml. */
  readonly folder: string;
}

export const ROLL_UP = "roll-up";

/** The projects of the repository in `root`, in the order they are deployed. */
export const projects = (root: string): Project[] => [
  ...["infra", "platform", "workloads"].map(name => ({ name, project: `llmd-${name}`, folder: join(root, name) })),
  { name: ROLL_UP, project: "llmd", folder: root },
];

/** A resource in a stack's state: secrets are encrypted in it. */
export interface StateResource {
  /** Pulumi's unique name of the resource. */
  readonly urn: string;
  /** Type token, e.g. `aws:ec2/vpc:Vpc`. */
  readonly type: string;
  /** Id that the provider gave. @default - none: a component */
  readonly id?: string;
  /** Inputs of the last operation. @default - none */
  readonly inputs?: WireObject;
  /** URNs of what had to be there first. */
  readonly dependencies?: readonly string[];
  /** Seconds. */
  readonly customTimeouts?: { readonly create?: number };
}

interface EngineOptions {
  /** Folder for state, home and configuration. */
  readonly folder: string;
  readonly logFolder: string;
  /** Name of the stack in every project. */
  readonly stack: string;
  /** Path of the user's stack file. */
  readonly stackFile: string;
  readonly projects: readonly Project[];
  /** Folder of the policy pack. */
  readonly policyPack: string;
  /** Path of the `pulumi` command. */
  readonly pulumi: string;
  /** Path of `pulumi-language-yaml`. */
  readonly yamlHost: string;
  /** `name:port` of each attached provider and language. */
  readonly providers: readonly string[];
  readonly languages: readonly string[];
  /** Environment of every process, from `childEnvironment`. */
  readonly env: NodeJS.ProcessEnv;
  readonly processes: Processes;
}

/**
 * The environment of every process of a run: folders of the run's own and a few harmless variables of the user's, so that
 * neither credentials nor settings of the machine reach it.
 */
export const childEnvironment = (folder: string, compileCache: string): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(["LANG", "LC_ALL", "TZ", "USER"].map(name => [name, process.env[name]])),
  // The run's own commands before the machine's: programs must find the aws double, whatever is installed.
  PATH: [join(folder, "bin"), process.env.PATH].join(delimiter),
  HOME: join(folder, "home"),
  TMPDIR: join(folder, "tmp"),
  NODE_COMPILE_CACHE: compileCache,
  [REHEARSAL_VARIABLE]: "true",
  NO_COLOR: "1",
});

/** The result of one operation. */
export interface OperationResult {
  /** Exit code of `pulumi`; 0 for success. */
  readonly exitCode: number;
  /** Standard output and standard error, in the order of arrival. */
  readonly output: string;
  /** Seconds from the start of the command to its end. */
  readonly seconds: number;
  /** Number of resources it created. */
  readonly created: number;
}

export class Engine {
  /** Path of the rehearsal's copy of the stack file. */
  readonly configFile: string;
  private readonly shadow: string;

  constructor(
    private readonly options: EngineOptions,
    private readonly passphrase = randomBytes(24).toString("base64url"),
  ) {
    this.shadow = join(options.folder, "project");
    this.configFile = join(this.shadow, `Pulumi.${options.stack}.yaml`);
  }

  /**
   * Creates the stacks. `stack init` writes into the project's stack file and cannot be pointed at another one, so it runs in
   * empty projects of the same names, whose stack file is our copy. Everything else runs in the user's folders with that copy.
   */
  async initialise(): Promise<void> {
    const { folder, stackFile, stack, projects, yamlHost } = this.options;
    await this.makeHome(yamlHost);
    const { content, secretPaths } = rehearsalStackFile(await readFile(stackFile, "utf8"));
    await mkdir(this.shadow, { recursive: true });
    await mkdir(join(folder, "state"), { recursive: true });
    await writeFile(this.configFile, content);
    for (const { name, project } of projects) {
      const home = this.shadowOf(name);
      await mkdir(home, { recursive: true });
      await writeFile(join(home, "Pulumi.yaml"), `name: ${project}\nruntime: yaml\nstackConfigDir: ..\n`);
      await this.mustRun(`init-${name}`, home, ["stack", "init", stack]);
    }
    const anyProject = this.shadowOf(projects[0]?.name ?? "");
    for (const path of secretPaths)
      await this.mustRun(
        "config",
        anyProject,
        ["config", "set", "--secret", "--path", path, "-s", stack],
        DUMMY_SECRET,
      );
  }

  /** An engine on the same stacks that enforces another policy pack. */
  withPolicyPack(policyPack: string): Engine {
    return new Engine({ ...this.options, policyPack }, this.passphrase);
  }

  /** Preview and update with the policy pack enforced. */
  up(project: Project, ...flags: string[]): Promise<OperationResult> {
    return this.operate(`${project.name}-up`, project, [
      "up",
      "--yes",
      "--policy-pack",
      this.options.policyPack,
      ...flags,
    ]);
  }

  preview(project: Project, ...flags: string[]): Promise<OperationResult> {
    return this.operate(`${project.name}-preview`, project, [
      "preview",
      "--policy-pack",
      this.options.policyPack,
      ...flags,
    ]);
  }

  /** Writes what the providers find into the state. */
  refresh(project: Project, ...flags: string[]): Promise<OperationResult> {
    return this.operate(`${project.name}-refresh`, project, ["refresh", "--yes", "--skip-preview", ...flags]);
  }

  destroy(project: Project, ...flags: string[]): Promise<OperationResult> {
    return this.operate(`${project.name}-destroy`, project, ["destroy", "--yes", ...flags]);
  }

  /** The stack's outputs; secret ones as `[secret]`. */
  async outputs(project: Project): Promise<Record<string, unknown>> {
    const args = ["stack", "output", "--json", "-s", this.options.stack];
    return JSON.parse(await this.mustRun(`${project.name}-output`, this.shadowOf(project.name), args)) as Record<
      string,
      unknown
    >;
  }

  /** The state as the backend holds it: secrets encrypted. */
  async state(project: Project): Promise<{ deployment: { resources?: StateResource[] } }> {
    const args = ["stack", "export", "-s", this.options.stack];
    return JSON.parse(await this.mustRun(`${project.name}-export`, this.shadowOf(project.name), args));
  }

  async resourceCount(project: Project): Promise<number> {
    return (await this.state(project)).deployment.resources?.length ?? 0;
  }

  /** Id of every resource by URN; providers are left out, because the engine gives them random ones. */
  async resourceIds(project: Project): Promise<Record<string, string>> {
    const { resources = [] } = (await this.state(project)).deployment;
    const own = resources.filter(({ id, type }) => id !== undefined && !type.startsWith("pulumi:"));
    return Object.fromEntries(own.map(({ urn, id }) => [urn, id as string]));
  }

  /** Changes a plain value in our copy of the stack file. */
  async setConfig(key: string, value: string): Promise<void> {
    const anyProject = this.shadowOf(this.options.projects[0]?.name ?? "");
    await this.mustRun("config", anyProject, ["config", "set", key, value, "-s", this.options.stack]);
  }

  /** Environment in which `pulumi` works on this rehearsal: its own, and that of a shell a user opens. */
  environment(): NodeJS.ProcessEnv {
    const { folder, pulumi, providers, languages, env } = this.options;
    return {
      ...env,
      // Again first: beside an installed engine are language hosts of its own.
      PATH: [join(folder, "bin"), dirname(pulumi), env.PATH].join(delimiter),
      PULUMI_HOME: join(folder, "pulumi"),
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: this.passphrase,
      PULUMI_OPTION_CONFIG_FILE: this.configFile,
      PULUMI_DEBUG_PROVIDERS: providers.join(","),
      PULUMI_DEBUG_LANGUAGES: languages.join(","),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // Otherwise the engine tries to download plugins although doubles are attached.
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      // State is written once at the end of an operation: a third of the time of an `up` otherwise.
      PULUMI_EXPERIMENTAL: "true",
      PULUMI_SKIP_CHECKPOINTS: "true",
    };
  }

  private async operate(name: string, project: Project, args: string[]): Promise<OperationResult> {
    const began = Date.now();
    const common = ["-s", this.options.stack, "--config-file", this.configFile, "--suppress-progress"];
    const { exitCode, output } = await this.run(name, project.folder, [...args, ...common]);
    return { exitCode, output, seconds: (Date.now() - began) / 1000, created: createdIn(output) };
  }

  private async mustRun(name: string, cwd: string, args: string[], input?: string): Promise<string> {
    const { exitCode, output, stdout } = await this.run(name, cwd, args, input);
    if (exitCode !== 0) throw new VisibleError(`pulumi ${args.slice(0, 2).join(" ")} failed:\n${output}`);
    return stdout;
  }

  private async run(name: string, cwd: string, args: string[], input?: string) {
    const { processes, pulumi, logFolder } = this.options;
    const env = this.environment();
    const command = ["--non-interactive", "--color", "never", "--logtostderr=false", ...args];
    const child = processes.adopt(spawn(pulumi, command, { cwd, env, stdio: ["pipe", "pipe", "pipe"] }));
    let stdout = "";
    let output = "";
    // Open until the end: a killed engine's last words may come when its log has been removed.
    const log = openSync(join(logFolder, `${name}.log`), "a");
    const collect = (chunk: unknown) => {
      output += String(chunk);
      writeSync(log, String(chunk));
    };
    child.stdout.on("data", chunk => {
      stdout += String(chunk);
      collect(chunk);
    });
    child.stderr.on("data", collect);
    child.once("close", () => closeSync(log));
    child.stdin.end(input);
    const [code] = (await once(child, "close")) as [number | null];
    return { exitCode: code ?? 1, output, stdout };
  }

  private shadowOf(name: string): string {
    return join(this.shadow, name);
  }

  private async makeHome(yamlHost: string): Promise<void> {
    const { folder } = this.options;
    for (const name of ["bin", "home", "tmp", "pulumi"]) await mkdir(join(folder, name), { recursive: true });
    // A file where the engine wants a folder: otherwise it writes a verbose log of every operation, more than half its work.
    await writeFile(join(folder, "pulumi", "logs"), "");
    // The engine starts the YAML host in a process group of its own; its id is written down so that it can be ended.
    await executable(
      join(folder, "bin", "pulumi-language-yaml"),
      `echo $$ > "${folder}/pids/yaml-$$"; exec "${yamlHost}" "$@"`,
    );
    // A double: it says its version, which is all that a program asks it for here.
    await executable(
      join(folder, "bin", "aws"),
      '[ "$*" = --version ] && echo "aws-cli/2.27.0 double" || { echo "the aws double does not know: $*" >&2; exit 1; }',
    );
    // The engine looks for it before it runs a policy pack, though it then uses the attached host.
    await executable(join(folder, "bin", "pulumi-language-nodejs"), 'echo "the Node.js host is attached" >&2; exit 1');
  }
}

async function executable(file: string, script: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

/** Counts the created resources in the engine's closing summary. Its event log has more, but it holds secrets in clear. */
const createdIn = (output: string): number => Number(/^ +\+ (\d+) created$/m.exec(output)?.[1] ?? 0);

/** @throws VisibleError with the engine's own words unless the operation ended well. */
export function succeeded(project: Project, what: string, result: OperationResult): OperationResult {
  if (result.exitCode === 0) return result;
  throw new VisibleError(`${project.name}: ${what} failed (exit code ${result.exitCode})\n\n${essence(result.output)}`);
}

/** The engine's diagnostics and policy findings, without the lists of resources and outputs around them. */
function essence(output: string): string {
  const sections = output.split(/^(?=(?:Policies|Diagnostics|Outputs|Resources):$)/m);
  const telling = sections.filter(section => /^(Policies|Diagnostics):/.test(section));
  // Our hosts stand on the PATH on purpose.
  const lines = (telling.join("") || output).split("\n").filter(line => !/warning: using pulumi-language-/.test(line));
  return lines.join("\n").trim();
}
