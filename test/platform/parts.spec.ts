import assert from "node:assert/strict";
import { PINS } from "../../catalog/versions";
import { pinsOf } from "../../platform/parts";
import { readPlatformSettings } from "../../platform/settings";
import { configure, rehearsed } from "../support/settings";
import { configOf } from "../support/stackFiles";

describe("the pins that a platform is warned of", () => {
  rehearsed();
  afterEach(() => configure({}));

  const ALL_ON = { keda: true, leaderWorkerSet: true, payloadProcessor: true, gpuOperator: true, certManager: true };

  const pinsWith = (features: Readonly<Record<keyof typeof ALL_ON, boolean>>, mode: "managed" | "existing") => {
    configure(configOf("dev"));
    const settings = readPlatformSettings();
    return pinsOf({
      ...settings,
      features: { ...settings.features, ...features },
      istio: { ...settings.istio, mode },
      entry: { exposure: "none" },
    }).toSorted();
  };

  it("are all but vLLM's, which models bring, where every part is on", () =>
    assert.deepEqual(
      pinsWith(ALL_ON, "managed"),
      Object.keys(PINS)
        .filter(name => name !== "vllm")
        .sort(),
    ));

  it("are those of no part that is off, and not that of an Istio that was there before", () => {
    const off = {
      keda: false,
      leaderWorkerSet: false,
      payloadProcessor: false,
      gpuOperator: false,
      certManager: false,
    };
    const missing = pinsWith(ALL_ON, "managed").filter(name => !pinsWith(off, "existing").includes(name));
    assert.deepEqual(missing, ["certManager", "gpuOperator", "istio", "keda", "leaderWorkerSet", "payloadProcessor"]);
  });
});
