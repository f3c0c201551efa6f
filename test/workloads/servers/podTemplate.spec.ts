import assert from "node:assert/strict";
import type * as k8s from "@pulumi/kubernetes";
import { knownModel } from "../../../catalog/models";
import type { RevisionPlan, Role } from "../../../workloads/plan";
import { ADAPTER } from "../fixtures";
import {
  BASELINE,
  containerOf,
  disaggregated,
  EFA_NODE,
  EVERY_ROLE,
  inS3,
  jsonArgument,
  type Made,
  madeBy,
  registeredServers,
  roleOf,
  serversOf,
  variables,
  wide,
  withRole,
} from "../paths/fixtures";

const DISAGGREGATED = disaggregated(EFA_NODE);
const WIDE = wide(EFA_NODE);

const argsOf = async (plan: RevisionPlan, role?: Role): Promise<readonly string[]> =>
  containerOf(await serversOf(plan, role)).args;

const environmentOf = async (plan: RevisionPlan, role?: Role) =>
  variables(containerOf(await serversOf(plan, role)).env);

const GUIDES: Readonly<Record<string, string>> = {
  optimizedBaseline: "optimized-baseline",
  precisePrefix: "precise-prefix-cache-routing",
  prefillDecode: "pd-disaggregation",
  wideExpert: "wide-ep-lws",
};
const OWN_LABELS: Readonly<Record<string, object>> = {
  precisePrefix: { "llm-d.ai/inference-serving": "true" },
  prefillDecode: { "llm-d.ai/engine-type": "vllm" },
  wideExpert: { "llm-d.ai/inference-serving": "true" },
};
const CACHES = { cache: "/.cache", triton: "/.triton", config: "/.config" };

