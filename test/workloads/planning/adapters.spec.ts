import assert from "node:assert/strict";
import { type AdapterConfig, type AdapterConfigs, adapterKey, type Refusal } from "../../../workloads/adapterConfigs";
import type { Plans } from "../../../workloads/planning";
import { problemsOf } from "../../support/settings";
import { BASELINE, MODELS, withSettings } from "../settings/fixtures";
import { planOf as planModelsOf } from "./fixtures";

const COMMIT = "c".repeat(40);
const SQL = { name: "sql", source: "acme/sql-lora" };
const POET = { name: "poet", source: "acme/poet-lora", commit: COMMIT };
const TOKEN_COMMAND = '"pulumi -C workloads config set --secret llmd-workloads:huggingFaceToken"';

const read = (rank: number, more: object = {}): AdapterConfig => ({
  kind: "read",
  rank,
  obstacles: [],
  hasPatterns: false,
  ...more,
});
const refused = (refusal: Refusal, hasToken = false): AdapterConfig => ({ kind: "refused", refusal, hasToken });
const unreachable: AdapterConfig = { kind: "unreachable", reason: "it did not answer in 5 s" };

const configsOf = (sql: AdapterConfig, poet: AdapterConfig = read(16)): AdapterConfigs =>
  new Map([
    [adapterKey(SQL), sql],
    [adapterKey(POET), poet],
  ]);

const planOf = (model: object, adapterConfigs?: AdapterConfigs): Plans =>
  planModelsOf([model], { facts: { adapterConfigs } });

const refusedWith = (model: object, configs?: AdapterConfigs): readonly string[] =>
  problemsOf(() => planOf(model, configs));

const loraOf = ({ plans }: Plans, revision = 0) => plans[0]?.revisions[revision]?.plan.lora;

