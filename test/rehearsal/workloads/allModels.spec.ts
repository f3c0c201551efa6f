import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { WireObject } from "../../../rehearsal/doubles/protocol/wire";
import { DUMMY_SECRET } from "../../../rehearsal/engine/pulumi";
import { refused } from "../../../rehearsal/istiod/admission";
import { withoutEffect } from "../../../rehearsal/istiod/envoyFilters";
import { unresolved } from "../../../rehearsal/istiod/resolution";
import type { KubernetesApi, KubernetesObject } from "../../../rehearsal/kubernetesApi";
import { refusedPods } from "../../../rehearsal/podSecurity";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import type { EngineUnderTest } from "../../support/engine";
import { everyObject, forms, holdersOf } from "../../support/everyObject";
import { refresh, runningIstiod, workloads } from "../../support/everything";
import { withReversed } from "../../support/stackFiles";
import { filterNames, hostAt, INFERENCE, managerAt, told } from "../platform/told";
import { doLead, type Way, waysIn } from "./ways";

/** Name and repository of each model of the stack file. */
const MODELS = [
  ["gpt-oss-120b", "openai/gpt-oss-120b"],
  ["llama-8b", "meta-llama/Llama-3.1-8B-Instruct"],
  ["qwen3-235b", "Qwen/Qwen3-235B-A22B-FP8"],
  ["qwen3-32b", "Qwen/Qwen3-32B"],
  ["qwen3-8b", "Qwen/Qwen3-8B"],
] as const;

const NAMED = "X-Gateway-Base-Model-Name";

function assertNoTokenIn(file: string): void {
  const state = readFileSync(file, "utf8");
  for (const form of forms(DUMMY_SECRET)) assert.ok(!state.includes(form), "in the state");
}

