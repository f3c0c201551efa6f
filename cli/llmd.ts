/** The `llmd` command. */
import { Command, Option } from "commander";
import { countsUpTo, countUpTo } from "./counts";
import { duration } from "./wait/duration";

const timeOption = (flags: string, description: string, standard: string): Option =>
  new Option(flags, description).argParser(duration).default(duration(standard), standard);

const program = new Command("llmd").description("llm-d on EKS Auto Mode: rehearse it here, run it there");

program
  .command("rehearse")
  .description(
    "run all stacks against a real API server and doubles of the cloud; creates nothing outside this machine",
  )
  .option("--stack <name>", "which stack file to rehearse: dev, prod, …", "dev")
  .option("--keep", "leave everything up until Ctrl-C, with a kubeconfig", false)
  .option("--json", "print the summary as JSON", false)
  .action(async options => {
    const { rehearse } = await import("./rehearse");
    process.exitCode = await rehearse(options);
  });

program
  .command("bench")
  .description("measure previews on a rehearsal's environment; fails when one takes longer than it may")
  .option("--models <counts>", "numbers of models to preview, 1 to 200 each", countsUpTo(200), [1, 10, 50])
  .option("--runs <count>", "measure each preview so often, 1 to 20 times; the median counts", countUpTo(20), 3)
  .option("--json", "print the figures as JSON", false)
  .action(async options => {
    const { bench } = await import("./bench");
    process.exitCode = await bench(options);
  });

program
  .command("wait")
  .description("wait until the models of a cluster answer, and say what holds them up; exit code 1: stuck, or too late")
  .option("--stack <name>", "wait for the models of this stack file: dev, prod, … (default: those in the cluster)")
  .option("--models <names>", "wait for these only, with commas between them", names => names.split(/ *, */))
  .option("--kubeconfig <file>", "default: as kubectl, $KUBECONFIG or ~/.kube/config")
  .option("--context <name>", "default: the kubeconfig's current context")
  .option("--namespace <name>", "where the models are", "llm-d")
  .addOption(timeOption("--timeout <time>", "how long to wait: 90s, 60m, 2h", "60m"))
  .addOption(timeOption("--patience <time>", "how long something may look stuck before it is given up", "5m"))
  .option("--json", "print the outcome as JSON", false)
  .action(async options => {
    const { wait } = await import("./wait");
    process.exitCode = await wait(options);
  });

program
  .command("docs")
  .description("write the parts of docs/ that come from the sources; exit code 1 with --check: a page is stale")
  .option("--check", "write nothing, only say which pages are stale", false)
  .action(async options => {
    const { docs } = await import("./docs");
    process.exitCode = docs(options);
  });

void program.parseAsync();
