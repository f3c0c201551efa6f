import assert from "node:assert/strict";
import { only, type Registered } from "../support/mockedProgram";
import { HTTP_ROUTE, POOL, registeredByModel, SERVICE } from "../support/modelService";

describe("the way to a model", () => {
  let registered: Registered[];

  before(async () => {
    registered = await registeredByModel();
  });

  it("ends in a pool of the model's own servers, chosen by its picker as long as that answers", () =>
    assert.deepEqual(only(registered, POOL).inputs, {
      apiVersion: "inference.networking.k8s.io/v1",
      kind: "InferencePool",
      metadata: { name: "qwen3-32b-v1", namespace: "llm-d" },
      spec: {
        selector: {
          matchLabels: {
            "llm-d.ai/guide": "optimized-baseline",
            "llm-d.ai/model": "qwen3-32b",
            "llmd/revision": "v1",
          },
        },
        targetPorts: [{ number: 8000 }],
        endpointPickerRef: { name: "qwen3-32b-v1-epp", port: { number: 9002 }, failureMode: "FailOpen" },
      },
    }));

  it("asks the picker by a Service that is there, on a port that it has", () => {
    const { endpointPickerRef } = only(registered, POOL).inputs.spec as {
      endpointPickerRef: { name: string; port: { number: number } };
    };
    const service = only(registered, SERVICE, endpointPickerRef.name);
    const { ports } = service.inputs.spec as { ports: readonly { port: number }[] };
    assert.ok(ports.some(({ port }) => port === endpointPickerRef.port.number));
  });

  it("has its pool before anything else, since the picker waits for it", () =>
    assert.deepEqual(only(registered, POOL).dependencies, []));

  it("is the API alone, below the model's name at the gateway", () =>
    assert.deepEqual(only(registered, HTTP_ROUTE).inputs, {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: "qwen3-32b", namespace: "llm-d" },
      spec: {
        parentRefs: [{ name: "inference", namespace: "llm-d-gateway" }],
        rules: [
          {
            matches: [{ path: { type: "PathPrefix", value: "/qwen3-32b/v1" } }],
            filters: [
              {
                type: "URLRewrite",
                urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/v1" } },
              },
            ],
            backendRefs: [{ group: "inference.networking.k8s.io", kind: "InferencePool", name: "qwen3-32b-v1" }],
            timeouts: { request: "0s" },
          },
        ],
      },
    }));

  it("opens when its pool is there", () =>
    assert.deepEqual(only(registered, HTTP_ROUTE).dependencies, [`${POOL}::qwen3-32b-v1`]));

  it("stays the same for another revision, but for the pool it ends in", async () => {
    const next = only(await registeredByModel(() => ({ revision: "v2" })), HTTP_ROUTE);
    const text = JSON.stringify(only(registered, HTTP_ROUTE));
    assert.equal(JSON.stringify(next), text.replaceAll("qwen3-32b-v1", "qwen3-32b-v2"));
  });
});
