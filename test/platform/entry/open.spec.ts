import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { createEntry, type Reached } from "../../../platform/entry/open";
import type { EntrySettings } from "../../../platform/settings/entry";
import { registeredBy } from "../../support/mockedProgram";

/** What an entry with these settings hands over. */
async function reached(entry: EntrySettings): Promise<Reached> {
  const made: { reached?: Reached } = {};
  await registeredBy(() => {
    const context = { settings: { entry }, kubernetes: new k8s.Provider("cluster"), account: undefined, tags: {} };
    const to = { name: "llm-d-inference-gateway-istio", namespace: "llm-d-gateway" };
    made.reached = createEntry(context, { namespace: "llm-d-entry", revision: pulumi.output(undefined), to }, []);
  });
  assert.ok(made.reached);
  return made.reached;
}

describe("what an entry hands over to the models", () => {
  it("is how long it lets a stream stand still, as set or by default", async () => {
    assert.deepEqual((await reached({ exposure: "internal", streamIdleMinutes: 16 })).entryLimits, {
      streamIdleMinutes: 16,
    });
    assert.deepEqual((await reached({ exposure: "internal" })).entryLimits, { streamIdleMinutes: 10 });
  });

  it("is told with every kind of name for it", async () => {
    const named = await reached({ exposure: "internal", hostname: "llm.acme.dev", streamIdleMinutes: 20 });
    assert.deepEqual(named.entryLimits, { streamIdleMinutes: 20 });
    assert.deepEqual(Object.keys(named).sort(), ["entryLimits", "entryRecord", "entryUrl"]);
  });

  it("is nothing where there is no entry", async () => assert.deepEqual(await reached({ exposure: "none" }), {}));
});
