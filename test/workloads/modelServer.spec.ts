import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { knownModel } from "../../catalog/models";
import { createModelServers, createServerAccount, revisionKeyOf } from "../../workloads/modelServer";
import type { RevisionPlan, Role, RolePlan } from "../../workloads/plan";
import { only, registeredBy } from "../support/mockedProgram";
import { ACCOUNT, DEPLOYMENT } from "../support/modelService";
import {
  BASELINE,
  containerOf,
  disaggregated,
  inS3,
  jsonArgument,
  LEADER_WORKER_SET,
  type Made,
  madeBy,
  PRECISE,
  registeredServers,
  revision,
  roleOf,
  serversOf,
  variables,
  wide,
} from "./paths/fixtures";
import { ADAPTER } from "./routing.fixtures";
import { START } from "./scaling/plans";

const DISAGGREGATED = disaggregated("p5.48xlarge");
const WIDE = wide("p5.48xlarge");
const PLANS: readonly RevisionPlan[] = [BASELINE, PRECISE, DISAGGREGATED, WIDE];

/** Every role of every path. */
const EVERY = PLANS.flatMap(plan => plan.roles.map(({ role }) => ({ plan, role, what: `${plan.path}, ${role}` })));

const withRole = (plan: RevisionPlan, role: Role, fields: Partial<RolePlan>): RevisionPlan => {
  const [first, ...others] = plan.roles.map(one => (one.role === role ? { ...one, ...fields } : one));
  assert.ok(first);
  return { ...plan, roles: [first, ...others] };
};

const argsOf = async (plan: RevisionPlan, role?: Role): Promise<readonly string[]> =>
  containerOf(await serversOf(plan, role)).args;

const environmentOf = async (plan: RevisionPlan, role?: Role) =>
  variables(containerOf(await serversOf(plan, role)).env);

/** What updates leave as it is, by the name of the servers. */
async function ignored(plan: RevisionPlan): Promise<Record<string, readonly string[]>> {
  const found: Record<string, readonly string[]> = {};
  const record: pulumi.ResourceTransformation = ({ name, opts }) => {
    found[name] = "ignoreChanges" in opts ? (opts.ignoreChanges ?? []) : [];
    return undefined;
  };
  await registeredBy(() => {
    const context = revision(plan);
    createModelServers({ ...context, opts: { ...context.opts, transformations: [record] } }, { account: "account" });
  });
  return found;
}

