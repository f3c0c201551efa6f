import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { IMAGES } from "../../catalog/versions";
import type { ModelServiceArgs } from "../../workloads/modelService";
import { ofType, only, type Registered, secretValue } from "../support/mockedProgram";
import { ACCOUNT, containerIn, DEPLOYMENT, deploymentIn, registeredByModel, SECRET } from "../support/modelService";

const NAME = "qwen3-32b-v1-decode";

const serversOf = async (fields: () => Partial<ModelServiceArgs>): Promise<Registered> =>
  only(await registeredByModel(fields), DEPLOYMENT, NAME);

describe("the model servers", () => {
  let registered: Registered[];
  let servers: Registered;

  before(async () => {
    registered = await registeredByModel();
    servers = only(registered, DEPLOYMENT, NAME);
  });

  const SELECTOR = {
    "llm-d.ai/guide": "optimized-baseline",
    "llm-d.ai/model": "qwen3-32b",
    "llm-d.ai/role": "decode",
    "llmd/revision": "v1",
  };
  const LABELS = { ...SELECTOR, "llm-d.ai/accelerator-vendor": "nvidia", "llm-d.ai/accelerator-variant": "gpu" };

  it("have upstream's labels, on the Deployment as on its pods", () => {
    const { metadata, spec } = deploymentIn(servers);
    assert.deepEqual(metadata.labels, LABELS);
    assert.deepEqual(spec.template.metadata, { labels: LABELS });
    assert.deepEqual(spec.selector, { matchLabels: SELECTOR });
  });

  it("are not waited for: GPUs may take an hour to come", () => {
    const { name, namespace, annotations } = deploymentIn(servers).metadata;
    assert.deepEqual({ name, namespace }, { name: NAME, namespace: "llm-d" });
    assert.deepEqual(annotations, { "pulumi.com/skipAwait": "true" });
  });

  it("are as many as the least that always run, while nothing scales them", async () => {
    assert.equal(deploymentIn(servers).spec.replicas, 2);
    const fixed = await serversOf(() => ({ replicas: { min: 8, max: 8 } }));
    assert.equal(deploymentIn(fixed).spec.replicas, 8);
  });

  it("go before their successors come, for which a full pool has no GPUs", () =>
    assert.deepEqual(deploymentIn(servers).spec.strategy, {
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
    }));

  it("run upstream's image and command", () => {
    const { name, image, command, args } = containerIn(servers);
    assert.equal(name, "modelserver");
    assert.equal(image, IMAGES.vllm);
    assert.deepEqual(command, ["vllm", "serve"]);
    assert.deepEqual(args, [
      "Qwen/Qwen3-32B",
      "--disable-access-log-for-endpoints=/health,/metrics,/v1/models",
      "--tensor-parallel-size=2",
    ]);
  });

  const flags: readonly { what: string; fields: Partial<ModelServiceArgs>; added: readonly string[] }[] = [
    { what: "the length of context", fields: { maxModelLen: 32768 }, added: ["--max-model-len=32768"] },
    {
      what: "the share of GPU memory",
      fields: { gpuMemoryUtilization: 0.9 },
      added: ["--gpu-memory-utilization=0.9"],
    },
    {
      what: "both",
      fields: { maxModelLen: 1, gpuMemoryUtilization: 0.98 },
      added: ["--max-model-len=1", "--gpu-memory-utilization=0.98"],
    },
  ];
  for (const { what, fields, added } of flags)
    it(`are told ${what} where it is configured`, async () => {
      const { args } = containerIn(await serversOf(() => fields));
      assert.deepEqual(args, [...containerIn(servers).args, ...added]);
    });

  for (const tensorParallel of [1, 2, 4, 8] as const)
    it(`take ${tensorParallel} GPU${tensorParallel === 1 ? "" : "s"} each and work on all of them`, async () => {
      const { resources, args } = containerIn(await serversOf(() => ({ tensorParallel })));
      assert.deepEqual(resources, {
        requests: { cpu: "8", memory: "96Gi", "nvidia.com/gpu": String(tensorParallel) },
        limits: { cpu: "16", memory: "128Gi", "nvidia.com/gpu": String(tensorParallel) },
      });
      assert.ok(args.includes(`--tensor-parallel-size=${tensorParallel}`));
    });

  it("answer on upstream's port, by upstream's name of it", () =>
    assert.deepEqual(containerIn(servers).ports, [{ name: "modelserver", containerPort: 8000 }]));

  it("have an hour to load, and are probed as upstream does", () => {
    const { startupProbe, livenessProbe, readinessProbe } = containerIn(servers);
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
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 3,
    });
    assert.deepEqual(readinessProbe, { httpGet: models, periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 3 });
  });

  const volumes = [
    { name: "shm", path: "/dev/shm", source: { emptyDir: { medium: "Memory", sizeLimit: "20Gi" } } },
    { name: "cache", path: "/.cache", source: { emptyDir: {} } },
    { name: "triton", path: "/.triton", source: { emptyDir: {} } },
    { name: "config", path: "/.config", source: { emptyDir: {} } },
  ];
  it("have upstream's volumes: shared memory, and a place for each cache", () => {
    assert.deepEqual(
      deploymentIn(servers).spec.template.spec.volumes,
      volumes.map(({ name, source }) => ({ name, ...source })),
    );
    assert.deepEqual(
      containerIn(servers).volumeMounts,
      volumes.map(({ name, path }) => ({ name, mountPath: path })),
    );
  });

  it("run on their own pool's nodes only, which keep every other pod off", async () => {
    const { nodeSelector, tolerations } = deploymentIn(servers).spec.template.spec;
    assert.deepEqual(nodeSelector, { "karpenter.sh/nodepool": "gpu-p5" });
    assert.deepEqual(tolerations, [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }]);
    const elsewhere = await serversOf(() => ({ nodePool: "gpu-p5e" }));
    assert.deepEqual(deploymentIn(elsewhere).spec.template.spec.nodeSelector, { "karpenter.sh/nodepool": "gpu-p5e" });
  });

  it("hold no token of the cluster, and gain no privileges", () => {
    const { serviceAccountName, automountServiceAccountToken } = deploymentIn(servers).spec.template.spec;
    assert.equal(serviceAccountName, "qwen3-32b-v1-sa");
    assert.equal(automountServiceAccountToken, false);
    assert.deepEqual(only(registered, ACCOUNT, "qwen3-32b-v1-sa").inputs, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "qwen3-32b-v1-sa", namespace: "llm-d" },
      automountServiceAccountToken: false,
    });
    assert.deepEqual(containerIn(servers).securityContext, { allowPrivilegeEscalation: false });
  });
});