for (const { plan, role, what } of EVERY_ROLE)
  describe(`the pods of model servers: ${what}`, () => {
    const usesEfa = plan.path === "prefillDecode" || plan.path === "wideExpert";
    let servers: Made;
    let container: k8s.types.output.core.v1.Container;

    before(async () => {
      servers = await serversOf(plan, role);
      container = containerOf(servers);
    });

    it("have upstream's labels, as their object has, and are found by them", () => {
      const selector = {
        "llm-d.ai/guide": GUIDES[plan.path],
        "llm-d.ai/model": plan.name,
        "llm-d.ai/role": role,
        "llmd/revision": "v1",
      };
      const labels = {
        ...selector,
        "llm-d.ai/accelerator-vendor": "nvidia",
        "llm-d.ai/accelerator-variant": "gpu",
        ...OWN_LABELS[plan.path],
      };
      assert.deepEqual([servers.metadata.labels, servers.template.metadata.labels], [labels, labels]);
      assert.deepEqual(servers.spec.selector, plan.path === "wideExpert" ? undefined : { matchLabels: selector });
    });

    it("gain no privileges, and with EFA what RDMA needs: its capability, and calls of the kernel that nobody has tried", () => {
      assert.deepEqual(
        servers.template.spec.securityContext,
        usesEfa ? undefined : { seccompProfile: { type: "RuntimeDefault" } },
      );
      assert.deepEqual(container.securityContext, {
        allowPrivilegeEscalation: false,
        ...(usesEfa && { capabilities: { add: ["IPC_LOCK"] } }),
      });
    });

    it("finish what they work on before they go, within the time they are given", () => {
      assert.deepEqual(container.lifecycle, { preStop: { sleep: { seconds: 15 } } });
      assert.ok(container.args.includes("--shutdown-timeout=45"));
      assert.equal(servers.template.spec.terminationGracePeriodSeconds, 75);
    });

    it("are probed on a port that they open, and leave the pool before a saturated one is killed", () => {
      const { ports, startupProbe, livenessProbe, readinessProbe } = container;
      const open = ports.map(({ name }) => name);
      for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe])
        assert.ok(open.includes(String(httpGet.port)), `${httpGet.port}`);
      const notReady = readinessProbe.failureThreshold * Math.max(readinessProbe.periodSeconds, 15);
      assert.ok(notReady < livenessProbe.failureThreshold * Math.max(livenessProbe.periodSeconds, 15));
    });

    it("have upstream's shared memory, and a place for each cache that a restarted container finds again", () => {
      const isWide = plan.path === "wideExpert";
      const folders = {
        "hub-cache": "/var/cache/huggingface",
        ...(isWide ? { "jit-cache": "/var/cache/vllm" } : CACHES),
      };
      assert.deepEqual(servers.template.spec.volumes, [
        { name: "shm", emptyDir: { medium: "Memory", sizeLimit: isWide ? "2Gi" : "20Gi" } },
        ...Object.keys(folders).map(name => ({ name, emptyDir: {} })),
      ]);
      assert.deepEqual(
        container.volumeMounts,
        Object.entries({ shm: "/dev/shm", ...folders }).map(([name, mountPath]) => ({ name, mountPath })),
      );
    });

    it("run on their own pool's nodes only, hold no token of the cluster and go before nobody", async () => {
      const pool = { ...roleOf(plan, role).pool, name: "elsewhere", taintKey: "example.com/gpu" };
      const { template } = await serversOf(withRole(plan, role, { pool }), role);
      const { nodeSelector, tolerations, serviceAccountName, automountServiceAccountToken, priorityClassName } =
        template.spec;
      assert.deepEqual(nodeSelector, { "karpenter.sh/nodepool": "gpu-elsewhere" });
      assert.deepEqual(tolerations, [{ key: "example.com/gpu", operator: "Exists", effect: "NoSchedule" }]);
      assert.deepEqual([serviceAccountName, automountServiceAccountToken], ["account", false]);
      assert.equal(priorityClassName, "llmd-serving");
      // Else all Services of all models would be in its environment.
      assert.equal(template.spec.enableServiceLinks, false);
    });

    for (const failureThreshold of [20, 200])
      it(`give vLLM neither more nor less time to start than the probe, of ${failureThreshold} half minutes`, async () => {
        const planned = withRole(plan, role, { startupBudget: { periodSeconds: 30, failureThreshold } });
        const { startupProbe, env } = containerOf(await serversOf(planned, role));
        const seconds = Number(startupProbe.periodSeconds) * Number(startupProbe.failureThreshold);
        assert.equal(variables(env).VLLM_ENGINE_READY_TIMEOUT_S, String(seconds));
      });

    it("log NCCL's connections where that is wanted, else warnings only, whatever the image says", async () => {
      assert.equal((await environmentOf({ ...plan, debug: { nccl: true } }, role)).NCCL_DEBUG, "INFO");
      assert.equal(variables(container.env).NCCL_DEBUG, "WARN");
    });

    it("have the variables that the stack file gives, each name once", async () => {
      const given = { HF_HUB_DISABLE_XET: "0", NCCL_NVLS_ENABLE: "0" };
      const { env } = containerOf(await serversOf({ ...plan, env: given }, role));
      assert.equal(new Set(env.map(({ name }) => name)).size, env.length);
      const { HF_HUB_DISABLE_XET, NCCL_NVLS_ENABLE } = variables(env);
      assert.deepEqual({ HF_HUB_DISABLE_XET, NCCL_NVLS_ENABLE }, given);
    });

    it("download without Xet wherever they download anything", async () => {
      const engineArgs = ["--speculative-config.model=acme/draft"];
      const xetOf = async (fields: Partial<RevisionPlan>) =>
        (await environmentOf({ ...inS3(plan), ...fields }, role)).HF_HUB_DISABLE_XET;
      assert.equal(variables(container.env).HF_HUB_DISABLE_XET, "1");
      assert.deepEqual(
        [await xetOf({ lora: [ADAPTER] }), await xetOf({ engineArgs }), await xetOf({})],
        ["1", "1", undefined],
      );
    });

    it("answer by the name that clients know, wherever their weights are", async () => {
      const canary = { ...plan, revision: "v2", model: "acme/other" };
      for (const served of [canary, inS3(canary)]) {
        const names = (await argsOf(served, role)).filter(arg => arg.startsWith("--served-model-name="));
        assert.deepEqual(names, [`--served-model-name=${plan.model}`]);
      }
      assert.equal((await argsOf(canary, role))[0], "acme/other");
    });

    it("wait for weights in S3 to be complete, in an image they have anyway", async () => {
      const streaming = await serversOf(inS3(plan), role);
      const [guard, ...sidecars] = streaming.template.spec.initContainers;
      assert.equal(guard?.name, "weights-guard");
      assert.equal(guard.image, container.image);
      assert.deepEqual(
        sidecars.map(({ name }) => name),
        role === "decode" && plan.roles.length === 2 ? ["routing-proxy"] : [],
      );
      assert.equal(variables(containerOf(streaming).env).AWS_REGION, "us-east-2");
    });

    it("get the Hugging Face token where they fetch weights themselves, as upstream's variable", async () => {
      const needs = () => ({ account: "account", tokenSecret: "qwen3-32b-hf-token" });
      const { env } = containerOf(await serversOf(plan, role, needs));
      assert.deepEqual(variables(env).HF_TOKEN, { secretKeyRef: { name: "qwen3-32b-hf-token", key: "HF_TOKEN" } });
    });
  });

