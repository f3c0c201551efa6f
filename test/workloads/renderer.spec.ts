import assert from "node:assert/strict";
import { createExtraObject } from "../../workloads/extraObjects";
import { rendererUrl, renderService } from "../../workloads/renderer";
import { only } from "../support/mockedProgram";
import { SERVICE } from "../support/modelService";
import { PRECISE, shapeOf } from "./paths/fixtures";
import { PLAN, registeredWith } from "./routing.fixtures";

describe("what turns prompts into tokens for a picker", () => {
  it("is the revision's own servers that are Ready, by one name, which an `up` does not wait for", async () => {
    const registered = await registeredWith(context => createExtraObject(context, renderService(context.key)));
    assert.equal(registered.length, 1);
    assert.deepEqual(only(registered, SERVICE).inputs, {
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name: "qwen3-32b-v1-render",
        namespace: "llm-d",
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        type: "ClusterIP",
        clusterIP: "None",
        selector: {
          "llm-d.ai/guide": "optimized-baseline",
          "llm-d.ai/model": "qwen3-32b",
          "llmd/revision": "v1",
          "llm-d.ai/role": "decode",
        },
        ports: [{ name: "render-http", port: 8000, targetPort: 8000, appProtocol: "http" }],
      },
    });
  });

  it("is asked by that name, at the port where servers answer", () => {
    assert.equal(rendererUrl(PLAN), "http://qwen3-32b-v1-render:8000");
    assert.deepEqual(shapeOf(PRECISE).ports[0], { name: "modelserver", containerPort: 8000 });
  });
});
