import assert from "node:assert/strict";
import { type AdapterConfig, adapterKey, fetchAdapterConfigs } from "../../workloads/adapterConfigs";
import { type Failure, type HubOptions, HuggingFaceServer } from "../support/huggingFaceServer";
import { withRehearsal } from "../support/settings";

const SOURCE = "acme/sql-lora";
const COMMIT = "c".repeat(40);
const TOKEN = "hf_token-of-the-spec";

/** As PEFT 0.17 writes it, with what vLLM and we do not read left out. */
const PEFT = {
  alpha_pattern: {},
  base_model_name_or_path: "Qwen/Qwen3-32B",
  bias: "none",
  lora_alpha: 32,
  modules_to_save: null,
  peft_type: "LORA",
  r: 16,
  rank_pattern: {},
  target_modules: ["q_proj", "v_proj"],
  use_dora: false,
  use_rslora: false,
};

describe("the configuration of an adapter", () => {
  withRehearsal(undefined);
  let hub: HuggingFaceServer;
  let endpoint: string | undefined;

  before(() => {
    endpoint = process.env.HF_ENDPOINT;
  });
  afterEach(async () => {
    await hub?.stop();
    if (endpoint === undefined) delete process.env.HF_ENDPOINT;
    else process.env.HF_ENDPOINT = endpoint;
  });

  async function serve(content: string, options: Partial<HubOptions> = {}): Promise<void> {
    const files = { "adapter_config.json": { content: Buffer.from(content) } };
    hub = await new HuggingFaceServer({ repository: SOURCE, commit: COMMIT, files, ...options }).start();
    process.env.HF_ENDPOINT = `${hub.url}/`;
  }

  async function asked(adapter: object = {}, token?: string): Promise<AdapterConfig | undefined> {
    const given = { source: SOURCE, ...adapter };
    return (await fetchAdapterConfigs([given], token)).get(adapterKey(given));
  }

  const read = (rank: number, obstacles: readonly string[] = [], hasPatterns = false): AdapterConfig => ({
    kind: "read",
    rank,
    obstacles,
    hasPatterns,
  });

  const cases: readonly { what: string; config: unknown; expected: AdapterConfig }[] = [
    { what: "has its rank", config: PEFT, expected: read(16) },
    {
      what: "has the largest rank that one of its matrices has",
      config: { ...PEFT, rank_pattern: { q_proj: 64, v_proj: 8 } },
      expected: read(64, [], true),
    },
    {
      what: "says that matrices have an alpha of their own",
      config: { ...PEFT, alpha_pattern: { q_proj: 64 } },
      expected: read(16, [], true),
    },
    {
      what: "is refused by vLLM with DoRA, layers of its own and biases",
      config: { ...PEFT, use_dora: true, modules_to_save: ["lm_head"], bias: "lora_only" },
      expected: read(16, [
        "it is trained with DoRA (use_dora)",
        "it brings whole layers of its own (modules_to_save)",
        "it brings biases (bias)",
      ]),
    },
    {
      what: "is none without what vLLM needs",
      config: { peft_type: "IA3", bias: "none" },
      expected: read(1, ["its adapter_config.json has no valid r, lora_alpha, target_modules"]),
    },
    {
      what: "is none where it is a list",
      config: [],
      expected: read(1, ["its adapter_config.json has no valid content"]),
    },
  ];
  for (const { what, config, expected } of cases)
    it(what, async () => {
      await serve(JSON.stringify(config));
      assert.deepEqual(await asked(), expected);
    });

  it("is that of the commit, once for each", async () => {
    await serve(JSON.stringify(PEFT));
    const pinned = { source: SOURCE, commit: COMMIT };
    const configs = await fetchAdapterConfigs([pinned, { source: SOURCE }, pinned], undefined);
    assert.deepEqual(
      [...configs],
      [
        [`${SOURCE}@${COMMIT}`, read(16)],
        [`${SOURCE}@main`, read(16)],
      ],
    );
    assert.equal(hub.requests.length, 2);
  });

  it("is asked for with the token, which goes to nobody else", async () => {
    await serve(JSON.stringify(PEFT), {
      token: TOKEN,
      files: { "adapter_config.json": { content: Buffer.from(JSON.stringify(PEFT)), large: true } },
    });
    assert.deepEqual(await asked({}, TOKEN), read(16));
    assert.deepEqual(
      hub.requests.map(({ at, authorization }) => [at, authorization]),
      [
        ["hub", `Bearer ${TOKEN}`],
        ["links", undefined],
      ],
    );
  });

  const refused: readonly { what: string; adapter?: object; options?: Partial<HubOptions>; refusal: string }[] = [
    { what: "a gated repository", options: { token: TOKEN }, refusal: "GatedRepo" },
    { what: "a repository that is not there", adapter: { source: "acme/other" }, refusal: "RepoNotFound" },
    { what: "a commit that is not there", adapter: { commit: "d".repeat(40) }, refusal: "RevisionNotFound" },
    { what: "a repository without an adapter", options: { files: {} }, refusal: "EntryNotFound" },
  ];
  for (const { what, adapter, options, refusal } of refused)
    it(`is refused of ${what}`, async () => {
      await serve(JSON.stringify(PEFT), options);
      assert.deepEqual(await asked(adapter), { kind: "refused", refusal, hasToken: false });
    });

  it("is refused to a token that the hub does not know", async () => {
    const headers = { "X-Error-Message": "Invalid credentials in Authorization header" };
    await serve("", { failure: () => ({ kind: "status", status: 401, headers }) });
    assert.deepEqual(await asked({}, TOKEN), { kind: "refused", refusal: "InvalidToken", hasToken: true });
  });

  const failures: readonly { what: string; failure: Failure; reason: string }[] = [
    { what: "of a proxy's own", failure: { kind: "status", status: 403 }, reason: "it answered HTTP 403" },
    { what: "of a busy hub", failure: { kind: "status", status: 429 }, reason: "it answered HTTP 429" },
    {
      what: "that is cut off",
      failure: { kind: "truncated", bytes: 5 },
      reason: "it could not be reached (UND_ERR_SOCKET)",
    },
    { what: "that never comes", failure: { kind: "silent" }, reason: "it did not answer in 5 s" },
  ];
  for (const { what, failure, reason } of failures)
    it(`is not known from an answer ${what}`, async () => {
      await serve(JSON.stringify(PEFT), { failure: () => failure });
      assert.deepEqual(await asked(), { kind: "unreachable", reason });
    }).timeout(20_000);

  it("is not known from a page that somebody else answers with", async () => {
    await serve("<html>log in</html>");
    assert.deepEqual(await asked(), { kind: "unreachable", reason: "its answer is no JSON" });
  });

  it("is not known where nobody listens, and the reason does not hold the token", async () => {
    process.env.HF_ENDPOINT = "http://127.0.0.1:47";
    assert.deepEqual(await asked({}, TOKEN), { kind: "unreachable", reason: "it could not be reached (ECONNREFUSED)" });
    process.env.HF_ENDPOINT = "no address";
    assert.equal((await asked({}, TOKEN))?.kind, "unreachable");
  });

  describe("in a rehearsal", () => {
    withRehearsal("true");

    it("is asked of nobody, or the rehearsal would depend on the network", async () => {
      await serve(JSON.stringify(PEFT));
      assert.deepEqual(await asked({}, TOKEN), { kind: "unreachable", reason: "a rehearsal does not ask it" });
      assert.deepEqual(hub.requests, []);
    });
  });
});