for (const plan of [DISAGGREGATED, WIDE])
  describe(`the pods of servers that hand caches to each other, with ${plan.path},`, () => {
    const digests = async (changed: RevisionPlan) => {
      const registered = await registeredServers(changed);
      return registered.map(made => madeBy(made).template.metadata.annotations["llmd/servers-sha256"]);
    };

    it("have one digest of both roles, so that a change of one replaces the other too", async () => {
      const [before, ...same] = await digests(plan);
      assert.match(before ?? "", /^[0-9a-f]{64}$/);
      assert.deepEqual(same, [before]);
      for (const changed of [
        withRole(plan, "decode", { startupBudget: { periodSeconds: 30, failureThreshold: 500 } }),
        withRole(plan, "prefill", { efaPerPod: 1 }),
        { ...plan, maxModelLen: 4096 },
        { ...plan, engineArgs: ["--enforce-eager"] },
        { ...plan, env: { NCCL_NVLS_ENABLE: "0" } },
        { ...plan, weights: { ...plan.weights, commit: "d".repeat(40) } },
        inS3(plan),
      ]) {
        const [decode, prefill] = await digests(changed);
        assert.equal(decode, prefill);
        assert.notEqual(decode, before);
      }
    });

    it("are left alone where only their number changes", async () => {
      const more = withRole(plan, "prefill", { replicas: { min: 4, max: 4 } });
      assert.deepEqual(await digests(more), await digests(plan));
    });
  });

const ACCESS_LOG = "--disable-access-log-for-endpoints=/health,/metrics,/v1/models";

describe("the arguments and variables of model servers", () => {
  it("are upstream's where nothing else is configured", async () => {
    const servers = await serversOf(BASELINE);
    const { args, env } = containerOf(servers);
    assert.deepEqual(args, ["Qwen/Qwen3-32B", ACCESS_LOG, "--tensor-parallel-size=2", "--shutdown-timeout=45"]);
    assert.deepEqual(variables(env), {
      USER: "llm-d",
      HF_HUB_CACHE: "/var/cache/huggingface",
      HF_HUB_DISABLE_XET: "1",
      VLLM_ENGINE_READY_TIMEOUT_S: "3600",
      NCCL_DEBUG: "WARN",
    });
    assert.deepEqual(
      [servers.template.spec.initContainers, servers.template.metadata.annotations],
      [undefined, undefined],
    );
  });

  const COMMIT = "0123456789".repeat(4);
  const flags: readonly { what: string; fields: Partial<RevisionPlan>; added: readonly string[] }[] = [
    { what: "length of context", fields: { maxModelLen: 32768 }, added: ["--max-model-len=32768"] },
    { what: "share of memory", fields: { gpuMemoryUtilization: 0.9 }, added: ["--gpu-memory-utilization=0.9"] },
    { what: "quantization", fields: { quantization: "fp8" }, added: ["--quantization=fp8"] },
    {
      what: "commit",
      fields: { weights: { ...BASELINE.weights, commit: COMMIT } },
      added: [`--revision=${COMMIT}`],
    },
    {
      what: "adapters",
      fields: { lora: [ADAPTER, { ...ADAPTER, name: "chat", source: "acme/chat-lora", rank: 20 }] },
      added: [
        ...["--enable-lora", "--max-loras=2", "--max-lora-rank=32"],
        ...["--lora-modules", "sql=acme/sql-lora", "chat=acme/chat-lora"],
      ],
    },
  ];
  for (const { what, fields, added } of flags)
    it(`have the ${what} where it is configured`, async () =>
      assert.deepEqual(await argsOf({ ...BASELINE, ...fields }), [
        "Qwen/Qwen3-32B",
        ACCESS_LOG,
        "--tensor-parallel-size=2",
        ...added,
        "--shutdown-timeout=45",
      ]));

  it("have one order, and the stack file's own arguments last, so that they win", async () => {
    const all = Object.assign({}, ...flags.map(({ fields }) => fields));
    const engineArgs = ["--max-num-seqs=512", "--enforce-eager"];
    const added = flags.flatMap(flag => flag.added);
    for (const { plan, role } of EVERY_ROLE) {
      const args = await argsOf({ ...plan, ...all, engineArgs }, role);
      assert.deepEqual(args.slice(0, 2), [plan.model, ACCESS_LOG]);
      assert.deepEqual(args.slice(-added.length - 3), [...added, "--shutdown-timeout=45", ...engineArgs]);
    }
  });

  it("allow other adapters at runtime only where the model has adapters: it opens an endpoint to all who get there", async () => {
    assert.equal((await environmentOf({ ...BASELINE, lora: [ADAPTER] })).VLLM_ALLOW_RUNTIME_LORA_UPDATING, "True");
    assert.equal((await environmentOf(BASELINE)).VLLM_ALLOW_RUNTIME_LORA_UPDATING, undefined);
  });

  it("have the token only where servers fetch anything, adapters included, and where one is configured", async () => {
    const tokenOf = async (plan: RevisionPlan, tokenSecret?: string) =>
      variables(containerOf(await serversOf(plan, "decode", () => ({ account: "account", tokenSecret }))).env).HF_TOKEN;
    assert.equal(await tokenOf(inS3(BASELINE), "hf-token"), undefined);
    assert.ok(await tokenOf({ ...inS3(BASELINE), lora: [ADAPTER] }, "hf-token"));
    assert.equal(await tokenOf(BASELINE), undefined);
  });
});

