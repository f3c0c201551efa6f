/** A rehearsal of dev that stays up, shared by the specs that look at it; its alerts have a receiver with a secret. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, repositoryCopy } from "./command";
import { withValues } from "./stackFiles";

/** Alerts to a receiver whose address is a secret, encrypted by whoever set it. */
const WITH_SECRET_RECEIVER = withValues(
  [["llmd-platform:monitoring", "alerts"], { kind: "slack", channel: "#llm-alerts" }],
  [["llmd-platform:alertsSecret"], { secure: "v1:of:somebody" }],
);

const STOP_TIMEOUT_MS = 60_000;

interface Kept {
  readonly repository: string;
  readonly command: Command;
}

let shared: Kept | undefined;

after(async function () {
  this.timeout(STOP_TIMEOUT_MS);
  if (!shared) return;
  shared.command.child.kill("SIGINT");
  await shared.command.end();
  shared.command.remove();
  rmSync(shared.repository, { recursive: true, force: true });
});

/** Starts it unless it runs already. */
export function keptRehearsal(): Command {
  shared ??= start();
  return shared.command;
}

function start(): Kept {
  const repository = repositoryCopy();
  const stackFile = join(repository, "Pulumi.dev.yaml");
  writeFileSync(stackFile, WITH_SECRET_RECEIVER(readFileSync(stackFile, "utf8")));
  return { repository, command: new Command(["--keep", "--json"], repository) };
}
