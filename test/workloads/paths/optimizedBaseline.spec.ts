import assert from "node:assert/strict";
import { IMAGES } from "../../../catalog/versions";
import { optimizedBaseline } from "../../../workloads/paths/optimizedBaseline";
import { BASELINE, rolePlan, shapeOf } from "./fixtures";

describe("the optimized baseline", () => {
  it("is upstream's guide, one Deployment whose servers are replaced one by one", () => {
    assert.equal(optimizedBaseline.guide, "optimized-baseline");
    assert.equal(optimizedBaseline.kind, "Deployment");
    assert.equal(optimizedBaseline.rollout, "oneByOne");
    assert.deepEqual(optimizedBaseline.targetPorts(BASELINE), [8000]);
  });

  it("routes by token load, as upstream publishes it", () => {
    const { plugins, schedulingProfiles, dataLayer } = optimizedBaseline.pickerConfig(BASELINE);
    assert.deepEqual(plugins, [
      { type: "approx-prefix-cache-producer" },
      { type: "inflight-load-producer" },
      { type: "prefix-cache-affinity-filter" },
      { type: "token-load-scorer" },
    ]);
    assert.deepEqual(schedulingProfiles, [
      {
        name: "default",
        plugins: [{ pluginRef: "prefix-cache-affinity-filter" }, { pluginRef: "token-load-scorer" }],
      },
    ]);
    assert.equal(dataLayer, undefined);
  });

  it("runs upstream's image and command, with no argument of its own but the GPUs", () => {
    const { image, command, args, env, ports } = shapeOf(BASELINE);
    assert.equal(image, IMAGES.vllm);
    assert.deepEqual(command, ["vllm", "serve"]);
    assert.deepEqual(args, ["--tensor-parallel-size=2"]);
    assert.deepEqual(env, []);
    assert.deepEqual(ports, [{ name: "modelserver", containerPort: 8000 }]);
  });

  it("is probed as upstream does, with the patience of its benchmark, and has as long to start as the model is given", () => {
    const [role] = BASELINE.roles;
    const startupBudget = { periodSeconds: 30, failureThreshold: 7 };
    const { probes } = shapeOf({ ...BASELINE, roles: [{ ...role, startupBudget }] });
    assert.deepEqual(probes, {
      port: "modelserver",
      startup: {
        path: "/v1/models",
        initialDelaySeconds: 15,
        periodSeconds: 30,
        timeoutSeconds: 5,
        failureThreshold: 7,
      },
      liveness: { path: "/health", periodSeconds: 15, timeoutSeconds: 15, failureThreshold: 10 },
      readiness: { path: "/v1/models", periodSeconds: 5, timeoutSeconds: 15, failureThreshold: 3 },
    });
  });

  for (const tensorParallel of [1, 2, 4, 8])
    it(`takes ${tensorParallel} GPU${tensorParallel === 1 ? "" : "s"} and upstream's CPUs and memory`, () => {
      const { requests, limits, args } = shapeOf({ ...BASELINE, roles: [rolePlan("decode", tensorParallel, 1)] });
      assert.deepEqual(requests, { cpu: "8", memory: "96Gi", "nvidia.com/gpu": String(tensorParallel) });
      assert.deepEqual(limits, { cpu: "16", memory: "128Gi", "nvidia.com/gpu": String(tensorParallel) });
      assert.deepEqual(args, [`--tensor-parallel-size=${tensorParallel}`]);
    });

  const GPUS = { "nvidia.com/gpu": "2" };
  const sizes = [
    {
      what: "its own CPUs, without a limit that might be lower",
      resources: { cpu: "24" },
      requests: { cpu: "24", memory: "96Gi" },
      limits: { memory: "128Gi" },
    },
    {
      what: "its own memory, and no more",
      resources: { memory: "200Gi" },
      requests: { cpu: "8", memory: "200Gi" },
      limits: { cpu: "16", memory: "200Gi" },
    },
    {
      what: "both of its own",
      resources: { cpu: "24", memory: "200Gi" },
      requests: { cpu: "24", memory: "200Gi" },
      limits: { memory: "200Gi" },
    },
  ];
  for (const { what, resources, requests, limits } of sizes)
    it(`takes ${what}, where the stack file says so`, () => {
      const shape = shapeOf({ ...BASELINE, resources });
      assert.deepEqual(shape.requests, { ...requests, ...GPUS });
      assert.deepEqual(shape.limits, { ...limits, ...GPUS });
    });

  it("asks for no EFA, no capability and no neighbour, even on a pool with EFA", () => {
    const { capabilities, affinity, sidecars, labels } = shapeOf(BASELINE);
    assert.deepEqual(
      { capabilities, affinity, sidecars, labels },
      {
        capabilities: [],
        affinity: undefined,
        sidecars: [],
        labels: {},
      },
    );
  });
});
