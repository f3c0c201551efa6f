import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { DUMMY_SECRET } from "../../rehearsal/engine/pulumi";
import { TOOLCHAIN_TIMEOUT_MS, toolchain } from "../support/apiServer";
import { Command } from "../support/command";

const RUN_TIMEOUT_MS = 180_000;

describe("secrets in a rehearsal", () => {
  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    await toolchain();
  });

  it("are nowhere in state, logs, kept files or output, neither plain nor in base64", async function () {
    this.timeout(RUN_TIMEOUT_MS);
    const command = new Command(["--keep", "--json"]);
    try {
      await command.until(/everything stays up until Ctrl-C/);
      const [folder = ""] = command.folders();
      const passphrase =
        /PULUMI_CONFIG_PASSPHRASE='([^']+)'/.exec(readFileSync(join(folder, "env"), "utf8"))?.[1] ?? "";
      const files = filesBelow(folder).filter(file => !holdsSecretsByDesign(relative(folder, file)));
      assert.ok(files.some(file => file.includes("state")) && files.some(file => file.includes("logs")));
      assert.ok(passphrase.length > 20);

      for (const secret of [DUMMY_SECRET, passphrase])
        for (const form of [secret, base64Core(secret)]) {
          assert.deepEqual(
            files.filter(file => readFileSync(file).includes(form)),
            [],
          );
          assert.ok(!command.output().includes(form), "in the output");
        }
    } finally {
      command.child.kill("SIGINT");
      await command.end();
    }
    assert.deepEqual(await command.remains(), []);
    command.remove();
  });
});

/** etcd holds Kubernetes Secrets, as it must; `env` is for the person who kept the run, and readable by nobody else. */
const holdsSecretsByDesign = (file: string): boolean => file.startsWith(join("cluster", "etcd")) || file === "env";

/** The part of a text's base64 form that is the same wherever in a longer text it stands at a multiple of three. */
const base64Core = (text: string): string => Buffer.from(text).toString("base64").slice(0, -4);

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap(name => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}
