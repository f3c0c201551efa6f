/** Arguments of vLLM that a model may be given beside those that the product sets. */
import { z } from "zod";
import { type Paths, type Reserved, reservedIn, reservedReason } from "../servers/shape";

/** Arguments that only the product sets, whatever the path; each path adds those of its own. */
const OURS: Reserved = {
  model: "say it with the key model",
  "served-model-name": "requests name the model by the key model",
  "model-tag": "say it with the key model",
  revision: "say it with the key modelCommit",
  "code-revision": "say it with the key modelCommit",
  "tokenizer-revision": "say it with the key modelCommit",
  "tensor-parallel-size": "say it with the key tensorParallel",
  "max-model-len": "say it with the key maxModelLen",
  "gpu-memory-utilization": "say it with the key gpuMemoryUtilization",
  quantization: "say it with the key quantization",
  "load-format": "say it with the key weights",
  "model-loader-extra-config": "say it with the key weights",
  "download-dir": "say it with the key weights",
  "enable-lora": "say it with the key lora",
  "lora-modules": "say it with the key lora",
  "max-loras": "say it with the key lora",
  "max-lora-rank": "say it with the key lora[].rank",
  "pipeline-parallel-size": "no serving path cuts a model into stages",
  "prefill-context-parallel-size": "no serving path cuts a prompt over more GPUs",
  "kv-transfer-config": "the path sets it",
  "disable-hybrid-kv-cache-manager": "the path sets it, and what fits is counted with it",
  "block-size": "the path sets it, and the endpoint picker has to have the same",
  host: "probes, routes and network policies count on it",
  port: "probes, routes and network policies count on it",
  uds: "probes, routes and network policies count on it",
  "root-path": "probes, routes and network policies count on it",
  "ssl-*": "TLS ends at the entry",
  "disable-access-log-for-endpoints": "probes would fill the log",
  "shutdown-timeout": "it belongs to the time that Kubernetes gives a pod to end",
  "api-key": "it would be readable in the pod: llmd-platform:entry.jwt protects the endpoint",
  "hf-token": "it would be readable in the pod: set the secret llmd-workloads:huggingFaceToken",
  config: "a file may hold any of the arguments that are refused here",
};

/** Short for some of them. */
const SHORT: ReadonlyMap<string, string> = new Map([
  ["tp", "tensor-parallel-size"],
  ["pp", "pipeline-parallel-size"],
  ["pcp", "prefill-context-parallel-size"],
  ["dp", "data-parallel-size"],
]);

/** Arguments with a number that decides how much memory is left for the cache. */
const COUNTS = ["max-num-seqs", "max-num-batched-tokens"] as const;

/** An argument with its value, as vLLM reads it: underscores are dashes, and `--a.b=1` sets a part of `--a`. */
function parsed(argument: string): { readonly name: string; readonly value: string | undefined } {
  const [flag = "", ...value] = argument.split("=");
  const name = flag.slice(2).replaceAll("_", "-").split(".")[0] ?? "";
  return { name: SHORT.get(name) ?? name, value: value.length === 0 ? undefined : value.join("=") };
}

function argumentProblem(argument: string, reserved: Reserved): string | undefined {
  if (!/^--[A-Za-z][\w.-]*(=.*)?$/s.test(argument))
    return "an argument looks like --enforce-eager or --max-num-seqs=256";
  const { name, value } = parsed(argument);
  const reason = reservedReason(name.replace(/^no-/, ""), reserved);
  if (reason !== undefined) return `the product decides --${name}: ${reason}`;
  const isCount = COUNTS.some(count => count === name);
  return isCount && !/^[1-9]\d*$/.test(value ?? "") ? `write a whole number from 1: --${name}=256` : undefined;
}

/** @param paths whose own arguments are refused, too. */
export function engineArgs(paths: Paths) {
  const reserved = reservedIn(paths, OURS, ({ reservedArgs }) => reservedArgs);
  return z.array(
    z.string().superRefine((argument, context) => {
      const message = argumentProblem(argument, reserved);
      if (message !== undefined) context.addIssue({ code: "custom", input: argument, message });
    }),
  );
}

/** Arguments that decide how much memory is left for the cache. */
interface MemoryArgs {
  readonly maxNumSeqs?: number | undefined;
  readonly maxNumBatchedTokens?: number | undefined;
  readonly kvCacheDtype?: "fp8" | undefined;
}

/** Reads arguments that decide over memory. Of an argument that occurs twice, vLLM takes the last. */
export function memoryArgs(given: readonly string[]): MemoryArgs {
  const values = new Map(given.map(parsed).map(({ name, value }) => [name, value]));
  const count = (name: (typeof COUNTS)[number]) => (values.has(name) ? Number(values.get(name)) : undefined);
  return {
    maxNumSeqs: count("max-num-seqs"),
    maxNumBatchedTokens: count("max-num-batched-tokens"),
    kvCacheDtype: values.get("kv-cache-dtype")?.startsWith("fp8") ? "fp8" : undefined,
  };
}

/** Arguments that name a repository of their own: a tokenizer, a configuration, a model that drafts answers. */
const NAMES_REPOSITORY = [
  /^--(tokenizer|hf[-_]config[-_]path)=/,
  /^--speculative[-_]config=.*"model"\s*:/s,
  /^--speculative[-_]config\.model=/,
];

/** True for an argument with which servers download from Hugging Face, wherever their weights are. */
export const namesRepository = (argument: string): boolean => NAMES_REPOSITORY.some(pattern => pattern.test(argument));
