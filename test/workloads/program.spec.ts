import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { PINS } from "../../catalog/versions";
import {
  type Exported,
  type InfraOutputs,
  type PlatformOutputs,
  type WorkloadOutputs,
  workloadOutputs,
} from "../../contracts/outputs";
import { HuggingFaceServer } from "../support/huggingFaceServer";
import { INFRA_OUTPUTS } from "../support/infraOutputs";
import { ofType, only, type Registered, secretValue, settled } from "../support/mockedProgram";
import {
  COMPONENT,
  CONFIG_MAP,
  containerIn,
  DEPLOYMENT,
  deploymentIn,
  HTTP_ROUTE,
  podTemplateIn,
  SECRET,
} from "../support/modelService";
import { PLATFORM_OUTPUTS } from "../support/platformOutputs";
import { completedProgram, handedOver, runProgram } from "../support/programs";
import { problemsOf, withRehearsal } from "../support/settings";
import { configOf } from "../support/stackFiles";
import { LEADER_WORKER_SET } from "./paths/fixtures";
import { POOLS } from "./planning/fixtures";
import { BASELINE, DISAGGREGATED, MODELS, TOKEN, WIDE, withSettings } from "./settings/fixtures";
import { ASSOCIATION, COMMIT, JOB } from "./weights/fixtures";

const KUBERNETES = "pulumi:providers:kubernetes";
const AWS = "pulumi:providers:aws";

/** Without a cache of images, which needs a stack around the program. */
const INFRA: Partial<InfraOutputs> = { ...INFRA_OUTPUTS, gpuPools: [...POOLS], imageCache: {} };

interface Given {
  /** Entries of `llmd-workloads:models`. */
  readonly models: readonly object[];
  /** @default - none is configured */
  readonly token?: string;
  /** Outputs of the infra layer; `{}` where it was never deployed. @default INFRA */
  readonly infra?: Partial<InfraOutputs>;
  /** The same of the platform layer. @default PLATFORM_OUTPUTS */
  readonly platform?: Partial<PlatformOutputs>;
  /** @default false */
  readonly preview?: boolean;
}

const given = ({ models, token, infra = INFRA, platform = PLATFORM_OUTPUTS, preview = false }: Given) => ({
  config: { ...configOf("dev"), [MODELS]: JSON.stringify(models), ...(token && { [TOKEN]: token }) },
  states: { ...handedOver("infra", infra), ...handedOver("platform", platform) },
  preview,
});

/** The whole program; what it throws instead of its outputs, if it does. */
const run = (what: Given) => runProgram("workloads", given(what));

/** The same of a program that comes to its end. */
const completed = (what: Given) => completedProgram("workloads", given(what));

const namesOf = (registered: readonly Registered[], type: string): string[] =>
  ofType(registered, type).map(({ name }) => name);

