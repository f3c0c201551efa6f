import assert from "node:assert/strict";
import { knownModel } from "../../../catalog/models";
import type { ModelShape } from "../../../catalog/models/shape";
import { prefillDecode } from "../../../workloads/paths/prefillDecode";
import { configProblems } from "../../../workloads/picker/config";
import type { Role } from "../../../workloads/plan";
import { disaggregated, EFA_NODES, efaPool, jsonArgument, rolePlan, shapeOf, variables } from "./fixtures";

const PLAN = disaggregated("p5en.48xlarge");
const ROLES: readonly Role[] = ["decode", "prefill"];

describe("prefill/decode disaggregation", () => {
  it("is upstream's guide, two Deployments that are replaced together, since they hand caches to each other", () => {
    assert.equal(prefillDecode.guide, "pd-disaggregation");
    assert.equal(prefillDecode.kind, "Deployment");
    assert.equal(prefillDecode.rollout, "together");
  });

  it("is one pool of both roles, which answer on one port", () => {
    assert.deepEqual(prefillDecode.targetPorts(PLAN), [8000]);
    assert.deepEqual(shapeOf(PLAN, "prefill").ports[0], { name: "modelserver", containerPort: 8000 });
    assert.deepEqual(shapeOf(PLAN, "decode").sidecars[0]?.ports, [{ name: "sidecar", containerPort: 8000 }]);
  });

  // Not upstream's, whose guide says --no-disable-hybrid-kv-cache-manager: vllm#52234.
  const FULL_CACHE = "--disable-hybrid-kv-cache-manager";

  const transfer = (role: Role) => ({
    kv_connector: "NixlConnector",
    kv_role: role === "prefill" ? "kv_producer" : "kv_consumer",
    kv_connector_extra_config: { backends: ["LIBFABRIC"] },
  });
  const published = {
    prefill: ["--tensor-parallel-size=1", "--block-size=128", FULL_CACHE],
    decode: ["--tensor-parallel-size=4", "--port=8200", "--block-size=128", FULL_CACHE],
  };
  for (const role of ROLES)
    it(`gives servers that ${role} upstream's arguments, and NIXL the one backend that has EFA`, () => {
      const { args, command } = shapeOf(PLAN, role);
      assert.deepEqual(command, ["vllm", "serve"]);
      assert.deepEqual(
        args.filter(arg => !arg.startsWith("--kv-transfer-config=")),
        published[role],
      );
      assert.deepEqual(jsonArgument(args, "kv-transfer-config"), transfer(role));
    });

  const shape = knownModel("Qwen/Qwen3-32B")?.model.shape ?? assert.fail();
  const described = (attention: object) => {
    const known = knownModel("Qwen/Qwen3-32B") ?? assert.fail();
    const changed = { ...shape, attention: { ...shape.attention, ...attention } } as ModelShape;
    return { ...known, model: { ...known.model, shape: changed } };
  };
  const inStackFile = { ...described({}), publication: { repository: "acme/own", precision: "bf16" } as const };
  const caches = [
    { what: "layers with windows", known: knownModel("openai/gpt-oss-20b"), isFull: true },
    { what: "layers with chunks", known: described({ chunk: { tokens: 8192, layers: 48 } }), isFull: true },
    { what: "layers that nobody has described", known: undefined, isFull: true },
    { what: "layers that the stack file describes without a window", known: inStackFile, isFull: true },
    { what: "layers that all see everything", known: knownModel("Qwen/Qwen3-32B"), isFull: false },
    { what: "a latent cache", known: knownModel("deepseek-ai/DeepSeek-R1-0528"), isFull: false },
  ] as const;
  for (const { what, known, isFull } of caches)
    for (const role of ROLES)
      it(`${isFull ? "keeps whole" : "leaves to vLLM"} the cache of ${what} on servers that ${role}, and never asks for parts of it`, () => {
        const flags = shapeOf({ ...PLAN, known }, role).args.filter(arg => arg.includes("hybrid-kv-cache"));
        assert.deepEqual(flags, isFull ? [FULL_CACHE] : []);
      });

  it("runs AWS's image on both sides: NIXL's versions have to match", () => {
    const images = ROLES.map(role => shapeOf(PLAN, role).image);
    const image = "public.ecr.aws/deep-learning-containers/vllm:0.26.0-gpu-py312-cu130-ubuntu22.04-ec2";
    assert.deepEqual(images, [image, image]);
  });

  const address = { fieldRef: { fieldPath: "status.podIP" } };
  const nixl = {
    FI_PROVIDER: "efa",
    FI_EFA_ENABLE_SHM_TRANSFER: "0",
    VLLM_KV_CACHE_LAYOUT: "HND",
    VLLM_NIXL_SIDE_CHANNEL_HOST: address,
    VLLM_NIXL_SIDE_CHANNEL_PORT: "5600",
  };
  it("has NIXL use EFA, within a node too, and tells where others find it, on the port that the pods open", () => {
    assert.deepEqual(variables(shapeOf(PLAN, "decode").env), nixl);
    assert.deepEqual(shapeOf(PLAN, "decode").ports, [
      { name: "modelserver", containerPort: 8200 },
      { name: "nixl", containerPort: 5600 },
    ]);
    assert.deepEqual(shapeOf(PLAN, "prefill").ports, [
      { name: "modelserver", containerPort: 8000 },
      { name: "nixl", containerPort: 5600 },
    ]);
  });

  it("lets prefilling servers keep connections longer than the sidecar does, which is 90 s", () =>
    assert.deepEqual(variables(shapeOf(PLAN, "prefill").env), { ...nixl, VLLM_HTTP_TIMEOUT_KEEP_ALIVE: "120" }));

  it("sets upstream's sidecar before decoding servers, which starts first and stops last", () => {
    assert.deepEqual(shapeOf(PLAN, "prefill").sidecars, []);
    assert.deepEqual(shapeOf(PLAN, "decode").sidecars, [
      {
        name: "routing-proxy",
        image: "ghcr.io/llm-d/llm-d-router-disagg-sidecar:v0.10.0",
        restartPolicy: "Always",
        args: [
          "--port=8000",
          "--kv-connector=nixlv2",
          "--zap-log-level=1",
          "--secure-proxy=false",
          "--prefill-max-retries=2",
        ],
        ports: [{ name: "sidecar", containerPort: 8000 }],
        resources: { requests: { cpu: "1", memory: "512Mi" } },
        securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      },
    ]);
  });

  for (const { type, perGpu } of EFA_NODES)
    describe(`on ${type}`, () => {
      const plan = disaggregated(type);
      const efa = (gpus: number) => String(gpus * perGpu);

      it("asks for upstream's CPUs, memory and GPUs, and for the GPUs' share of the node's EFA interfaces", () => {
        assert.deepEqual(shapeOf(plan, "prefill").requests, {
          cpu: "8",
          memory: "16Gi",
          "nvidia.com/gpu": "1",
          "vpc.amazonaws.com/efa": efa(1),
        });
        assert.deepEqual(shapeOf(plan, "decode").requests, {
          cpu: "16",
          memory: "64Gi",
          "nvidia.com/gpu": "4",
          "vpc.amazonaws.com/efa": efa(4),
        });
      });

      it("limits what cannot be shared to what is asked for, memory to 4 GiB more an interface, CPUs not at all", () => {
        for (const role of ROLES) {
          const { requests, limits } = shapeOf(plan, role);
          const gib = (quantity?: string) => Number(quantity?.replace("Gi", ""));
          const { cpu, memory, ...devices } = limits;
          assert.equal(cpu, undefined);
          assert.equal(gib(memory) - gib(requests.memory), 4 * Number(requests["vpc.amazonaws.com/efa"]));
          assert.deepEqual({ cpu: requests.cpu, memory: requests.memory, ...devices }, requests);
        }
      });

      it("fills a node's GPUs without asking for more EFA interfaces than it has", () => {
        for (const role of ROLES) {
          const { requests } = shapeOf(plan, role);
          const pods = 8 / Number(requests["nvidia.com/gpu"]);
          assert.equal(pods * Number(requests["vpc.amazonaws.com/efa"]), efaPool(type).efaPerNode);
        }
      });
    });

  it("asks for no interface where the pool has none, rather than for 0 of something that nobody offers", () => {
    const pool = { ...efaPool("p5.48xlarge"), efaPerNode: 0 };
    const { requests, limits } = shapeOf({ ...PLAN, roles: [rolePlan("decode", 4, 1, pool)] });
    assert.deepEqual(requests, { cpu: "16", memory: "64Gi", "nvidia.com/gpu": "4" });
    assert.deepEqual(limits, { memory: "64Gi", "nvidia.com/gpu": "4" });
  });

  for (const role of ROLES)
    it(`keeps servers that ${role} in one zone with all others, and off the other role's nodes if possible`, () => {
      const pool = {
        "llm-d.ai/guide": "pd-disaggregation",
        "llm-d.ai/model": "gpt-oss-120b",
        "llmd/revision": "v1",
      };
      const other = role === "decode" ? "prefill" : "decode";
      assert.deepEqual(shapeOf(PLAN, role).affinity, {
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { labelSelector: { matchLabels: pool }, topologyKey: "topology.kubernetes.io/zone" },
          ],
        },
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 100,
              podAffinityTerm: {
                labelSelector: { matchLabels: { ...pool, "llm-d.ai/role": other } },
                topologyKey: "kubernetes.io/hostname",
              },
            },
          ],
        },
      });
    });

  it("may lock memory, which RDMA does, and nothing else", () => {
    for (const role of ROLES) assert.deepEqual(shapeOf(PLAN, role).capabilities, ["IPC_LOCK"]);
  });

  it("is labelled with its engine, as upstream's pods are", () =>
    assert.deepEqual(shapeOf(PLAN).labels, { "llm-d.ai/engine-type": "vllm" }));

  it("routes as upstream publishes it", () => {
    const config = prefillDecode.pickerConfig(PLAN);
    assert.deepEqual(config.plugins, [
      { type: "always-disagg-pd-decider" },
      { type: "disagg-profile-handler", parameters: { deciders: { prefill: "always-disagg-pd-decider" } } },
      { type: "prefill-filter" },
      { type: "decode-filter" },
      { type: "approx-prefix-cache-producer", parameters: { maxPrefixTokensToMatch: 131072 } },
      { type: "inflight-load-producer" },
      { type: "prefix-cache-affinity-filter", parameters: { peakPrefillThroughput: 33821 } },
      { type: "token-load-scorer" },
      { type: "active-request-scorer" },
      { type: "max-score-picker" },
    ]);
    assert.deepEqual(
      config.schedulingProfiles.map(({ name, plugins }) => [name, ...plugins.map(({ pluginRef }) => pluginRef)]),
      [
        ["prefill", "prefill-filter", "prefix-cache-affinity-filter", "token-load-scorer", "max-score-picker"],
        ["decode", "decode-filter", "active-request-scorer", "max-score-picker"],
      ],
    );
    assert.deepEqual(configProblems(config), []);
  });

  it("claims upstream's throughput for the model that upstream measured, and for no other", () => {
    const { plugins } = prefillDecode.pickerConfig({ ...PLAN, model: "Qwen/Qwen3-32B" });
    assert.deepEqual(plugins[6], { type: "prefix-cache-affinity-filter" });
  });
});
