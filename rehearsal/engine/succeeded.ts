/** Turns an operation that failed into an error its reader can use. */
import { VisibleError } from "../errors";
import type { OperationResult, Project } from "./pulumi";

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
