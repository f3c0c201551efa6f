import assert from "node:assert/strict";
import { vllmArgs } from "../../../workloads/servers/conventions";
import { memoryArgs } from "../../../workloads/settings/engineArgs";
import { planOf } from "../planning/fixtures";
import { BASELINE, DISAGGREGATED, MODELS, refusedWith, WIDE, withSettings } from "./fixtures";

const FORM = "an argument looks like --enforce-eager or --max-num-seqs=256";

/** By argument, what is said of it. */
const REFUSED: Readonly<Record<string, string>> = {
  "-tp=2": FORM,
  "enforce-eager": FORM,
  "--max-num-seqs 256": FORM,
  "": FORM,
  "--model=a/b": "the product decides --model: say it with the key model",
  "--served-model-name=a": "the product decides --served-model-name: requests name the model by the key model",
  "--tensor-parallel-size=2": "the product decides --tensor-parallel-size: say it with the key tensorParallel",
  "--tensor_parallel_size=2": "the product decides --tensor-parallel-size: say it with the key tensorParallel",
  "--tp=2": "the product decides --tensor-parallel-size: say it with the key tensorParallel",
  "--prefill-context-parallel-size=2":
    "the product decides --prefill-context-parallel-size: no serving path cuts a prompt over more GPUs",
  "--max-model-len=auto": "the product decides --max-model-len: say it with the key maxModelLen",
  "--max-lora-rank=64": "the product decides --max-lora-rank: say it with the key lora[].rank",
  "--no-enable-lora": "the product decides --no-enable-lora: say it with the key lora",
  "--data-parallel-rank=1": "the product decides --data-parallel-rank: say it with the path wideExpert",
  "--kv-transfer-config.kv_connector=X": "the product decides --kv-transfer-config: the path sets it",
  "--block-size=32": "the product decides --block-size: the path sets it, and the endpoint picker has to have the same",
  "--no-disable-hybrid-kv-cache-manager":
    "the product decides --no-disable-hybrid-kv-cache-manager: the path sets it, and what fits is counted with it",
  "--disable_hybrid_kv_cache_manager":
    "the product decides --disable-hybrid-kv-cache-manager: the path sets it, and what fits is counted with it",
  "--ssl-keyfile=/a": "the product decides --ssl-keyfile: TLS ends at the entry",
  "--port": "the product decides --port: probes, routes and network policies count on it",
  "--api-key=secret":
    "the product decides --api-key: it would be readable in the pod: llmd-platform:entry.jwt protects the endpoint",
  "--max-num-seqs=many": "write a whole number from 1: --max-num-seqs=256",
  "--max-num-seqs=0": "write a whole number from 1: --max-num-seqs=256",
  "--max_num_batched_tokens=8k": "write a whole number from 1: --max-num-batched-tokens=256",
  "--max-num-batched-tokens": "write a whole number from 1: --max-num-batched-tokens=256",
};

const TAKEN = [
  "--enforce-eager",
  "--max-num-seqs=256",
  "--max_num_batched_tokens=8192",
  "--kv-cache-dtype=fp8_e4m3",
  '--compilation-config={"mode": 3}',
  "--reasoning-parser=openai_gptoss",
  "--model-impl=vllm",
  // Keys that every object has are arguments like any other.
  "--constructor=1",
  "--toString",
];

/** The product begins with a value of its own, and a model may have another. */
const OVERRIDABLE = ["--max-num-seqs", "--max-num-batched-tokens"];

const EVERYTHING = {
  ...BASELINE,
  path: "precisePrefix",
  weights: { source: "s3" },
  modelCommit: "9216db5781bf21249d130ec9da846c4624c16137",
  quantization: "fp8",
  maxModelLen: 8192,
  gpuMemoryUtilization: 0.9,
  lora: [{ name: "legal", source: "acme/legal", rank: 16 }],
};

describe("arguments of vLLM", () => {
  withSettings();

  for (const [argument, message] of Object.entries(REFUSED))
    it(`are refused with "${argument}"`, () =>
      assert.deepEqual(refusedWith([{ ...BASELINE, engineArgs: ["--enforce-eager", argument] }]), [
        `"${MODELS}[0].engineArgs[1]": "${argument}" is refused: ${message}`,
      ]));

  for (const model of [EVERYTHING, DISAGGREGATED, WIDE])
    it(`are refused where the product itself starts servers of path ${model.path} with them`, () => {
      const { roles, ...plan } = planOf([model]).plans[0]?.revisions[0].plan ?? assert.fail("it was not planned");
      const flags = roles.flatMap(role => {
        const whole = { ...plan, roles };
        return vllmArgs(whole, role, plan.servingPath.server(whole, role).args).filter(arg => arg.startsWith("--"));
      });
      const names = [...new Set(flags.map(flag => flag.split("=")[0] ?? ""))].filter(
        name => !OVERRIDABLE.includes(name),
      );
      assert.ok(names.length > 5);
      assert.deepEqual(
        refusedWith([{ ...BASELINE, engineArgs: names }]).map(problem => problem.split(": ").slice(0, 3).join(": ")),
        names.map(
          (name, index) => `"${MODELS}[0].engineArgs[${index}]": "${name}" is refused: the product decides ${name}`,
        ),
      );
    });

  it("are taken where the product leaves them alone", () =>
    assert.deepEqual(refusedWith([{ ...BASELINE, engineArgs: TAKEN }]), []));

  it("say what decides over memory, the last of each", () => {
    assert.deepEqual(memoryArgs(TAKEN), { maxNumSeqs: 256, maxNumBatchedTokens: 8192, kvCacheDtype: "fp8" });
    assert.deepEqual(memoryArgs(["--max-num-seqs=256", "--max_num_seqs=8", "--kv-cache-dtype=auto"]), {
      maxNumSeqs: 8,
      maxNumBatchedTokens: undefined,
      kvCacheDtype: undefined,
    });
  });
});
