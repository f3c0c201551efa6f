// Bundles the policy pack with the catalogue to one file: a pack in TypeScript is type-checked at every start (2 s and
// more), and `pulumi policy publish` sends only the pack's own folder.
const { buildSync } = require("esbuild");
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require("node:fs");
const { dirname, join } = require("node:path");

const pack = join(__dirname, "..", "policy");
const bundle = join(pack, "dist", "index.js");

const { outputFiles } = buildSync({
  entryPoints: [join(pack, "index.ts")],
  outfile: bundle,
  write: false,
  bundle: true,
  platform: "node",
  target: "node20",
  // Each is one instance per process, shared with the script that loads the pack.
  external: ["@pulumi/policy", "@pulumi/pulumi"],
});

// Left alone when nothing changed: another rehearsal may be reading it.
const [{ text }] = outputFiles;
if (!existsSync(bundle) || readFileSync(bundle, "utf8") !== text) {
  mkdirSync(dirname(bundle), { recursive: true });
  writeFileSync(bundle, text);
}
