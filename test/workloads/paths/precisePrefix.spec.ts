import assert from "node:assert/strict";
import { revisionKeyOf } from "../../../workloads/names";
import { precisePrefix } from "../../../workloads/paths/precisePrefix";
import { configProblems, type Plugin } from "../../../workloads/picker/config";
import { BASELINE, jsonArgument, PRECISE, shapeOf, variables } from "./fixtures";

/**
 * As in llm-d@8052f220, guides/precise-prefix-cache-routing/router, save for a throughput that is the filter's default.
 */
const PUBLISHED: readonly Plugin[] = [
  {
    type: "token-producer",
    parameters: { modelName: "Qwen/Qwen3-32B", vllm: { url: "http://qwen3-32b-v1-render:8000" } },
  },
  { type: "endpoint-notification-source" },
  {
    type: "precise-prefix-cache-producer",
    parameters: {
      tokenProcessorConfig: { blockSizeTokens: 64 },
      speculativeIndexing: true,
      indexerConfig: { kvBlockIndexConfig: { enableMetrics: true } },
      kvEventsConfig: {
        topicFilter: "kv@",
        concurrency: 8,
        discoverPods: true,
        podDiscoveryConfig: { socketPort: 5556 },
      },
    },
  },
  {
    type: "inflight-load-producer",
    parameters: { prefixMatchInfoProducerName: "precise-prefix-cache-producer" },
  },
  {
    type: "prefix-cache-affinity-filter",
    parameters: { prefixMatchInfoProducerName: "precise-prefix-cache-producer" },
  },
  { type: "token-load-scorer" },
];

describe("precise prefix caching", () => {
  const { args, env, ports, labels, ...shared } = shapeOf(PRECISE);
  const config = precisePrefix.pickerConfig(PRECISE);
  const producer = config.plugins.find(({ type }) => type === "precise-prefix-cache-producer");

  it("is upstream's guide, and otherwise the optimized baseline", () => {
    assert.equal(precisePrefix.guide, "precise-prefix-cache-routing");
    assert.equal(precisePrefix.kind, "Deployment");
    assert.equal(precisePrefix.rollout, "oneByOne");
    assert.deepEqual(precisePrefix.targetPorts(PRECISE), [8000]);
    const { args: _args, env: _env, ports: _ports, labels: _labels, ...baseline } = shapeOf(BASELINE);
    assert.deepEqual(shared, baseline);
  });

  it("has servers tell of their caches, as upstream publishes it", () => {
    assert.deepEqual(args.slice(0, 2), ["--tensor-parallel-size=2", "--block-size=64"]);
    assert.equal(args.length, 3);
    assert.deepEqual(jsonArgument(args, "kv-events-config"), {
      enable_kv_cache_events: true,
      publisher: "zmq",
      endpoint: "tcp://*:5556",
      topic: "kv@$(POD_IP):8000@Qwen/Qwen3-32B",
    });
  });

  it("knows the address in its messages, which kubelet puts into the argument", () =>
    assert.deepEqual(variables(env), { POD_IP: { fieldRef: { fieldPath: "status.podIP" } } }));

  it("opens the port of its messages, and none for replays, by which a picker that restarts loses a busy server for good", () => {
    assert.deepEqual(ports, [
      { name: "modelserver", containerPort: 8000 },
      { name: "kv-events", containerPort: 5556 },
    ]);
    assert.doesNotMatch(JSON.stringify([args, config]), /replay/i);
  });

  it("carries the label by which pickers find whom to listen to", () =>
    assert.deepEqual(labels, { "llm-d.ai/inference-serving": "true" }));

  it("routes as upstream publishes it, by what caches hold", () => {
    assert.deepEqual(config.plugins, PUBLISHED);
    assert.deepEqual(config.dataLayer, {
      sources: [
        {
          pluginRef: "endpoint-notification-source",
          extractors: [{ pluginRef: "precise-prefix-cache-producer" }],
        },
      ],
    });
    assert.deepEqual(config.schedulingProfiles, [
      {
        name: "default",
        plugins: [{ pluginRef: "prefix-cache-affinity-filter" }, { pluginRef: "token-load-scorer" }],
      },
    ]);
    assert.deepEqual(configProblems(config), []);
  });

  it("has the picker count in the servers' blocks, and listen at the servers' ports", () => {
    const parameters = JSON.stringify(producer?.parameters);
    const blockSize = args.find(arg => arg.startsWith("--block-size="))?.split("=")[1];
    assert.match(parameters, new RegExp(`"blockSizeTokens":${blockSize}\\b`));
    for (const { name, containerPort } of ports.slice(1)) assert.ok(parameters.includes(String(containerPort)), name);
  });

  it("knows a canary's caches by the name that requests have, whatever weights it holds", () => {
    const canary = { ...PRECISE, revision: "v2", model: "Qwen/Qwen3-32B-FP8" };
    const { topic } = jsonArgument(shapeOf(canary).args, "kv-events-config") as { topic: string };
    assert.equal(topic, "kv@$(POD_IP):8000@Qwen/Qwen3-32B");
    const [tokens] = precisePrefix.pickerConfig(canary).plugins;
    assert.equal(tokens?.parameters?.modelName, "Qwen/Qwen3-32B");
  });

  it("has its own revision's servers turn prompts into tokens", () => {
    const { plugins } = precisePrefix.pickerConfig({ ...PRECISE, name: "other", revision: "v7" });
    assert.deepEqual(plugins[0]?.parameters?.vllm, { url: "http://other-v7-render:8000" });
  });

  it("has these servers answer to one name, which an `up` does not wait for", () =>
    assert.deepEqual(precisePrefix.extraObjects(revisionKeyOf(PRECISE)), [
      {
        kind: "Service",
        name: "qwen3-32b-v1-render",
        annotations: { "pulumi.com/skipAwait": "true" },
        spec: {
          type: "ClusterIP",
          clusterIP: "None",
          selector: {
            "llm-d.ai/guide": "precise-prefix-cache-routing",
            "llm-d.ai/model": "qwen3-32b",
            "llmd/revision": "v1",
            "llm-d.ai/role": "decode",
          },
          ports: [{ name: "render-http", port: 8000, targetPort: 8000, appProtocol: "http" }],
        },
      },
    ]));
});
