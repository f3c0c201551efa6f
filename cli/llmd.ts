/** The `llmd` command: a table of commands, each of which loads its code only when it runs. */
import { join } from "node:path";
import { Command, Option } from "commander";
import type { BenchRequest } from "../bench/bench";
import type { RehearsalRequest } from "../rehearsal/runner";
import { countsUpTo, countUpTo, duration } from "./options";
import type { WaitOptions } from "./wait";

const ROOT = join(__dirname, "..");

const option = (flags: string, description: string, standard?: unknown): Option =>
  new Option(flags, description).default(standard);

const timeOption = (flags: string, description: string, standard: string): Option =>
  new Option(flags, description).argParser(duration).default(duration(standard), standard);

interface CommandRow {
  readonly name: string;
  readonly description: string;
  readonly options: readonly Option[];
  /** @returns the exit code. */
  run(options: object): Promise<number>;
}

const COMMANDS: readonly CommandRow[] = [
  {
    name: "rehearse",
    description:
      "run all stacks against a real API server and doubles of the cloud; creates nothing outside this machine",
    options: [
      option("--stack <name>", "stack file to rehearse: dev, prod, …", "dev"),
      option("--keep", "leave everything up until Ctrl-C, with a kubeconfig", false),
      option("--json", "print the summary as JSON", false),
    ],
    run: async (options: Pick<RehearsalRequest, "stack" | "keep" | "json">) => {
      const { inOwnProcess } = await import("./ownProcess");
      return inOwnProcess<RehearsalRequest>("rehearsal/runner.ts", options);
    },
  },
  {
    name: "bench",
    description: "measure previews in a rehearsal's environment; exit code 1: a threshold is missed",
    options: [
      option("--models <counts>", "numbers of models to preview, 1 to 200 each", [1, 10, 50]).argParser(
        countsUpTo(200),
      ),
      option("--runs <count>", "measurements of each preview, 1 to 20; the median counts", 3).argParser(countUpTo(20)),
      option("--json", "print the figures as JSON", false),
    ],
    run: async (options: Pick<BenchRequest, "models" | "runs" | "json">) => {
      const { inOwnProcess } = await import("./ownProcess");
      return inOwnProcess<BenchRequest>("bench/bench.ts", options);
    },
  },
  {
    name: "wait",
    description: "wait until a cluster's models answer, and say what blocks them; exit code 1: stuck, or timed out",
    options: [
      option("--stack <name>", "wait for the models of this stack file: dev, prod, … (default: those in the cluster)"),
      option("--models <names>", "wait for these models only; separate names by commas").argParser(names =>
        names.split(/ *, */),
      ),
      option("--kubeconfig <file>", "default: as kubectl, $KUBECONFIG or ~/.kube/config"),
      option("--context <name>", "default: the kubeconfig's current context"),
      option("--namespace <name>", "namespace of the models", "llm-d"),
      timeOption("--timeout <time>", "longest time to wait: 90s, 60m, 2h", "60m"),
      timeOption("--patience <time>", "how long a model may look stuck before the command gives up", "5m"),
      option("--json", "print the outcome as JSON", false),
    ],
    run: async (options: WaitOptions) => (await import("./wait")).wait(options),
  },
  {
    name: "docs",
    description: "write the generated parts of docs/; exit code 1 with --check: a page is stale",
    options: [option("--check", "write nothing, only list the stale pages", false)],
    run: async ({ check }: { readonly check: boolean }) => {
      const { stalePages, writePages } = await import("../reference/docs");
      const pages = check ? stalePages(ROOT) : writePages(ROOT);
      for (const page of pages) console.log(check ? `${page} is stale. Run \`npm run docs\`.` : `wrote ${page}`);
      return check && pages.length > 0 ? 1 : 0;
    },
  },
];

const program = new Command("llmd").description("llm-d on EKS Auto Mode: rehearse it here, run it there");
for (const { name, description, options, run } of COMMANDS) {
  const command = program.command(name).description(description);
  for (const each of options) command.addOption(each);
  command.action(async parsed => {
    const exitCode = await run(parsed);
    // A child that hangs, such as a kubeconfig's credential plugin, would keep the process. What is written goes out first.
    process.stdout.write("", () => process.exit(exitCode));
  });
}

void program.parseAsync();
