/** The `llmd` command. */
import { Command } from "commander";

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

void program.parseAsync();
