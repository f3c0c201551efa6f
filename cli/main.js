// Runs the command's TypeScript.
process.env.DISABLE_V8_COMPILE_CACHE = "1"; // ts-node would keep a cache in the temporary folder
require("ts-node/register/transpile-only");
require("./llmd.ts");
