/** Starts the SDK's scripts, which run the programs and the policy packs of a rehearsal. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as messages from "@pulumi/pulumi/proto/language_pb";
import type { Processes } from "../processes";

/** Exit code of the run script for an error that it has reported already. */
const BAIL_EXIT_CODE = 32;

export interface HostOptions {
  /** Starts the programs and ends them with the run. */
  readonly processes: Processes;
  /** Environment of programs and packs, beside their configuration. */
  readonly env: NodeJS.ProcessEnv;
}

type StringMap = { entries(): Iterable<[string, string]> | { [Symbol.iterator](): Iterator<[string, string]> } };

/** Environment in which the SDK's scripts find the stack's configuration. */
export const configurationEnvironment = (config: StringMap, secretKeys: readonly string[]): NodeJS.ProcessEnv => ({
  PULUMI_CONFIG: JSON.stringify(Object.fromEntries(config.entries())),
  PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secretKeys),
});

/** The SDK's script of that name, as the program in `folder` would load it. */
export const sdkScript = (folder: string, script: "run" | "run-policy-pack"): string =>
  createRequire(join(folder, "package.json")).resolve(`@pulumi/pulumi/cmd/${script}`);

export async function runProgram(
  request: messages.RunRequest,
  engineAddress: string,
  { processes, env }: HostOptions,
): Promise<messages.RunResponse> {
  const info = request.getInfo();
  if (!info) throw new Error("the engine named no program to run");
  const options = (info.getOptions()?.toJavaScript() ?? {}) as { tsconfig?: string };
  const args = [
    sdkScript(info.getProgramDirectory(), "run"),
    ...["--monitor", request.getMonitorAddress(), "--engine", engineAddress],
    ...["--project", request.getProject(), "--stack", request.getStack(), "--organization", request.getOrganization()],
    ...["--pwd", request.getPwd(), "--parallel", String(request.getParallel())],
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info.getEntryPoint() || ".",
    ...request.getArgsList(),
  ];
  const program = processes.adopt(
    spawn(process.execPath, args, {
      cwd: info.getProgramDirectory(),
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...env,
        ...configurationEnvironment(request.getConfigMap(), request.getConfigsecretkeysList()),
        PULUMI_NODEJS_TYPESCRIPT: "true",
        ...(options.tsconfig && { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
      },
    }),
  );
  let printed = "";
  for (const stream of [program.stdout, program.stderr])
    stream.on("data", chunk => {
      printed += String(chunk);
    });
  const [code, signal] = (await once(program, "close")) as [number | null, NodeJS.Signals | null];
  const response = new messages.RunResponse();
  // What a program prints beside the engine's own logging matters when it could not log: a syntax error, an early crash.
  if (code === BAIL_EXIT_CODE) response.setBail(true);
  else if (code !== 0) response.setError(`program ended with ${signal ?? `exit code ${code}`}\n${printed}`);
  return response;
}
