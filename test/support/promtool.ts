/** The real promtool for specs; building it takes minutes the first time. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RuleGroup } from "../../platform/monitoring/rules/rule";
import { Progress } from "../../rehearsal/progress";
import { builtTool } from "../../rehearsal/toolchain/build";
import { TOOLS } from "../../rehearsal/toolchain/tools";
import { CACHE } from "./apiServer";

const run = promisify(execFile);

/** Samples by series, both in promtool's notation: `{ 'up{job="a"}': "1x10" }`; one sample a minute, from minute 0 on. */
export type Series = Readonly<Record<string, string>>;

/** One entry of `tests` in promtool's own format, as far as specs use it. */
export interface RuleTest {
  readonly name: string;
  readonly interval: "1m";
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly alert_rule_test?: readonly {
    readonly alertname: string;
    readonly eval_time: string;
    readonly exp_alerts: readonly {
      readonly exp_labels: Readonly<Record<string, string>>;
      readonly exp_annotations: Readonly<Record<string, string>>;
    }[];
  }[];
  readonly promql_expr_test?: readonly {
    readonly expr: string;
    readonly eval_time: string;
    readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
  }[];
}

export const inputSeries = (series: Series): RuleTest["input_series"] =>
  Object.entries(series).map(([name, values]) => ({ series: name, values }));

let building: Promise<string> | undefined;

/** Path of the tool. */
export function promtool(): Promise<string> {
  building ??= builtTool(TOOLS.promtool, { cache: CACHE, progress: new Progress(line => console.error(line)) });
  return building;
}

/** @throws Error with promtool's findings, if the groups are not as Prometheus wants them. */
export const checkRules = (groups: readonly RuleGroup[]): Promise<void> =>
  inFolder({ "rules.yaml": { groups } }, folder =>
    promtoolIn(folder, "check", "rules", "--lint=all", "--lint-fatal", "rules.yaml"),
  );

/** @throws Error with promtool's differences, if an expectation is not met. */
export const testRules = (groups: readonly RuleGroup[], tests: readonly RuleTest[]): Promise<void> =>
  inFolder(
    { "rules.yaml": { groups }, "tests.yaml": { rule_files: ["rules.yaml"], evaluation_interval: "1m", tests } },
    folder => promtoolIn(folder, "test", "rules", "tests.yaml"),
  );

/** Runs an action on a folder of files, each in JSON, which is YAML. */
async function inFolder(files: Readonly<Record<string, object>>, action: (folder: string) => Promise<void>) {
  const folder = mkdtempSync(join(tmpdir(), "llmd-promtool-"));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(content));
    await action(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function promtoolIn(folder: string, ...args: string[]): Promise<void> {
  try {
    await run(await promtool(), args, { cwd: folder, maxBuffer: 16 << 20 });
  } catch (error) {
    const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error(`${stdout}${stderr}`.trim() || message);
  }
}