describe("the model servers", () => {
  const names: Readonly<Record<string, readonly string[]>> = {
    optimizedBaseline: ["qwen3-32b-v1-decode"],
    precisePrefix: ["qwen3-32b-v1-decode"],
    prefillDecode: ["gpt-oss-120b-v1-decode", "gpt-oss-120b-v1-prefill"],
    wideExpert: ["deepseek-r1-v1-decode", "deepseek-r1-v1-prefill"],
  };
  for (const plan of PLANS)
    it(`are one object for each role of ${plan.path}, in the model's namespace and not waited for`, async () => {
      const registered = await registeredServers(plan);
      assert.deepEqual(
        registered.map(({ name }) => name),
        names[plan.path],
      );
      const type = plan.path === "wideExpert" ? LEADER_WORKER_SET : DEPLOYMENT;
      for (const made of registered) {
        const { name, namespace, annotations } = madeBy(made).metadata;
        assert.deepEqual([made.type, name, namespace], [type, made.name, "llm-d"]);
        // GPUs may take an hour to come.
        assert.equal(annotations["pulumi.com/skipAwait"], "true");
      }
    });

  const guides: Readonly<Record<string, string>> = {
    optimizedBaseline: "optimized-baseline",
    precisePrefix: "precise-prefix-cache-routing",
    prefillDecode: "pd-disaggregation",
    wideExpert: "wide-ep-lws",
  };
  const ownLabels: Readonly<Record<string, object>> = {
    optimizedBaseline: {},
    precisePrefix: { "llm-d.ai/inference-serving": "true" },
    prefillDecode: { "llm-d.ai/engine-type": "vllm" },
    wideExpert: { "llm-d.ai/inference-serving": "true" },
  };
  for (const { plan, role, what } of EVERY)
    it(`have upstream's labels, on the object as on its pods: ${what}`, async () => {
      const { metadata, spec, template } = await serversOf(plan, role);
      const selector = {
        "llm-d.ai/guide": guides[plan.path],
        "llm-d.ai/model": plan.name,
        "llm-d.ai/role": role,
        "llmd/revision": "v1",
      };
      const labels = {
        ...selector,
        "llm-d.ai/accelerator-vendor": "nvidia",
        "llm-d.ai/accelerator-variant": "gpu",
        ...ownLabels[plan.path],
      };
      assert.deepEqual(metadata.labels, labels);
      assert.deepEqual(template.metadata.labels, labels);
      assert.deepEqual(spec.selector, plan.path === "wideExpert" ? undefined : { matchLabels: selector });
    });

  it("are each found by their own selector, and by no other's", async () => {
    const made: Made[] = [];
    // In turn: the mocks are the whole process's.
    for (const plan of PLANS)
      for (const name of [plan.path, `${plan.path}-v1`])
        for (const revision of ["v1", "v2"])
          made.push(...(await registeredServers({ ...plan, name, revision })).map(madeBy));
    const selectors = made.filter(({ spec }) => spec.selector !== undefined);
    assert.equal(selectors.length, 16);
    for (const { metadata, spec } of selectors) {
      const { matchLabels } = spec.selector as { matchLabels: Record<string, string> };
      const found = made.filter(({ template }) =>
        Object.entries(matchLabels).every(([key, value]) => template.metadata.labels[key] === value),
      );
      assert.deepEqual(
        found.map(other => other.metadata.name),
        [metadata.name],
      );
    }
  });

  for (const { plan, role, what } of EVERY) {
    it(`are as many as the least that always run, where nothing scales them: ${what}`, async () => {
      const fixed = withRole(plan, role, { replicas: { min: 3, max: 3 } });
      const { spec, metadata } = await serversOf(fixed, role);
      assert.equal(spec.replicas, 3);
      // Whoever had scaled them before still owns the number, and the API server would refuse another.
      assert.equal(metadata.annotations["pulumi.com/patchForce"], "true");
      assert.deepEqual((await ignored(fixed))[`${plan.name}-v1-${role}`], []);
    });

    it(`begin with the fewest and are then as many as their autoscaler says, where there is one: ${what}`, async () => {
      const scaled = withRole(plan, role, { replicas: { min: 2, max: 3 } });
      const { spec, metadata } = await serversOf(scaled, role);
      assert.equal(spec.replicas, 2);
      assert.deepEqual(metadata.annotations, { "pulumi.com/skipAwait": "true" });
      assert.deepEqual((await ignored(scaled))[`${plan.name}-v1-${role}`], ["spec.replicas"]);
    });
  }

  for (const plan of [BASELINE, PRECISE])
    it(`go one by one before their successors come, for which a full pool has no GPUs: ${plan.path}`, async () => {
      const { spec, template } = await serversOf(plan);
      assert.deepEqual(spec.strategy, {
        type: "RollingUpdate",
        rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
      });
      assert.equal(template.metadata.annotations, undefined);
    });

  it("are groups of pods that fail and are replaced as one once all have started, with wide expert parallelism", async () => {
    for (const role of ["decode", "prefill"] as const) {
      const { spec } = await serversOf(WIDE, role);
      const { leaderWorkerTemplate, ...others } = spec as { leaderWorkerTemplate: Record<string, unknown> };
      const { workerTemplate, ...group } = leaderWorkerTemplate;
      assert.ok(workerTemplate);
      assert.deepEqual(group, { size: 2, restartPolicy: "RecreateGroupAfterStart" });
      assert.deepEqual(others, {
        replicas: 1,
        rolloutStrategy: {
          type: "RollingUpdate",
          rollingUpdateConfiguration: { maxUnavailable: "100%", maxSurge: 0 },
        },
        startupPolicy: "LeaderCreated",
      });
    }
  });

  for (const plan of [DISAGGREGATED, WIDE])
    describe(`that hand caches to each other, with ${plan.path},`, () => {
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

  it("are taken away all at once before new ones come, where they are Deployments that hand caches over", async () => {
    for (const role of ["decode", "prefill"] as const)
      assert.deepEqual((await serversOf(DISAGGREGATED, role)).spec.strategy, { type: "Recreate" });
  });

  for (const { plan, role, what } of EVERY)
    it(`run on their own pool's nodes only, hold no token of the cluster and go before nobody: ${what}`, async () => {
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

  for (const { plan, role, what } of EVERY)
    it(`may call of the kernel what containers need, where nobody doubts that it is enough: ${what}`, async () => {
      const usesEfa = plan.path === "prefillDecode" || plan.path === "wideExpert";
      assert.deepEqual(
        (await serversOf(plan, role)).template.spec.securityContext,
        usesEfa ? undefined : { seccompProfile: { type: "RuntimeDefault" } },
      );
    });

  for (const { what, start, seconds } of [
    { what: "a model that is known", start: START, seconds: 540 + 2100 },
    { what: "a model of which nobody knows how long it takes", start: undefined, seconds: 600 + 2100 },
  ])
    it(`are told not to get on once node, image and start have had their time: ${what}`, async () => {
      const startupBudget = { periodSeconds: 30, failureThreshold: 70 };
      const { spec } = await serversOf(withRole(BASELINE, "decode", { start, startupBudget }));
      assert.equal(spec.progressDeadlineSeconds, seconds);
    });

  it("gain no privileges, and only with EFA the capability that RDMA needs", async () => {
    for (const { plan, role } of EVERY) {
      const { securityContext } = containerOf(await serversOf(plan, role));
      const usesEfa = plan.path === "prefillDecode" || plan.path === "wideExpert";
      assert.deepEqual(securityContext, {
        allowPrivilegeEscalation: false,
        ...(usesEfa && { capabilities: { add: ["IPC_LOCK"] } }),
      });
    }
  });

  for (const { plan, role, what } of EVERY)
    it(`finish what they work on before they go, within the time they are given: ${what}`, async () => {
      const servers = await serversOf(plan, role);
      const { lifecycle, args } = containerOf(servers);
      assert.deepEqual(lifecycle, { preStop: { sleep: { seconds: 15 } } });
      assert.ok(args.includes("--shutdown-timeout=45"));
      assert.equal(servers.template.spec.terminationGracePeriodSeconds, 75);
    });

  it("are probed on the port that their path names", async () => {
    const { startupProbe, livenessProbe, readinessProbe } = containerOf(await serversOf(BASELINE));
    const models = { path: "/v1/models", port: "modelserver" };
    assert.deepEqual(startupProbe, {
      httpGet: models,
      initialDelaySeconds: 15,
      periodSeconds: 30,
      timeoutSeconds: 5,
      failureThreshold: 120,
    });
    assert.deepEqual(livenessProbe, {
      httpGet: { path: "/health", port: "modelserver" },
      periodSeconds: 15,
      timeoutSeconds: 15,
      failureThreshold: 10,
    });
    assert.deepEqual(readinessProbe, { httpGet: models, periodSeconds: 5, timeoutSeconds: 15, failureThreshold: 3 });
  });

  for (const { plan, role, what } of EVERY)
    it(`name in their probes a port that they open: ${what}`, async () => {
      const { ports, startupProbe, livenessProbe, readinessProbe } = containerOf(await serversOf(plan, role));
      const open = ports.map(({ name }) => name);
      for (const probe of [startupProbe, livenessProbe, readinessProbe])
        assert.ok(open.includes(String(probe.httpGet.port)), `${probe.httpGet.port}`);
    });

  it("give vLLM as long to start as kubelet does: by itself it gives up after 10 minutes", async () => {
    const startupBudget = { periodSeconds: 30, failureThreshold: 70 };
    const { VLLM_ENGINE_READY_TIMEOUT_S } = await environmentOf(withRole(BASELINE, "decode", { startupBudget }));
    assert.equal(VLLM_ENGINE_READY_TIMEOUT_S, "2100");
  });

  for (const { plan, role, what } of EVERY)
    for (const failureThreshold of [20, 200])
      it(`give vLLM neither more nor less than the probe, of ${failureThreshold} half minutes: ${what}`, async () => {
        const planned = withRole(plan, role, { startupBudget: { periodSeconds: 30, failureThreshold } });
        const { startupProbe, env } = containerOf(await serversOf(planned, role));
        const { VLLM_ENGINE_READY_TIMEOUT_S } = variables(env);
        const seconds = Number(startupProbe.periodSeconds) * Number(startupProbe.failureThreshold);
        assert.equal(VLLM_ENGINE_READY_TIMEOUT_S, String(seconds));
      });

  const baselineVolumes = [
    { name: "shm", path: "/dev/shm", source: { emptyDir: { medium: "Memory", sizeLimit: "20Gi" } } },
    { name: "hub-cache", path: "/var/cache/huggingface", source: { emptyDir: {} } },
    { name: "cache", path: "/.cache", source: { emptyDir: {} } },
    { name: "triton", path: "/.triton", source: { emptyDir: {} } },
    { name: "config", path: "/.config", source: { emptyDir: {} } },
  ];
  const wideVolumes = [
    { name: "shm", path: "/dev/shm", source: { emptyDir: { medium: "Memory", sizeLimit: "2Gi" } } },
    { name: "hub-cache", path: "/var/cache/huggingface", source: { emptyDir: {} } },
    { name: "jit-cache", path: "/var/cache/vllm", source: { emptyDir: {} } },
  ];
  for (const { plan, role, what } of EVERY)
    it(`have upstream's shared memory, and a place for each cache that a restarted container finds again: ${what}`, async () => {
      const servers = await serversOf(plan, role);
      const volumes = plan.path === "wideExpert" ? wideVolumes : baselineVolumes;
      assert.deepEqual(
        servers.template.spec.volumes,
        volumes.map(({ name, source }) => ({ name, ...source })),
      );
      assert.deepEqual(
        containerOf(servers).volumeMounts,
        volumes.map(({ name, path }) => ({ name, mountPath: path })),
      );
    });

  const ACCESS_LOG = "--disable-access-log-for-endpoints=/health,/metrics,/v1/models";

  it("are upstream's where nothing else is configured", async () => {
    assert.deepEqual(await argsOf(BASELINE), [
      "Qwen/Qwen3-32B",
      ACCESS_LOG,
      "--tensor-parallel-size=2",
      "--shutdown-timeout=45",
    ]);
    assert.deepEqual(await environmentOf(BASELINE), {
      USER: "llm-d",
      HF_HUB_CACHE: "/var/cache/huggingface",
      HF_HUB_DISABLE_XET: "1",
      VLLM_ENGINE_READY_TIMEOUT_S: "3600",
      NCCL_DEBUG: "WARN",
    });
  });

  const flags: readonly { what: string; fields: Partial<RevisionPlan>; added: readonly string[] }[] = [
    { what: "the length of context", fields: { maxModelLen: 32768 }, added: ["--max-model-len=32768"] },
    {
      what: "the share of GPU memory",
      fields: { gpuMemoryUtilization: 0.9 },
      added: ["--gpu-memory-utilization=0.9"],
    },
    { what: "how to quantise weights", fields: { quantization: "fp8" }, added: ["--quantization=fp8"] },
    {
      what: "which commit to load",
      fields: { weights: { ...BASELINE.weights, commit: "0123456789".repeat(4) } },
      added: [`--revision=${"0123456789".repeat(4)}`],
    },
    {
      what: "which adapters to load",
      fields: {
        lora: [ADAPTER, { ...ADAPTER, name: "chat", source: "acme/chat-lora", rank: 20 }],
      },
      added: [
        "--enable-lora",
        "--max-loras=2",
        "--max-lora-rank=32",
        "--lora-modules",
        "sql=acme/sql-lora",
        "chat=acme/chat-lora",
      ],
    },
  ];
  for (const { what, fields, added } of flags)
    it(`are told ${what} where it is configured`, async () =>
      assert.deepEqual(await argsOf({ ...BASELINE, ...fields }), [
        "Qwen/Qwen3-32B",
        ACCESS_LOG,
        "--tensor-parallel-size=2",
        ...added,
        "--shutdown-timeout=45",
      ]));

  it("are told everything in one order, and the stack file's own arguments last, so that they win", async () => {
    const all = Object.assign({}, ...flags.map(({ fields }) => fields));
    const engineArgs = ["--max-num-seqs=512", "--enforce-eager"];
    for (const { plan, role } of EVERY) {
      const args = await argsOf({ ...plan, ...all, engineArgs }, role);
      assert.deepEqual(args.slice(0, 2), [plan.model, ACCESS_LOG]);
      const added = flags.flatMap(flag => flag.added);
      assert.deepEqual(args.slice(-added.length - 3), [...added, "--shutdown-timeout=45", ...engineArgs]);
    }
  });

  it("take other adapters while they run only where the model has adapters: it opens an endpoint to whoever gets there", async () => {
    const lora = [ADAPTER];
    assert.equal((await environmentOf({ ...BASELINE, lora })).VLLM_ALLOW_RUNTIME_LORA_UPDATING, "True");
    assert.equal((await environmentOf(BASELINE)).VLLM_ALLOW_RUNTIME_LORA_UPDATING, undefined);
  });

  it("say how NCCL connects them where that is asked for, and else no more than warnings, whatever the image says", async () => {
    for (const { plan, role } of EVERY) {
      assert.equal((await environmentOf({ ...plan, debug: { nccl: true } }, role)).NCCL_DEBUG, "INFO");
      assert.equal((await environmentOf(plan, role)).NCCL_DEBUG, "WARN");
    }
  });

  it("come after what gives their account its rights: a pod gets them when it is made, or never", async () => {
    const registered = await registeredServers(BASELINE, ({ opts }) => ({
      account: "account",
      after: [new k8s.core.v1.Namespace("rights", {}, opts)],
    }));
    assert.deepEqual(registered[0]?.dependencies, ["kubernetes:core/v1:Namespace::rights"]);
  });
});

describe("the probes of model servers", () => {
  for (const { plan, role, what } of EVERY)
    it(`wait for a saturated server before they kill it, and longer than before it gets no more requests: ${what}`, async () => {
      const { livenessProbe, readinessProbe } = containerOf(await serversOf(plan, role));
      const { periodSeconds, timeoutSeconds, failureThreshold } = livenessProbe;
      assert.deepEqual([timeoutSeconds, failureThreshold], [15, 10]);
      assert.equal(readinessProbe.timeoutSeconds, 15);
      // Out of the pool long before it is killed.
      const notReady = readinessProbe.failureThreshold * Math.max(readinessProbe.periodSeconds, 15);
      assert.ok(notReady < failureThreshold * Math.max(periodSeconds, timeoutSeconds));
    });
});

describe("the variables of model servers", () => {
  for (const { plan, role, what } of EVERY)
    it(`have the variables that the stack file gives, each name once: ${what}`, async () => {
      const env = { HF_HUB_DISABLE_XET: "0", NCCL_NVLS_ENABLE: "0" };
      const names = containerOf(await serversOf({ ...plan, env }, role)).env.map(({ name }) => name);
      assert.equal(new Set(names).size, names.length);
      const { HF_HUB_DISABLE_XET, NCCL_NVLS_ENABLE } = await environmentOf({ ...plan, env }, role);
      assert.deepEqual({ HF_HUB_DISABLE_XET, NCCL_NVLS_ENABLE }, env);
    });

  it("download without Xet wherever they download anything", async () => {
    const lora = [{ name: "sql", source: "acme/sql-lora", commit: undefined, rank: 16 }];
    for (const { plan, role } of EVERY) {
      assert.equal((await environmentOf(plan, role)).HF_HUB_DISABLE_XET, "1");
      assert.equal((await environmentOf({ ...inS3(plan), lora }, role)).HF_HUB_DISABLE_XET, "1");
      const engineArgs = ["--speculative-config.model=acme/draft"];
      assert.equal((await environmentOf({ ...inS3(plan), engineArgs }, role)).HF_HUB_DISABLE_XET, "1");
      assert.equal((await environmentOf(inS3(plan), role)).HF_HUB_DISABLE_XET, undefined);
    }
  });
});

describe("a revision with weights of another repository", () => {
  for (const { plan, role, what } of EVERY)
    it(`answers by the name that clients know, wherever its weights are: ${what}`, async () => {
      const canary = { ...plan, revision: "v2", model: "acme/other" };
      for (const served of [canary, inS3(canary)]) {
        const names = (await argsOf(served, role)).filter(arg => arg.startsWith("--served-model-name="));
        assert.deepEqual(names, [`--served-model-name=${plan.model}`]);
      }
      assert.equal((await argsOf(canary, role))[0], "acme/other");
    });
});

describe("weights in S3", () => {
  const STREAMED = inS3(BASELINE);
  const COMMIT = "c".repeat(40);

  it("are streamed from the bucket, under the model's own name", async () => {
    const args = await argsOf(STREAMED);
    assert.deepEqual(
      args.filter(arg => !arg.startsWith("--model-loader-extra-config=")),
      [
        `s3://models/models/Qwen/Qwen3-32B/${COMMIT}`,
        "--disable-access-log-for-endpoints=/health,/metrics,/v1/models",
        "--tensor-parallel-size=2",
        "--served-model-name=Qwen/Qwen3-32B",
        "--load-format=runai_streamer",
        "--shutdown-timeout=45",
      ],
    );
  });

  it("are read once by GPUs that share them, and through no more memory than a pod has to spare", async () => {
    assert.deepEqual(jsonArgument(await argsOf(STREAMED), "model-loader-extra-config"), {
      distributed: true,
      memory_limit: 5368709120,
    });
  });

  it("are read by each GPU where the model says so: one hybrid model gave empty answers otherwise (vllm#41749)", async () => {
    const apart = { ...STREAMED, weights: { ...STREAMED.weights, distributed: false } };
    assert.deepEqual(jsonArgument(await argsOf(apart), "model-loader-extra-config"), { memory_limit: 5368709120 });
  });

  it("are read by each GPU where it is alone", async () => {
    const alone = withRole(STREAMED, "decode", { tensorParallel: 1, gpusPerPod: 1 });
    for (const args of [await argsOf(alone), await argsOf(inS3(WIDE)), await argsOf(inS3(DISAGGREGATED), "prefill")])
      assert.deepEqual(jsonArgument(args, "model-loader-extra-config"), { memory_limit: 5368709120 });
  });

  for (const { plan, role, what } of EVERY)
    it(`are complete before a server starts, which waits in an image it has anyway: ${what}`, async () => {
      const servers = await serversOf(inS3(plan), role);
      const [guard, ...sidecars] = servers.template.spec.initContainers;
      assert.equal(guard?.name, "weights-guard");
      assert.equal(guard.image, containerOf(servers).image);
      assert.deepEqual(
        sidecars.map(({ name }) => name),
        role === "decode" && plan.roles.length === 2 ? ["routing-proxy"] : [],
      );
      assert.equal((await environmentOf(inS3(plan), role)).AWS_REGION, "us-east-2");
    });

  it("come with the vocabulary of a model that needs one: where harmony looks, and not to be changed", async () => {
    const known = knownModel("openai/gpt-oss-120b");
    const servers = await serversOf({ ...inS3(BASELINE), known });
    const { env, volumeMounts } = containerOf(servers);
    assert.equal(variables(env).TIKTOKEN_ENCODINGS_BASE, "/encodings");
    assert.deepEqual(volumeMounts.at(-1), { name: "encodings", mountPath: "/encodings", readOnly: true });
    assert.deepEqual(servers.template.spec.volumes.at(-1), { name: "encodings", emptyDir: {} });
    for (const other of [{ ...BASELINE, known }, inS3(BASELINE)])
      assert.equal((await environmentOf(other)).TIKTOKEN_ENCODINGS_BASE, undefined);
  });

  it("need no guard where they come from Hugging Face", async () => {
    assert.equal((await serversOf(BASELINE)).template.spec.initContainers, undefined);
    assert.equal((await environmentOf(BASELINE)).AWS_REGION, undefined);
  });
});

describe("the Hugging Face token", () => {
  const needs = () => ({ account: "account", tokenSecret: "qwen3-32b-hf-token" });
  const reference = { secretKeyRef: { name: "qwen3-32b-hf-token", key: "HF_TOKEN" } };

  for (const { plan, role, what } of EVERY)
    it(`reaches servers that fetch weights themselves, as upstream's variable: ${what}`, async () => {
      const { env } = containerOf(await serversOf(plan, role, needs));
      assert.deepEqual(variables(env).HF_TOKEN, reference);
    });

  it("reaches no server whose weights a Job has fetched", async () => {
    const { env } = containerOf(await serversOf(inS3(BASELINE), "decode", needs));
    assert.equal(variables(env).HF_TOKEN, undefined);
  });

  it("reaches servers that fetch adapters, which no Job copies", async () => {
    const lora = [ADAPTER];
    const { env } = containerOf(await serversOf({ ...inS3(BASELINE), lora }, "decode", needs));
    assert.deepEqual(variables(env).HF_TOKEN, reference);
  });

  it("is not asked for where none is configured, or the servers would wait for it for ever", async () =>
    assert.equal((await environmentOf(BASELINE)).HF_TOKEN, undefined));
});

describe("the servers' account", () => {
  it("has no rights, and pods get no token of it", async () => {
    const registered = await registeredBy(() => createServerAccount(revision(BASELINE)));
    assert.deepEqual(only(registered, ACCOUNT).inputs, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "qwen3-32b-v1-sa", namespace: "llm-d" },
      automountServiceAccountToken: false,
    });
  });
});

describe("the key of a revision", () => {
  it("is its model, its revision and the guide of its path", () => {
    for (const plan of PLANS) {
      const { name: model, revision, servingPath } = plan;
      assert.deepEqual(revisionKeyOf(plan), { model, revision, guide: servingPath.guide });
    }
  });
});
