/** Tools the machine already has, used instead of building them. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { gte, valid } from "semver";
import { PULUMI_VERSION, type ToolName } from "./tools";

const run = promisify(execFile);

/** Looks for an installed tool that is new enough. @returns its path. */
export async function installedTool(name: ToolName, env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  switch (name) {
    case "pulumi":
      return installedPulumi(env);
    case "pulumi-language-yaml":
      // It comes with the engine; beside an engine built here it is built, too.
      return (await installedPulumi(env)) && onPath(name, env);
    default: {
      // The convention of controller-runtime's envtest.
      const candidate = env.KUBEBUILDER_ASSETS && join(env.KUBEBUILDER_ASSETS, name);
      return candidate && existsSync(candidate) ? candidate : undefined;
    }
  }
}

async function installedPulumi(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const found = onPath("pulumi", env);
  if (!found) return undefined;
  // One that does not run, such as a version manager's shim without a version, will not do.
  const answer = run(found, ["version"], { env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" } });
  const { stdout } = await answer.catch(() => ({ stdout: "" }));
  const version = valid(stdout.trim());
  return version && gte(version, PULUMI_VERSION) ? found : undefined;
}

const onPath = (command: string, { PATH = "" }: NodeJS.ProcessEnv): string | undefined =>
  PATH.split(delimiter)
    .map(folder => join(folder, command))
    .find(file => existsSync(file));
