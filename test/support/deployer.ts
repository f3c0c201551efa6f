/** The machine that deploys, as programs under test see it: an aws CLI that says its version, and a public address. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { ADDRESS_SERVICE_VARIABLE } from "../../contracts/environment";
import { type AddressService, serveAddress } from "../../rehearsal/doubles/addressService";

/** Puts an `aws` command first on the PATH until `remove` is called. */
export function installAwsCli(script: string): { remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "llmd-aws-cli-"));
  writeFileSync(join(folder, "aws"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, "aws"), 0o755);
  const { PATH = "" } = process.env;
  process.env.PATH = [folder, PATH].join(delimiter);
  return {
    remove: () => {
      process.env.PATH = PATH;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Has everything of a suite deployed from a machine that has what it needs and an address in the example stacks' range. */
export function deployedFromTheOffice(): void {
  let cli: ReturnType<typeof installAwsCli>;
  let addresses: AddressService;

  before(async () => {
    cli = installAwsCli('echo "aws-cli/2.27.0"');
    addresses = await serveAddress(() => "203.0.113.7");
    process.env[ADDRESS_SERVICE_VARIABLE] = addresses.url;
  });

  after(() => {
    cli.remove();
    addresses.close();
    delete process.env[ADDRESS_SERVICE_VARIABLE];
  });
}
