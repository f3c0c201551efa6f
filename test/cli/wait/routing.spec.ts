import assert from "node:assert/strict";
import * as cluster from "./fixtures";

const { accepted, itFinds, only, pod, pool, route, snapshot } = cluster;

describe("the way of requests to a revision", () => {
  itFinds("stuck", [
    ["pool-missing", snapshot({ pools: [] }), "the InferencePool does not exist"],
    [
      "pool-refused",
      snapshot({
        pools: [
          pool(accepted({ ResolvedRefs: { status: "False", reason: "InvalidExtensionRef", message: "no Service" } })),
        ],
      }),
      "the gateway rejects the InferencePool: InvalidExtensionRef no Service",
    ],
    ["route-missing", snapshot({ routes: [route(accepted(), "another")] }), "no HTTPRoute leads to the InferencePool"],
    [
      "route-refused",
      snapshot({ routes: [route(accepted({ Accepted: { status: "False", reason: "NotAllowedByListeners" } }))] }),
      "the gateway rejects the HTTPRoute: NotAllowedByListeners",
    ],
  ]);

  itFinds("waiting", [
    [
      "pool-pending",
      snapshot({ pools: [pool({ parents: [] })] }),
      "the gateway has not accepted the InferencePool yet",
    ],
    [
      "route-pending",
      snapshot({ routes: [route(accepted({ Accepted: { status: "Unknown" } }))] }),
      "the gateway has not accepted the HTTPRoute yet",
    ],
    ["picker-not-ready", snapshot({ pickerReady: 0 }), "the endpoint picker is not ready"],
  ]);

  it("lacks an endpoint picker that does not exist", () => {
    const { state, findings } = only({
      ...snapshot(),
      deployments: cluster.delivered("deployment", [cluster.deployment()]),
    });
    assert.equal(state, "stuck");
    assert.deepEqual(
      findings.map(({ cause, what, objects }) => [cause, what, objects]),
      [["picker-missing", "the endpoint picker does not exist", ["Deployment/qwen-v1-epp"]]],
    );
  });

  it("names why the endpoint picker does not run before it says so", () => {
    const labels = { "llm-d-router-gateway": "qwen-v1-epp" };
    const broken = { ...pod({ container: cluster.crashed(2) }), metadata: { name: "qwen-v1-epp-0", labels } };
    const progress = only(snapshot({ pickerReady: 0, pods: [pod(), broken] }));
    assert.equal(progress.stage, "route");
    assert.deepEqual(cluster.objectsByCause(progress), [
      ["crash", ["Pod/qwen-v1-epp-0"]],
      ["picker-not-ready", ["Deployment/qwen-v1-epp"]],
    ]);
  });

  it("has no finding about gateways that are ready, or that do not run here", () => {
    const gateways = { deployments: [cluster.helper("inference-istio", 1, "llm-d-gateway")], pods: [] };
    assert.deepEqual(only(snapshot({ gateways })).findings, []);
    assert.deepEqual(only(snapshot({ gateways: { deployments: [], pods: [] } })).findings, []);
  });
});
