import assert from "node:assert/strict";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import type { EngineUnderTest } from "../../support/engine";
import { workloads } from "../../support/everything";
import { withValues } from "../../support/stackFiles";
import { INFERENCE, told } from "../platform/told";
import { doLead, waysIn } from "./ways";

const SWITCHED_OFF = withValues(
  [["llmd-platform:features", "payloadProcessor"], false],
  [["llmd-platform:features", "payloadProcessorImage"], undefined],
);

describe("models without a payload processor", () => {
  let engine: EngineUnderTest;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await workloads(undefined, SWITCHED_OFF);
  });

  it("are reached by their own paths alone", async () => {
    const config = await told(engine, INFERENCE, doLead(["qwen3-32b-v1", "qwen3-8b-v1"], ["X-Gateway-"]));
    assert.deepEqual(
      waysIn(config)
        .filter(({ to }) => to !== "")
        .map(({ from, to }) => `${from} → ${to}`)
        .sort(),
      [
        "/gpt-oss-120b/v1 → gpt-oss-120b-v1",
        "/llama-8b/v1 → llama-8b-v1",
        "/qwen3-235b/v1 → qwen3-235b-v1",
        "/qwen3-32b/v1 x-llmd-revision=v1 → qwen3-32b-v1",
        "/qwen3-32b/v1 x-llmd-revision=v2 → qwen3-32b-v2",
        "/qwen3-32b/v1 → qwen3-32b-v1 90, qwen3-32b-v2 10",
        "/qwen3-8b/v1 → qwen3-8b-v1",
      ],
    );
  });

  it("tell nobody their names", async () => {
    const maps = await engine.api.list("v1", "ConfigMap");
    const names = maps.map(({ metadata }) => metadata.name).filter(name => name.endsWith("-names"));
    assert.deepEqual(names, []);
  });
});