describe("the rank of an adapter", () => {
  withSettings();

  it("is Hugging Face's where the stack file says none", () =>
    assert.deepEqual(loraOf(planOf({ ...BASELINE, lora: [SQL, POET] }, configsOf(read(64)))), [
      { ...SQL, commit: undefined, rank: 64 },
      { ...POET, rank: 16 },
    ]));

  for (const [what, configs] of [
    ["Hugging Face answers", configsOf(read(16))],
    ["Hugging Face does not answer", configsOf(unreachable, unreachable)],
    ["nobody asks", undefined],
  ] as const)
    it(`is the stack file's where it says one, so that plans are the same when ${what}`, () =>
      assert.deepEqual(
        loraOf(planOf({ ...BASELINE, lora: [{ ...SQL, rank: 32 }] }, configs))?.map(({ rank }) => rank),
        [32],
      ));

  it("is asked for with its reason, for each adapter at once, where nobody knows it", () => {
    const missing = (index: number, source: string, reason: string, revision = "main") =>
      `"${MODELS}[0].lora[${index}].rank" is missing, and Hugging Face cannot be asked for it: ${reason}. Give the r of ` +
      `https://huggingface.co/${source}/blob/${revision}/adapter_config.json, or the largest value of its rank_pattern`;
    assert.deepEqual(refusedWith({ ...BASELINE, lora: [SQL, POET] }, configsOf(unreachable, unreachable)), [
      missing(0, SQL.source, "it did not answer in 5 s"),
      missing(1, POET.source, "it did not answer in 5 s", COMMIT),
    ]);
    assert.deepEqual(refusedWith({ ...BASELINE, lora: [SQL] }), [missing(0, SQL.source, "it was not asked")]);
  });

  it("is told where it is missing: once for a model whose canary has the same adapters, and at a canary's own", () => {
    const canary = { revision: "v2", percent: 0 };
    const own = [{ ...POET, rank: 8 }];
    const paths = (model: object) =>
      refusedWith(model, configsOf(unreachable, read(16))).map(problem => problem.split(":", 3).slice(0, 2).join(":"));
    assert.deepEqual(paths({ ...BASELINE, lora: [SQL], canary }), [
      `"${MODELS}[0].lora[0].rank" is missing, and Hugging Face cannot be asked for it`,
    ]);
    assert.deepEqual(paths({ ...BASELINE, lora: [{ ...SQL, rank: 8 }], canary: { ...canary, lora: own } }), [
      `"${MODELS}[0].canary.lora[0].rank"`,
    ]);
  });

  it("is of each revision's own adapters", () => {
    const canary = { revision: "v2", percent: 0, lora: [{ ...SQL, rank: 128 }] };
    const plans = planOf({ ...BASELINE, lora: [{ ...SQL, rank: 16 }], canary });
    assert.deepEqual(
      [loraOf(plans), loraOf(plans, 1)].map(lora => lora?.[0]?.rank),
      [16, 128],
    );
  });

  const cases: readonly { what: string; adapter?: object; config: AdapterConfig; problem: string }[] = [
    {
      what: "is refused where it is smaller than the adapter's",
      adapter: { ...SQL, rank: 16 },
      config: read(64),
      problem: `.rank": 16 is less than the 64 of acme/sql-lora, with which vLLM would not start: give 64, or leave it out`,
    },
    {
      what: "is refused where vLLM serves none as large",
      config: read(513),
      problem: `.source": acme/sql-lora has rank 513, and vLLM serves 512 at most: take another adapter`,
    },
    {
      what: "does not matter where vLLM does not serve the adapter",
      config: read(16, { obstacles: ["it is trained with DoRA (use_dora)", "it brings biases (bias)"] }),
      problem:
        `.source": vLLM does not serve acme/sql-lora: it is trained with DoRA (use_dora), it brings biases (bias): ` +
        "take another adapter",
    },
    {
      what: "does not matter where the repository is gated and there is no token",
      adapter: { ...SQL, rank: 16 },
      config: refused("GatedRepo"),
      problem:
        `.source": Hugging Face gives acme/sql-lora only to an account that has accepted its licence: accept it at ` +
        `https://huggingface.co/acme/sql-lora, then give that account's token with ${TOKEN_COMMAND}`,
    },
    {
      what: "does not matter where the token may not read the repository",
      config: refused("GatedRepo", true),
      problem:
        `.source": the token may not read acme/sql-lora: accept its licence at https://huggingface.co/acme/sql-lora with the ` +
        "token's account, and let a fine-grained token read gated repositories",
    },
    {
      what: "does not matter where there is no such repository",
      config: refused("RepoNotFound"),
      problem:
        `.source": Hugging Face has no acme/sql-lora that everybody may read: correct it, or give a token of an account that ` +
        `may read it with ${TOKEN_COMMAND}`,
    },
    {
      what: "does not matter where the repository holds no adapter",
      config: refused("EntryNotFound"),
      problem: `.source": acme/sql-lora has no adapter_config.json, so it is no LoRA adapter: take another repository`,
    },
    {
      what: "does not matter where the repository has no main",
      config: refused("RevisionNotFound"),
      problem: `.source": acme/sql-lora has no branch main: give a commit`,
    },
    {
      what: "does not matter where the repository is disabled",
      config: refused("DisabledRepo"),
      problem: `.source": Hugging Face has disabled acme/sql-lora: take another adapter`,
    },
    {
      what: "does not matter where the hub does not know the token",
      config: refused("InvalidToken", true),
      problem: `.source": Hugging Face does not know the token: give another with ${TOKEN_COMMAND}`,
    },
  ];
  for (const { what, adapter = SQL, config, problem } of cases)
    it(what, () =>
      assert.deepEqual(refusedWith({ ...BASELINE, lora: [adapter] }, configsOf(config)), [
        `"${MODELS}[0].lora[0]${problem}`,
      ]),
    );

  it("does not matter where there is no such commit", () =>
    assert.deepEqual(refusedWith({ ...BASELINE, lora: [POET] }, configsOf(unreachable, refused("RevisionNotFound"))), [
      `"${MODELS}[0].lora[0].commit": acme/poet-lora has no commit ${COMMIT}: see ` +
        "https://huggingface.co/acme/poet-lora/commits/main",
    ]));

  it("may be larger than the adapter's, for those that are loaded later", () =>
    assert.deepEqual(refusedWith({ ...BASELINE, lora: [{ ...SQL, rank: 64 }] }, configsOf(read(16))), []));

  it("is warned of where vLLM scales otherwise than the adapter was trained", () => {
    const canary = { revision: "v2", percent: 0 };
    const { warnings } = planOf({ ...BASELINE, lora: [SQL], canary }, configsOf(read(64, { hasPatterns: true })));
    assert.deepEqual(warnings, [
      `"${MODELS}[0].lora[0].source": vLLM scales all matrices of acme/sql-lora by its lora_alpha and r and ignores its ` +
        "rank_pattern and alpha_pattern, so it may answer otherwise than it was trained to. Compare its answers with PEFT's.",
    ]);
  });
});

describe("the memory of adapters, in a plan", () => {
  withSettings();

  const TIGHT = { ...BASELINE, replicas: 1, tensorParallel: 1, maxModelLen: 30720 };

  it("is counted with the model's", () => {
    assert.deepEqual(refusedWith(TIGHT), []);
    assert.deepEqual(
      refusedWith({
        ...TIGHT,
        lora: [
          { ...SQL, rank: 9 },
          { ...POET, rank: 16 },
        ],
      }),
      [
        `"${MODELS}[0]": Qwen/Qwen3-32B does not fit: needs 73.6 of 72.7 GiB of each GPU on p5.48xlarge with tensorParallel 1 ` +
          "in bf16, including 1.6 GiB for 2 adapters of rank 16; try tensorParallel 2, or Qwen/Qwen3-32B-FP8, or maxModelLen " +
          '26624, or no adapters; it fits on pool "p5e" and "p5en" and "far"',
      ],
    );
  });
});
