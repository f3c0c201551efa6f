// Runs the specs in two processes side by side, each with mocha's own summary at its end: by themselves none of them keeps
// two processors busy, and one after the other they would take half as long again.
const { spawn } = require("node:child_process");
const { once } = require("node:events");
const { dirname, join } = require("node:path");

/** Specs that start whole rehearsals and benchmarks: half of the time. */
const COMMANDS = [
  "test/bench/bench.spec.ts",
  "test/rehearsal/interrupt.spec.ts",
  "test/rehearsal/rehearse.spec.ts",
  "test/rehearsal/secrets.spec.ts",
];

const others = start(["test/**/*.spec.ts", ...COMMANDS.flatMap(spec => ["--ignore", spec])], "inherit");
const commands = start(COMMANDS, "pipe");
void main();

async function main() {
  // Shown as a whole, so that the two do not talk at once.
  const said = text(commands);
  const codes = [await code(others)];
  process.stdout.write("\nCommands, which ran meanwhile:\n");
  process.stdout.write(await said);
  codes.push(await code(commands));
  process.exitCode = codes.every(each => each === 0) ? 0 : 1;
}

function start(args, output) {
  const mocha = join(dirname(require.resolve("mocha/package.json")), "bin", "mocha.js");
  const child = spawn(process.execPath, [mocha, ...args], { stdio: ["ignore", output, output] });
  child.ended = once(child, "close");
  return child;
}

async function code(child) {
  await child.ended;
  return child.exitCode ?? 1;
}

async function text({ stdout, stderr }) {
  const chunks = [];
  for (const stream of [stdout, stderr]) stream.on("data", chunk => chunks.push(chunk));
  await commands.ended;
  return Buffer.concat(chunks);
}