describe("the workloads program", () => {
  withSettings();

  const FOUR = [BASELINE, { ...BASELINE, name: "precise", path: "precisePrefix", pool: "p5en" }, DISAGGREGATED, WIDE];
  const ROOM: Partial<InfraOutputs> = { ...INFRA, gpuPools: POOLS.map(pool => ({ ...pool, maxNodes: 16 })) };

  describe("with a model of every path", () => {
    let registered: Registered[];
    let exported: Exported<WorkloadOutputs>;
    let warnings: readonly string[];

    before(async () => {
      ({ registered, exported, warnings } = await completed({ models: FOUR, infra: ROOM, token: "hf_abc" }));
    });

    it("makes a service of each, on the cluster of the infra layer, with no word but on their downloads", () => {
      assert.deepEqual(namesOf(registered, COMPONENT), ["deepseek-r1", "gpt-oss-120b", "precise", "qwen3-32b"]);
      const provider = only(registered, KUBERNETES);
      assert.deepEqual(secretValue(provider.inputs.kubeconfig), "{}");
      assert.deepEqual([provider.inputs.enableConfigMapMutable, provider.inputs.enableSecretMutable], ["true", "true"]);
      assert.deepEqual(
        warnings.map(warning => warning.split(" start at the same time")[0]),
        ["If all servers of qwen3-32b v1, precise v1, gpt-oss-120b v1, deepseek-r1 v1"],
      );
    });

    it("runs each one's servers on the NodePools of its pool, in the platform's namespace", () => {
      const servers = [...ofType(registered, DEPLOYMENT), ...ofType(registered, LEADER_WORKER_SET)].filter(({ name }) =>
        /-(decode|prefill)$/.test(name),
      );
      assert.deepEqual(
        Object.fromEntries(servers.map(made => [made.name, podTemplateIn(made)?.spec.nodeSelector])),
        Object.fromEntries(
          [
            ["deepseek-r1-v1-decode", "p5e"],
            ["deepseek-r1-v1-prefill", "p5e"],
            ["gpt-oss-120b-v1-decode", "p5e"],
            ["gpt-oss-120b-v1-prefill", "p5e"],
            ["precise-v1-decode", "p5en"],
            ["qwen3-32b-v1-decode", "p5"],
          ].map(([name, pool]) => [name, { "karpenter.sh/nodepool": `gpu-${pool}` }]),
        ),
      );
      for (const { inputs } of servers) assert.equal((inputs.metadata as { namespace: string }).namespace, "llm-d");
    });

    it("hangs each route below the platform's gateway", () => {
      const routes = ofType(registered, HTTP_ROUTE);
      assert.equal(routes.length, FOUR.length);
      for (const { inputs } of routes)
        assert.deepEqual((inputs.spec as { parentRefs: unknown }).parentRefs, [PLATFORM_OUTPUTS.gateway]);
    });

    it("gives every model the one token, secret all the way", () =>
      assert.deepEqual(
        ofType(registered, SECRET).map(({ name, inputs }) => [name, secretValue(inputs.stringData)]),
        ["deepseek-r1", "gpt-oss-120b", "precise", "qwen3-32b"].map(name => [
          `${name}-hf-token`,
          { HF_TOKEN: "hf_abc" },
        ]),
      ));

    it("hands over exactly what the contract says: the bill, and where each model answers", async () => {
      const outputs = await settled<WorkloadOutputs>(pulumi.output(exported) as pulumi.Output<WorkloadOutputs>);
      assert.deepEqual(workloadOutputs.strict().parse(outputs), outputs);
      assert.deepEqual(outputs.bill, PLATFORM_OUTPUTS.bill);
      assert.deepEqual(Object.keys(outputs.endpoints), ["qwen3-32b", "precise", "gpt-oss-120b", "deepseek-r1"]);
      for (const [name, { url, curl, servedName, gpusMin, gpusMax }] of Object.entries(outputs.endpoints)) {
        assert.equal(url, `https://llm.acme.dev/${name}/v1`);
        assert.ok(curl.startsWith(`curl ${url}/chat/completions `) && curl.includes(`"model":"${servedName}"`), curl);
        assert.ok(gpusMin > 0 && gpusMin <= gpusMax);
      }
      const { gpusMin, gpusMax, readyAfterMinutes } = outputs.endpoints["qwen3-32b"] ?? {};
      assert.deepEqual([gpusMin, gpusMax], [2, 8]);
      assert.ok(readyAfterMinutes && readyAfterMinutes > 5 && readyAfterMinutes < 60, `${readyAfterMinutes} minutes`);
    });

    it("asks nothing of AWS, and tells the payload processor nothing", () => {
      assert.deepEqual([ofType(registered, AWS), ofType(registered, ASSOCIATION)], [[], []]);
      assert.deepEqual(
        namesOf(registered, CONFIG_MAP).filter(name => !name.endsWith("-epp")),
        [],
      );
    });
  });

  it("makes no Secret without a token", async () => {
    const { registered } = await completed({ models: [BASELINE] });
    assert.deepEqual(ofType(registered, SECRET), []);
    const [container] = deploymentIn(only(registered, DEPLOYMENT, "qwen3-32b-v1-decode")).spec.template.spec.containers;
    assert.ok(!container?.env.some(({ name }) => name === "HF_TOKEN"));
  });

  it("tells the payload processor each model's names where it runs", async () => {
    const features = { ...PLATFORM_OUTPUTS.features, payloadProcessor: true };
    const models = [BASELINE, { ...BASELINE, name: "small", model: "Qwen/Qwen3-8B", tensorParallel: 1 }];
    const { registered } = await completed({ models, platform: { ...PLATFORM_OUTPUTS, features } });
    assert.deepEqual(
      namesOf(registered, CONFIG_MAP).filter(name => !name.endsWith("-epp")),
      ["qwen3-32b-names", "small-names"],
    );
  });

  describe("with weights in the model store", () => {
    const inStore = { ...BASELINE, weights: { source: "s3" }, modelCommit: COMMIT };
    const other = { ...BASELINE, name: "small", model: "Qwen/Qwen3-8B", tensorParallel: 1 };

    it("asks the one account of the stack for rights, for the model that needs them", async () => {
      const { registered } = await completed({ models: [inStore, other], token: "hf_abc" });
      const { inputs } = only(registered, AWS);
      assert.deepEqual(
        [inputs.region, inputs.allowedAccountIds, inputs.defaultTags],
        [
          "us-east-2",
          JSON.stringify(["111122223333"]),
          JSON.stringify({ tags: { owner: "ml-platform", stack: "llmd-dev", component: "llmd-workloads" } }),
        ],
      );
      const rights = ofType(registered, ASSOCIATION).map(association => association.inputs);
      assert.deepEqual(
        new Set(rights.map(({ clusterName, namespace }) => `${clusterName} ${namespace}`)),
        new Set(["llmd-dev llm-d"]),
      );
      assert.deepEqual(
        new Map(rights.map(({ serviceAccount, roleArn }) => [serviceAccount, roleArn])),
        new Map([
          ["qwen3-32b-v1-copy", INFRA_OUTPUTS.modelWriterRoleArn],
          ["qwen3-32b-v1-sa", INFRA_OUTPUTS.modelReaderRoleArn],
        ]),
      );
      assert.deepEqual(namesOf(registered, JOB), ["qwen3-32b-v1-copy"]);
    });

    it("leaves the objects of other models as they are without it", async () => {
      const isOther = ({ name }: Registered) => name.startsWith("small");
      const alone = await completed({ models: [other] });
      const beside = await completed({ models: [inStore, other] });
      assert.deepEqual(beside.registered.filter(isOther), alone.registered.filter(isOther));
    });

    it("is refused where the infra layer has none, before anything is made", async () => {
      const { modelBucket: _, modelReaderRoleArn: __, modelWriterRoleArn: ___, ...infra } = INFRA;
      const { thrown, registered } = await run({ models: [inStore], infra });
      assert.deepEqual(problemsIn(thrown), [
        '"llmd-workloads:models[0].weights.source": llmd-infra has no model store: set llmd-infra:modelStore to ' +
          "{bucket: true} and deploy it, or take huggingFace",
      ]);
      assert.deepEqual(registered, []);
    });

    it("is not needed by models that load from Hugging Face", async () => {
      const { modelBucket: _, modelReaderRoleArn: __, modelWriterRoleArn: ___, ...infra } = INFRA;
      const { registered, warnings } = await completed({ models: [BASELINE], infra });
      assert.deepEqual(namesOf(registered, COMPONENT), ["qwen3-32b"]);
      assert.deepEqual(warnings, []);
    });
  });

  describe("with an adapter whose rank the stack file does not say", () => {
    withRehearsal(undefined);
    let hub: HuggingFaceServer;
    const content = Buffer.from(JSON.stringify({ r: 48, lora_alpha: 96, target_modules: ["q_proj"] }));
    const models = [{ ...BASELINE, lora: [{ name: "sql", source: "acme/sql" }] }];
    const token = "hf_token-of-the-spec";

    before(async () => {
      const files = { "adapter_config.json": { content } };
      hub = await new HuggingFaceServer({ repository: "acme/sql", commit: COMMIT, files, token }).start();
      process.env.HF_ENDPOINT = hub.url;
    });
    after(async () => {
      delete process.env.HF_ENDPOINT;
      await hub.stop();
    });

    it("asks Hugging Face with the stack's token, and starts servers with room for it", async () => {
      const { registered } = await completed({ models, preview: true, token: `${token}\n` });
      const args = containerIn(only(registered, DEPLOYMENT, "qwen3-32b-v1-decode")).args;
      assert.ok(args.includes("--max-lora-rank=64"), args.join(" "));
    });

    it("asks for the rank where Hugging Face is out of reach, before anything is made", async () => {
      hub.change({ failure: () => ({ kind: "status", status: 503 }) });
      const { thrown, registered } = await run({ models, preview: true, token });
      assert.deepEqual(problemsIn(thrown), [
        '"llmd-workloads:models[0].lora[0].rank" is missing, and Hugging Face cannot be asked for it: it answered HTTP 503. ' +
          "Give the r of https://huggingface.co/acme/sql/blob/main/adapter_config.json, or the largest value of its rank_pattern",
      ]);
      assert.deepEqual(registered, []);
    });
  });

  const problemsIn = (thrown: unknown): readonly string[] =>
    problemsOf(() => {
      throw thrown;
    });

  for (const { what, given, problem } of [
    {
      what: "one model has no place",
      given: { models: [BASELINE, { ...BASELINE, name: "lost", pool: "h100" }] },
      problem: /^"llmd-workloads:models\[1\]\.pool": "h100" is not a GPU pool of llmd-infra/,
    },
    {
      what: "the platform's entry would cut off requests that wait for a server",
      given: {
        models: [{ ...BASELINE, replicas: { min: 0, max: 1 } }],
        platform: { ...PLATFORM_OUTPUTS, entryLimits: { streamIdleMinutes: 12 } },
      },
      problem: /^"llmd-platform:entry\.streamIdleMinutes": a pause of 12 min is too short for qwen3-32b\./,
    },
    {
      what: "the system pool has no room for the pickers beside the platform",
      given: {
        models: [BASELINE],
        infra: { ...INFRA, systemPool: { maxCpus: 12, maxMemoryGiB: 4096, maxNodeCpus: 8 } },
      },
      problem: /^"llmd-infra:systemPool\.maxCpus": 12 is too small: nodes of 20 vCPUs are needed/,
    },
  ])
    it(`makes nothing at all where ${what}`, async () => {
      const { thrown, registered } = await run(given);
      const [told = "", ...others] = problemsIn(thrown);
      assert.match(told, problem);
      assert.deepEqual([others, registered], [[], []]);
    });

  it("goes on with a platform layer of before it told its entry's limits, and warns", async () => {
    const { entryLimits: _, ...platform } = PLATFORM_OUTPUTS;
    const { warnings } = await completed({ models: [BASELINE], platform });
    assert.deepEqual(warnings, [
      "Nobody has checked llmd-platform:entry.streamIdleMinutes, which the platform layer did not hand over: it was deployed by " +
        "an older commit. Deploy it again.",
    ]);
  });

  it("goes on with a pin that is past its support, and warns", async () => {
    const { supportedUntil } = PINS.vllm;
    Object.assign(PINS.vllm, { supportedUntil: "2026-01-31" });
    const { warnings } = await completed({ models: [BASELINE] });
    Object.assign(PINS.vllm, { supportedUntil });
    assert.deepEqual(warnings, [
      `vllm ${PINS.vllm.version} has had no security fixes since 2026-01-31: raise its pin in catalog/versions.ts`,
    ]);
  });

  it("goes on where a layer was deployed before it told what it has of the system pool", async () => {
    const { systemPool: _, ...infra } = { ...INFRA_OUTPUTS, ...INFRA };
    const { systemCpus: __, ...platform } = PLATFORM_OUTPUTS;
    for (const given of [{ infra }, { platform }]) {
      const { registered, warnings } = await completed({ models: [BASELINE], ...given });
      assert.deepEqual(namesOf(registered, COMPONENT), ["qwen3-32b"]);
      assert.deepEqual(warnings, []);
    }
  });

  describe("before the layers below were ever deployed", () => {
    const never = { infra: {}, platform: {} };
    const incomplete = (layer: string, name: string): string =>
      `This preview is incomplete, llmd-${layer}/dev has no output "${name}" yet: to see all of it, run "pulumi -C ` +
      `${layer} up -s dev" first.`;

    it("shows in a preview what it would make on pools that are not known yet, and says so", async () => {
      const { registered, warnings } = await completed({ models: FOUR, ...never, preview: true });
      assert.deepEqual(namesOf(registered, COMPONENT), ["deepseek-r1", "gpt-oss-120b", "precise", "qwen3-32b"]);
      assert.deepEqual(namesOf(registered, LEADER_WORKER_SET), ["deepseek-r1-v1-decode", "deepseek-r1-v1-prefill"]);
      assert.deepEqual(podTemplateIn(only(registered, DEPLOYMENT, "qwen3-32b-v1-decode"))?.spec.nodeSelector, {
        "karpenter.sh/nodepool": "gpu-p5",
      });
      assert.deepEqual([...warnings].sort(), [incomplete("infra", "gpuPools"), incomplete("platform", "features")]);
    });

    it("shows the copy of weights as well, to a model store that is not known yet", async () => {
      const models = [{ ...BASELINE, weights: { source: "s3" }, modelCommit: COMMIT }];
      const { registered } = await completed({ models, ...never, preview: true });
      assert.deepEqual(namesOf(registered, JOB), ["qwen3-32b-v1-copy"]);
      assert.equal(ofType(registered, ASSOCIATION).length, 2);
    });

    it("makes nothing in an update, which says what to run first", async () => {
      const { thrown, registered } = await run({ models: FOUR, ...never });
      assert.ok(thrown instanceof Error && pulumi.RunError.isInstance(thrown));
      assert.equal(thrown.message, 'llmd-infra/dev has no output "gpuPools": run "pulumi -C infra up -s dev" first');
      assert.deepEqual(registered, []);
    });
  });
});