describe("the Hugging Face token", () => {
  const USER = { name: "USER", value: "llm-d" };

  describe("where one is configured", () => {
    let registered: Registered[];

    before(async () => {
      registered = await registeredByModel(() => ({ huggingFaceToken: pulumi.secret("hf_abc") }));
    });

    it("is a Secret in the model's namespace, and secret in the state too", () => {
      const { stringData, ...inputs } = only(registered, SECRET).inputs;
      assert.deepEqual(inputs, {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "qwen3-32b-hf-token", namespace: "llm-d" },
      });
      assert.deepEqual(secretValue(stringData), { HF_TOKEN: "hf_abc" });
    });

    it("is nowhere else", () => {
      const others = registered.filter(({ type }) => type !== SECRET);
      assert.doesNotMatch(JSON.stringify(others), /hf_abc/);
    });

    it("reaches the servers as upstream's variable, after the Secret is there", () => {
      const servers = only(registered, DEPLOYMENT, NAME);
      const reference = { secretKeyRef: { name: "qwen3-32b-hf-token", key: "HF_TOKEN" } };
      assert.deepEqual(containerIn(servers).env, [{ name: "HF_TOKEN", valueFrom: reference }, USER]);
      assert.deepEqual(servers.dependencies, [`${SECRET}::qwen3-32b-hf-token`, `${ACCOUNT}::qwen3-32b-v1-sa`]);
    });
  });

  it("leaves neither a Secret nor a variable where none is configured", async () => {
    const registered = await registeredByModel();
    const servers = only(registered, DEPLOYMENT, NAME);
    assert.deepEqual(ofType(registered, SECRET), []);
    assert.deepEqual(containerIn(servers).env, [USER]);
    assert.deepEqual(servers.dependencies, [`${ACCOUNT}::qwen3-32b-v1-sa`]);
  });
});