describe("weights in S3", () => {
  const STREAMED = inS3(BASELINE);
  const loaderOf = async (plan: RevisionPlan, role?: Role) =>
    jsonArgument(await argsOf(plan, role), "model-loader-extra-config");
  const APART = { memory_limit: 5368709120 };

  it("are streamed from the bucket, under the model's own name", async () =>
    assert.deepEqual(
      (await argsOf(STREAMED)).filter(arg => !arg.startsWith("--model-loader-extra-config=")),
      [
        `s3://models/models/Qwen/Qwen3-32B/${"c".repeat(40)}`,
        ACCESS_LOG,
        "--tensor-parallel-size=2",
        "--served-model-name=Qwen/Qwen3-32B",
        "--load-format=runai_streamer",
        "--shutdown-timeout=45",
      ],
    ));

  it("are read once by GPUs that share them, and through no more memory than a pod has to spare", async () =>
    assert.deepEqual(await loaderOf(STREAMED), { distributed: true, ...APART }));

  it("are read by each GPU where the model says so: one hybrid model gave empty answers otherwise (vllm#41749)", async () =>
    assert.deepEqual(await loaderOf({ ...STREAMED, weights: { ...STREAMED.weights, distributed: false } }), APART));

  it("are read by each GPU where it is alone", async () => {
    const alone = withRole(STREAMED, "decode", { tensorParallel: 1, gpusPerPod: 1 });
    assert.deepEqual(await loaderOf(alone), APART);
    assert.deepEqual(await loaderOf(inS3(WIDE)), APART);
    assert.deepEqual(await loaderOf(inS3(DISAGGREGATED), "prefill"), APART);
  });

  it("come with the vocabulary of a model that needs one: where harmony looks, and not to be changed", async () => {
    const known = knownModel("openai/gpt-oss-120b");
    const servers = await serversOf({ ...STREAMED, known });
    const { env, volumeMounts } = containerOf(servers);
    assert.equal(variables(env).TIKTOKEN_ENCODINGS_BASE, "/encodings");
    assert.deepEqual(volumeMounts.at(-1), { name: "encodings", mountPath: "/encodings", readOnly: true });
    assert.deepEqual(servers.template.spec.volumes.at(-1), { name: "encodings", emptyDir: {} });
    for (const other of [{ ...BASELINE, known }, STREAMED])
      assert.equal((await environmentOf(other)).TIKTOKEN_ENCODINGS_BASE, undefined);
  });

  it("need neither guard nor Region where they come from Hugging Face", async () =>
    assert.equal((await environmentOf(BASELINE)).AWS_REGION, undefined));
});