describe("models of every path side by side", () => {
  let engine: EngineUnderTest;
  let api: KubernetesApi;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await workloads();
    api = engine.api;
  });

  it("are left as they are by a second update, in whatever order the stack file names them", async () => {
    const again = () => engine.up("workloads", "--skip-preview", "--expect-no-changes");
    const { exitCode, output } = await engine.withConfig(withReversed(["llmd-workloads:models"]), again);
    assert.equal(exitCode, 0, output);
    // What a ScaledObject scales nothing else scales, for one.
    assert.match(output, /✅ llmd@/);
  });

  it("are taken by istiod: routes and pools resolve, nothing is refused, nothing is without effect", async () => {
    const istiod = await runningIstiod(engine);
    assert.deepEqual(await unresolved(api), []);
    assert.deepEqual(await refused(istiod, api), []);
    assert.deepEqual(await withoutEffect(istiod, api), []);
  });

  it("have every pod let in: servers, pickers, copies and what turns prompts into tokens", async () =>
    assert.deepEqual(await refusedPods(api), []));

  const named = async (apiVersion: string, kind: string): Promise<string[]> =>
    (await ours(apiVersion, kind)).map(({ metadata }) => metadata.name).sort();

  const ours = async (apiVersion: string, kind: string): Promise<KubernetesObject[]> =>
    (await api.list(apiVersion, kind)).filter(({ metadata }) => metadata.namespace === "llm-d");

  it("have what scales them, what protects them and what spreads them over nodes taken by the API server", async () => {
    assert.deepEqual(await named("keda.sh/v1alpha1", "ScaledObject"), [
      "llama-8b-v1-decode",
      "qwen3-32b-v1-decode",
      "qwen3-32b-v2-decode",
      "qwen3-8b-v1-decode",
    ]);
    assert.deepEqual(await named("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet"), [
      "qwen3-235b-v1-decode",
      "qwen3-235b-v1-prefill",
    ]);
    assert.deepEqual(await named("policy/v1", "PodDisruptionBudget"), [
      "gpt-oss-120b-v1-prefill",
      "llama-8b-v1-decode",
      "payload-processor",
      "qwen3-32b-v1-decode",
      "qwen3-32b-v2-decode",
      "qwen3-8b-v1-decode",
    ]);
    assert.deepEqual(await named("llm-d.ai/v1alpha2", "InferenceObjective"), [
      "qwen3-32b-v1-batch",
      "qwen3-32b-v1-premium",
      "qwen3-32b-v2-batch",
      "qwen3-32b-v2-premium",
    ]);
    assert.deepEqual(await named("llm-d.ai/v1alpha2", "InferenceModelRewrite"), [
      "qwen3-32b-v1-aliases",
      "qwen3-32b-v2-aliases",
    ]);
  });

  it("copy their weights to the store once for each revision, and nobody waits for it", async () =>
    assert.deepEqual(
      (await named("batch/v1", "Job")).map(name => name.replace(/-[0-9a-f]{8}$/, "")),
      ["llama-8b-v1-copy", "qwen3-32b-v1-copy", "qwen3-32b-v2-copy"],
    ));

  it("keep the Hugging Face token in Secrets alone, though Jobs and servers are given it", async () => {
    const objects = await everyObject(api);
    const users = objects.filter(({ kind, metadata, ...rest }) => {
      return ["Job", "Deployment", "LeaderWorkerSet"].includes(kind) && JSON.stringify(rest).includes("-hf-token");
    });
    assert.deepEqual(new Set(users.map(({ kind }) => kind)), new Set(["Job", "Deployment", "LeaderWorkerSet"]));
    assert.deepEqual(
      holdersOf(objects, [DUMMY_SECRET]),
      MODELS.map(([name]) => `Secret llm-d/${name}-hf-token`),
    );
    assertNoTokenIn(engine.stateFile("workloads"));
  });

  it("are found as they were left by a refresh, which writes no token into the state either", async () => {
    const { exitCode, output } = await refresh(engine, "workloads");
    assert.equal(exitCode, 0, output);
    assertNoTokenIn(engine.stateFile("workloads"));
  });

  describe("as istiod tells the gateway's proxy", () => {
    let ways: Way[];

    before(async () => {
      const pools = MODELS.map(([name]) => `${name}-v1`);
      ways = waysIn(await told(engine, INFERENCE, doLead(pools)));
    });

    const leading = () => ways.filter(({ to }) => to !== "");
    const nowhere = () => ways.filter(({ to }) => to === "");

    it("are each reached by a path of their own, and by the model that a request names", () =>
      assert.deepEqual(
        leading()
          .map(({ from, to, rewritten }) => [from, to, rewritten])
          .sort(),
        [
          ...MODELS.flatMap(([name, repository]) => {
            const to = name === "qwen3-32b" ? "qwen3-32b-v1 90, qwen3-32b-v2 10" : `${name}-v1`;
            return [
              [`/${name}/v1`, to, "/v1"],
              [`/v1 ${NAMED}=${repository}`, to, undefined],
            ];
          }),
          ...["v1", "v2"].flatMap(revision => [
            [`/qwen3-32b/v1 x-llmd-revision=${revision}`, `qwen3-32b-${revision}`, "/v1"],
            [`/v1 ${NAMED}=Qwen/Qwen3-32B x-llmd-revision=${revision}`, `qwen3-32b-${revision}`, undefined],
          ]),
        ].sort(),
      ));

    it("have their pickers asked; of two revisions this istiod, of before istio#61594's fix, has only the last one's", () =>
      assert.deepEqual(
        leading().map(({ picker }) => picker),
        leading().map(({ to }) => `${to.split(", ").at(-1)?.split(" ")[0]}-epp`),
      ));

    it("answer without a picker where they were not told otherwise", () =>
      assert.deepEqual(
        leading().filter(({ isOpen }) => !isOpen),
        leading().filter(({ to }) => to.startsWith("qwen3-32b-")),
      ));

    it("load no adapter for a client, by whatever path, before anything else leads there", () => {
      const paths = MODELS.flatMap(([name, repository]) =>
        ["load", "unload"].flatMap(verb => [
          `=/${name}/v1/${verb}_lora_adapter`,
          `=/v1/${verb}_lora_adapter ${NAMED}=${repository}`,
        ]),
      );
      assert.deepEqual(
        nowhere()
          .map(({ from }) => from)
          .sort(),
        paths.sort(),
      );
      assert.deepEqual(ways.slice(0, paths.length), nowhere());
    });

    it("have pickers and the payload processor given up on: by late connections, failures, and silence", async () => {
      const { clusters } = await told(engine, INFERENCE);
      const asked = clusters.filter(({ name }) => /^outbound\|(9002|9004)\|\|/.test(String(name)));
      assert.deepEqual(
        asked.map(({ name }) => /\|\|([^.]+)/.exec(String(name))?.[1]).sort(),
        [...MODELS.map(([name]) => `${name}-v1-epp`), "payload-processor", "qwen3-32b-v2-epp"].sort(),
      );
      for (const cluster of asked) assert.deepEqual(failureDetectionOf(cluster), DETECTED, String(cluster.name));
    });

    it("need the payload processor at no route that is found without it", async () => {
      const config = await told(engine, INFERENCE);
      const { routes } = hostAt(config, 80);
      assert.equal(routes.length, ways.length);
      for (const { typedPerFilterConfig, name } of routes)
        assert.deepEqual((typedPerFilterConfig as Record<string, WireObject>)[PROCESSOR_FILTER], SKIPPED, String(name));
      // In the chain of a request that matches no route yet: the shared path before the model's name is in its header.
      assert.ok(filterNames(managerAt(config, 80)).includes(PROCESSOR_FILTER));
      assert.deepEqual(
        ways.filter(({ from }) => /^=?\/v1\b/.test(from) && !from.includes(`${NAMED}=`)),
        [],
      );
    });

    it("may keep a request waiting for the 900 s that their pickers hold it while they start", async () => {
      const { streamIdleTimeout } = managerAt(await told(engine, INFERENCE), 80);
      assert.equal(streamIdleTimeout, "960s");
    });
  });
});

const PROCESSOR_FILTER = "envoy.filters.http.ext_proc.payload-processor";

const SKIPPED = { "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", disabled: true };

/** Envoy's words for what `createExtProcRule` and `keepalive` ask for; 5xx answers alone take no pod out. */
const DETECTED = {
  connectTimeout: "1s",
  outlierDetection: {
    splitExternalLocalOriginErrors: true,
    consecutiveLocalOriginFailure: 1,
    enforcingConsecutiveLocalOriginFailure: 100,
    enforcingLocalOriginSuccessRate: 0,
    consecutiveGatewayFailure: 1,
    enforcingConsecutiveGatewayFailure: 100,
    consecutive5xx: 0,
    enforcingConsecutive5xx: 0,
    enforcingSuccessRate: 0,
    interval: "1s",
    baseEjectionTime: "5s",
    maxEjectionPercent: 100,
  },
  // Ejected pods stay out, even if none is left.
  panicThreshold: {},
  http2: { connectionKeepalive: { interval: "5s", timeout: "2s" } },
};

function failureDetectionOf({ connectTimeout, outlierDetection, commonLbConfig, ...cluster }: WireObject): object {
  const options = cluster.typedExtensionProtocolOptions as Record<string, WireObject>;
  const { explicitHttpConfig } = options["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"] ?? {};
  return {
    connectTimeout,
    outlierDetection,
    panicThreshold: (commonLbConfig as WireObject).healthyPanicThreshold,
    http2: (explicitHttpConfig as WireObject).http2ProtocolOptions,
  };
}
