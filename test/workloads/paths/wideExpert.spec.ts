import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { knownModel } from "../../../catalog/models";
import { wideExpert } from "../../../workloads/paths/wideExpert";
import { configProblems } from "../../../workloads/picker/config";
import type { RevisionPlan, Role } from "../../../workloads/plan";
import { Scratch } from "../../support/scratch";
import { EFA_NODES, efaPool, inS3, jsonArgument, roleOf, shapeOf, variables, wide } from "./fixtures";

const PLAN = wide("p5.48xlarge");
const ROLES: readonly Role[] = ["decode", "prefill"];
const RANKS = [0, 1, 2, 3, 4, 5, 6, 7];

/** The plan with every role changed in the same way. */
const withRoles = (plan: RevisionPlan, fields: Partial<RevisionPlan["roles"][number]>): RevisionPlan => ({
  ...plan,
  roles: [
    { ...roleOf(plan, "decode"), ...fields },
    { ...roleOf(plan, "prefill"), ...fields },
  ],
});

describe("wide expert parallelism", () => {
  it("is upstream's guide, two LeaderWorkerSets that are replaced together, since they hand caches to each other", () => {
    assert.equal(wideExpert.guide, "wide-ep-lws");
    assert.equal(wideExpert.kind, "LeaderWorkerSet");
    assert.equal(wideExpert.rollout, "together");
  });

  it("has every rank in the pool, or the first alone would get requests", () =>
    assert.deepEqual(wideExpert.targetPorts(PLAN), [8000, 8001, 8002, 8003, 8004, 8005, 8006, 8007]));

  it("opens upstream's ports, by the names that metrics are read by", () => {
    const ranks = (name: string, first: number) =>
      RANKS.map(rank => ({ name: `${name}${rank}`, containerPort: first + rank }));
    const nixl = { name: "nixl", containerPort: 5600 };
    assert.deepEqual(shapeOf(PLAN, "prefill").ports, [
      ...ranks("rank", 8000),
      { name: "supervisor", containerPort: 8008 },
      nixl,
    ]);
    assert.deepEqual(shapeOf(PLAN, "decode").ports, [
      ...ranks("vllm-rank", 8200),
      { name: "supervisor", containerPort: 8208 },
      nixl,
    ]);
    const [sidecar] = shapeOf(PLAN, "decode").sidecars;
    assert.deepEqual(sidecar?.ports, ranks("rank", 8000));
  });

  it("sets upstream's sidecar before the ranks that decode, one port for each", () => {
    assert.deepEqual(shapeOf(PLAN, "prefill").sidecars, []);
    const [sidecar, ...others] = shapeOf(PLAN, "decode").sidecars;
    assert.deepEqual(others, []);
    assert.deepEqual(sidecar?.args, [
      "--port=8000",
      "--kv-connector=nixlv2",
      "--zap-log-level=1",
      "--secure-proxy=false",
      "--prefill-max-retries=2",
      "--data-parallel-size=8",
      "--enable-prefiller-sampling",
    ]);
  });

  const COMMON = [
    "--data-parallel-multi-port-external-lb",
    "--enable-expert-parallel",
    "--tensor-parallel-size=1",
    "--data-parallel-size=16",
    "--data-parallel-size-local=8",
    "--data-parallel-rpc-port=5555",
    "--moe-backend=deep_gemm",
  ];
  const own = {
    prefill: ["--port=8000", "--data-parallel-supervisor-port=8008", "--gpu-memory-utilization=0.80"],
    decode: [
      "--port=8200",
      "--data-parallel-supervisor-port=8208",
      "--max-num-batched-tokens=256",
      "--max-num-seqs=256",
    ],
  };
  for (const role of ROLES)
    it(`gives ranks that ${role} upstream's arguments, save those of kernels that EFA does not take`, () => {
      const { args } = shapeOf(PLAN, role);
      const ours = ["--all2all-backend=allgather_reducescatter"];
      assert.deepEqual(
        args.filter(arg => !arg.startsWith("--kv-transfer-config=")).sort(),
        [...COMMON, ...own[role], ...ours].sort(),
      );
      assert.deepEqual(jsonArgument(args, "kv-transfer-config"), {
        kv_connector: "NixlConnector",
        kv_role: role === "prefill" ? "kv_producer" : "kv_consumer",
        kv_load_failure_policy: "fail",
        kv_connector_extra_config: { backends: ["LIBFABRIC"] },
      });
      for (const forbidden of [/deepep/, /enable-dbo/, /dbo-/])
        assert.ok(!args.some(arg => forbidden.test(arg)), `${role} has ${forbidden}`);
    });

  it("keeps the cache of layers with windows whole, and leaves a latent one to vLLM", () => {
    const flags = (repository: string) =>
      ROLES.flatMap(role => shapeOf({ ...PLAN, known: knownModel(repository) }, role).args).filter(arg =>
        arg.includes("hybrid-kv-cache"),
      );
    const full = "--disable-hybrid-kv-cache-manager";
    assert.deepEqual(flags("openai/gpt-oss-120b"), [full, full]);
    assert.deepEqual(flags("deepseek-ai/DeepSeek-R1"), []);
  });

  for (const { groupSize, ranks } of [
    { groupSize: 1, ranks: 8 },
    { groupSize: 4, ranks: 32 },
  ])
    it(`spreads a group of ${groupSize} over ${ranks} ranks`, () => {
      const { args } = shapeOf(withRoles(PLAN, { podsPerServer: groupSize }));
      assert.ok(args.includes(`--data-parallel-size=${ranks}`));
      assert.ok(args.includes("--data-parallel-size-local=8"));
    });

  it("multiplies by DeepGEMM only what it can: weights in blocks of FP8", () => {
    for (const role of ROLES) {
      const { args, env } = shapeOf({ ...PLAN, precision: "bf16" }, role);
      assert.ok(!args.includes("--moe-backend=deep_gemm"));
      assert.equal(variables(env).VLLM_USE_DEEP_GEMM, undefined);
    }
    assert.equal(variables(shapeOf(PLAN).env).VLLM_USE_DEEP_GEMM, "1");
  });

  it("leaves the share of GPU memory to the stack file where it says one", () => {
    const { args } = shapeOf({ ...PLAN, gpuMemoryUtilization: 0.85 }, "prefill");
    assert.ok(!args.some(arg => arg.startsWith("--gpu-memory-utilization")));
  });

  const ADDRESS = { fieldRef: { fieldPath: "status.podIP" } };
  const VARIABLES = {
    DP_SIZE_LOCAL: "8",
    VLLM_MEMORY_PROFILER_ESTIMATE_CUDAGRAPHS: "1",
    VLLM_RANDOMIZE_DP_DUMMY_INPUTS: "1",
    VLLM_SKIP_P2P_CHECK: "1",
    GLOO_SOCKET_IFNAME: "eth0",
    NCCL_SOCKET_IFNAME: "eth0",
    FI_PROVIDER: "efa",
    FI_EFA_ENABLE_SHM_TRANSFER: "0",
    VLLM_KV_CACHE_LAYOUT: "HND",
    CUDA_CACHE_PATH: "/var/cache/vllm/cuda",
    CCACHE_DIR: "/var/cache/vllm/ccache",
    VLLM_CACHE_ROOT: "/var/cache/vllm/vllm",
    FLASHINFER_WORKSPACE_BASE: "/var/cache/vllm/flashinfer",
    VLLM_USE_DEEP_GEMM: "1",
    VLLM_NIXL_SIDE_CHANNEL_HOST: ADDRESS,
    VLLM_NIXL_SIDE_CHANNEL_PORT: "5600",
  };
  it("sets upstream's variables, without those of NVSHMEM and of upstream's image", () => {
    assert.deepEqual(variables(shapeOf(PLAN, "decode").env), VARIABLES);
    assert.deepEqual(variables(shapeOf(PLAN, "prefill").env), { ...VARIABLES, VLLM_HTTP_TIMEOUT_KEEP_ALIVE: "120" });
  });

  it("is probed through its supervisor, which knows of all ranks", () => {
    const { port, startup, liveness, readiness } = shapeOf(PLAN).probes;
    assert.equal(port, "supervisor");
    assert.equal(startup.path, "/health");
    assert.deepEqual(liveness, { path: "/health", periodSeconds: 15, timeoutSeconds: 15, failureThreshold: 10 });
    assert.deepEqual(readiness, { path: "/readyz", periodSeconds: 5, timeoutSeconds: 15, failureThreshold: 3 });
  });

  for (const { failureThreshold, allowed } of [
    { failureThreshold: 10, allowed: 120 },
    { failureThreshold: 90, allowed: 120 },
    { failureThreshold: 200, allowed: 230 },
  ])
    it(`has ${allowed} half minutes to start where ${failureThreshold} were planned: upstream's 45 minutes at least, and 15 to wait for its group`, () => {
      const startupBudget = { periodSeconds: 30, failureThreshold };
      const { startup } = shapeOf(withRoles(PLAN, { startupBudget })).probes;
      assert.deepEqual([startup.periodSeconds, startup.failureThreshold], [30, allowed]);
    });

  for (const { type, perGpu } of EFA_NODES)
    it(`takes a whole ${type}: 8 GPUs and ${8 * perGpu} EFA interfaces`, () => {
      for (const role of ROLES) {
        const { requests, limits } = shapeOf(wide(type), role);
        const devices = { "nvidia.com/gpu": "8", "vpc.amazonaws.com/efa": String(8 * perGpu) };
        assert.equal(8 * perGpu, efaPool(type).efaPerNode);
        assert.deepEqual(requests, { cpu: "32", memory: "512Gi", ...devices, "ephemeral-storage": "1Ti" });
        assert.deepEqual(limits, { memory: `${512 + 32 * perGpu}Gi`, ...devices, "ephemeral-storage": "1Ti" });
      }
    });

  it("asks for a terabyte of disk only where weights come to lie there", () => {
    const { requests, limits } = shapeOf(inS3(PLAN));
    assert.deepEqual([requests["ephemeral-storage"], limits["ephemeral-storage"]], ["50Gi", "50Gi"]);
  });

  it("has upstream's little shared memory, and keeps compiled kernels", () => {
    const { sharedMemory, compileCaches, capabilities } = shapeOf(PLAN);
    assert.equal(sharedMemory, "2Gi");
    assert.deepEqual(compileCaches, [{ name: "jit-cache", mountPath: "/var/cache/vllm" }]);
    assert.deepEqual(capabilities, ["IPC_LOCK"]);
  });

  it("keeps all groups of a revision in one zone, where EFA ends", () =>
    assert.deepEqual(shapeOf(PLAN, "prefill").affinity, {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          {
            labelSelector: {
              matchLabels: {
                "llm-d.ai/guide": "wide-ep-lws",
                "llm-d.ai/model": "deepseek-r1",
                "llmd/revision": "v1",
              },
            },
            topologyKey: "topology.kubernetes.io/zone",
          },
        ],
      },
    }));

  it("refuses more ranks than a pool takes ports", () =>
    assert.throws(() => shapeOf(withRoles(PLAN, { gpusPerPod: 16 })), {
      name: "RangeError",
      message: "16 ranks in a pod: a pool takes 8 ports",
    }));

  it("routes as upstream publishes it, by weights", () => {
    const config = wideExpert.pickerConfig(PLAN);
    assert.deepEqual(
      config.plugins.map(({ type }) => type),
      [
        "always-disagg-pd-decider",
        "disagg-profile-handler",
        "prefill-filter",
        "decode-filter",
        "prefix-cache-scorer",
        "queue-scorer",
        "active-request-scorer",
      ],
    );
    assert.deepEqual(config.schedulingProfiles, [
      {
        name: "prefill",
        plugins: [
          { pluginRef: "prefill-filter" },
          { pluginRef: "prefix-cache-scorer", weight: 3 },
          { pluginRef: "queue-scorer", weight: 2 },
          { pluginRef: "active-request-scorer", weight: 2 },
        ],
      },
      { name: "decode", plugins: [{ pluginRef: "decode-filter" }, { pluginRef: "active-request-scorer" }] },
    ]);
    assert.deepEqual(configProblems(config), []);
  });

  describe("starts by a script that", () => {
    const scratch = new Scratch();
    after(() => scratch.remove());

    const [bash = "", ...command] = shapeOf(PLAN).command;

    // With a socket for its input, which is what it gets by default, bash would take itself for a remote shell.
    const inShell = (args: readonly string[], env: Record<string, string>) =>
      spawnSync(bash, args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

    /** What the script calls in a pod of a group, each argument on a line of its own. */
    function started(index: number, args: readonly string[], variables: Record<string, string> = {}) {
      // Stand-ins, or the script would delete what is in this machine's shared memory.
      scratch.command("find", 'echo "find $*"');
      scratch.command("vllm", 'printf "%s\\n" vllm "$@"');
      scratch.command("getent", "true");
      const env = { PATH: scratch.bin, LWS_LEADER_ADDRESS: "leader.group", DP_SIZE_LOCAL: "8", ...variables };
      const inPod = { ...env, LWS_WORKER_INDEX: String(index) };
      const { status, stdout, stderr } = inShell([...command, ...args], inPod);
      assert.equal(stderr, "");
      assert.equal(status, 0);
      return stdout.trimEnd().split("\n");
    }

    for (const { index, rank } of [
      { index: 0, rank: 0 },
      { index: 1, rank: 8 },
      { index: 3, rank: 24 },
    ])
      it(`begins at rank ${rank} in pod ${index} of a group, and clears shared memory first`, () =>
        assert.deepEqual(started(index, ["org/model", "--port=8000"]), [
          "find /dev/shm -type f -delete",
          "vllm",
          "serve",
          "org/model",
          "--data-parallel-address=leader.group",
          `--data-parallel-start-rank=${rank}`,
          "--port=8000",
        ]));

    /** Runs the script in a pod of a group of three, of which `getent` finds what `found` says. */
    function inGroup(found: string, variables: Record<string, string> = {}) {
      scratch.command("find", "true");
      scratch.command("vllm", "echo started");
      scratch.command("getent", `echo "$*" >&2; ${found}`);
      scratch.command("sleep", `echo "sleep $*" >&2; : > ${scratch.path("on-a-node")}`);
      const env = {
        LWS_LEADER_ADDRESS: "r1-v1-decode-0.r1-v1-decode.llm-d",
        LWS_WORKER_INDEX: "2",
        LWS_GROUP_SIZE: "3",
      };
      const result = inShell([...command, "org/model"], {
        PATH: scratch.bin,
        DP_SIZE_LOCAL: "8",
        ...env,
        ...variables,
      });
      return { ...result, said: result.stderr.trimEnd().split("\n") };
    }

    it("waits until every pod of its group has an address, and starts vLLM then", () => {
      const last = `[ "$2" != r1-v1-decode-0-2.r1-v1-decode.llm-d ] || [ -e ${scratch.path("on-a-node")} ]`;
      const { status, stdout, said } = inGroup(last);
      assert.deepEqual(said, [
        "ahosts r1-v1-decode-0.r1-v1-decode.llm-d",
        "ahosts r1-v1-decode-0-1.r1-v1-decode.llm-d",
        "ahosts r1-v1-decode-0-2.r1-v1-decode.llm-d",
        "sleep 5",
        "ahosts r1-v1-decode-0-2.r1-v1-decode.llm-d",
      ]);
      assert.deepEqual([status, stdout], [0, "started\n"]);
    });

    it("gives up after a quarter of an hour, and says which name it has waited for", () => {
      // bash counts on from a value that it is given.
      const { status, stdout, said } = inGroup("false", { SECONDS: "900" });
      assert.deepEqual([status, stdout], [1, ""]);
      assert.equal(
        said.at(-1),
        "llmd: r1-v1-decode-0.r1-v1-decode.llm-d has no address after 900 s: its pod has no node yet, or is gone. " +
          "See kubectl get pods -l leaderworkerset.sigs.k8s.io/name",
      );
    });

    it("hands arguments on as they are, whatever a shell would make of them", () => {
      const args = ['--a={"b": "$HOME `id` *"}', "--c='d' \\ e"];
      assert.deepEqual(started(0, ["org/model", ...args]).slice(-2), args);
    });

    it("does not start vLLM where the place in the group is not known", () => {
      scratch.command("find", "true");
      scratch.command("vllm", "echo started");
      const env = { PATH: scratch.bin, DP_SIZE_LOCAL: "8" };
      const { status, stdout, stderr } = inShell([...command, "org/model"], env);
      assert.notEqual(status, 0);
      assert.equal(stdout, "");
      assert.match(stderr, /LWS_LEADER_ADDRESS: unbound variable/);
    });
  });
});
