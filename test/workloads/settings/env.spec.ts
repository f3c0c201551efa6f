import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ALLOWED_ENV } from "../../../workloads/settings/env";
import { containerOf, serversOf } from "../paths/fixtures";
import { planOf } from "../planning/fixtures";
import { BASELINE, DISAGGREGATED, MODELS, refusedWith, settingsOf, WIDE, withSettings } from "./fixtures";

const ENV = `${MODELS}[0].env`;
const LISTED = "Environment variables of model servers. docs/configuration.md lists those that a model may be given.";
const SECRET =
  "a secret would be readable in the stack file and in the pod: for Hugging Face set llmd-workloads:huggingFaceToken";

/** By name, what is said of it. */
const REFUSED: Readonly<Record<string, string>> = {
  HF_TOKEN: SECRET,
  VLLM_API_KEY: SECRET,
  AWS_SECRET_ACCESS_KEY: SECRET,
  HF_HUB_CACHE: "the product sets it: it is where caches are mounted",
  VLLM_ENGINE_READY_TIMEOUT_S: "the product sets it: it is the time that the startup probe allows",
  NCCL_DEBUG: "the product sets it: say it with the key debug",
  VLLM_NIXL_SIDE_CHANNEL_PORT: "the product sets it: the path sets it",
  FI_EFA_ENABLE_SHM_TRANSFER:
    "the product sets it: shared memory between pods of a node crashes or hangs on P5 (libfabric#12328)",
  LWS_LEADER_ADDRESS: "the product sets it: LeaderWorkerSet sets it",
  HF_HUB_DISABLE_XETT: 'a model may not be given this variable, the nearest that may is "HF_HUB_DISABLE_XET"',
  toString: "a model may not be given this variable",
  hf_hub_disable_xet: "a model may not be given this variable",
};

describe("variables of a model", () => {
  withSettings();

  it("are refused with names that are not on the list, all at once and without their values", () =>
    assert.deepEqual(
      refusedWith([{ ...BASELINE, env: Object.fromEntries(Object.keys(REFUSED).map(name => [name, "hf_abc"])) }]),
      Object.entries(REFUSED).map(([name, reason]) => `"${ENV}": "${name}" is refused: ${reason}. ${LISTED}`),
    ));

  it("are listed where that message says", () => {
    const page = readFileSync(join(__dirname, "../../../docs/configuration.md"), "utf8");
    for (const name of Object.keys(ALLOWED_ENV)) assert.ok(page.includes(`\`${name}\``), name);
  });

  it("are refused with values that the variable does not take", () =>
    assert.deepEqual(
      refusedWith([
        {
          ...BASELINE,
          env: {
            HF_HUB_DISABLE_XET: "yes",
            HF_HUB_DOWNLOAD_TIMEOUT: 0,
            VLLM_LOGGING_LEVEL: "debug",
            NCCL_ALGO: "Ring; rm",
            NCCL_CUMEM_ENABLE: "$(HF_TOKEN)",
          },
        },
      ]),
      [
        `"${ENV}.HF_HUB_DISABLE_XET": "yes" is refused: write "0" or "1": 0 lets downloads go by Xet again, which the ` +
          "product switches off (xet-core#898)",
        `"${ENV}.HF_HUB_DOWNLOAD_TIMEOUT": "0" is refused: write a whole number from 1: seconds without data after which a ` +
          "download is begun again",
        `"${ENV}.VLLM_LOGGING_LEVEL": "debug" is refused: write one of DEBUG, INFO, WARNING, ERROR: what the server logs`,
        `"${ENV}.NCCL_ALGO": "Ring; rm" is refused: write names with commas between them: algorithms that NCCL chooses among`,
        `"${ENV}.NCCL_CUMEM_ENABLE": "$(HF_TOKEN)" is refused: write "0" or "1": how NCCL gets its memory`,
      ],
    ));

  it("are texts or numbers", () => {
    const [refused, ...others] = refusedWith([{ ...BASELINE, env: { HF_HUB_DISABLE_XET: true } }]);
    assert.deepEqual(others, []);
    assert.match(refused ?? "", /\.env\.HF_HUB_DISABLE_XET": true .*write a text or a number/);
  });

  it("are taken as texts, numbers too", () =>
    assert.deepEqual(
      settingsOf([{ ...BASELINE, env: { HF_HUB_DOWNLOAD_TIMEOUT: 60, NCCL_PROTO: "Simple,LL" } }]).models[0]?.env,
      { HF_HUB_DOWNLOAD_TIMEOUT: "60", NCCL_PROTO: "Simple,LL" },
    ));

  it("are a canary's own where it has any, and its model's otherwise", () => {
    const env = { HF_HUB_DOWNLOAD_TIMEOUT: "60", VLLM_LOGGING_LEVEL: "DEBUG" };
    const canary = { revision: "v2", percent: 0 };
    const envs = (fresh: object) =>
      planOf([{ ...BASELINE, replicas: 1, env, canary: { ...canary, ...fresh } }]).plans[0]?.revisions.map(
        ({ plan }) => plan.env,
      );
    assert.deepEqual(envs({}), [env, env]);
    assert.deepEqual(envs({ env: { NCCL_NVLS_ENABLE: "0" } }), [env, { NCCL_NVLS_ENABLE: "0" }]);
  });

  for (const model of [BASELINE, { ...BASELINE, path: "precisePrefix" }, DISAGGREGATED, WIDE])
    it(`are refused where the product itself sets them, unless it only begins with a value: ${"path" in model ? model.path : "optimizedBaseline"}`, async () => {
      const [planned] = planOf([model]).plans;
      assert.ok(planned);
      const { plan } = planned.revisions[0];
      const given = { ...plan, lora: [{ name: "sql", source: "acme/sql", commit: undefined, rank: 16 }] };
      for (const { role } of plan.roles) {
        const names = containerOf(await serversOf(given, role)).env.map(({ name }) => name);
        assert.equal(new Set(names).size, names.length);
        const free = names.filter(name => refusedWith([{ ...BASELINE, env: { [name]: "1" } }]).length === 0);
        assert.deepEqual(free, ["HF_HUB_DISABLE_XET"]);
      }
    });
});
