/** The `llmd` command. */
import { Command } from "commander";
import { countsUpTo, countUpTo } from "./counts";

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
  .description("measure previews on a rehearsal's stage; fails when one takes longer than it may")
  .option("--models <counts>", "numbers of models to preview, 1 to 200 each", countsUpTo(200), [1, 10, 50])
  .option("--runs <count>", "measure each preview so often, 1 to 20 times; the median counts", countUpTo(20), 3)
  .option("--json", "print the figures as JSON", false)
  .action(async options => {
    const { bench } = await import("./bench");
    process.exitCode = await bench(options);
  });

void program.parseAsync();
