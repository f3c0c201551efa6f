import assert from "node:assert/strict";
import { PATHS } from "../../../workloads/paths";
import { configProblems, nameOf, type PickerConfig, type Plugin } from "../../../workloads/picker/config";
import { PLAN } from "../fixtures";

const PUBLISHED = PATHS.optimizedBaseline.pickerConfig(PLAN);
const PRECISE = PATHS.precisePrefix.pickerConfig(PLAN);

describe("a picker's configuration", () => {
  it("is refused with a plugin that the pinned picker does not have", () => {
    const unknown: Plugin = JSON.parse('{"type": "precise-prefix-cache-scorer"}');
    assert.deepEqual(configProblems({ ...PUBLISHED, plugins: [...PUBLISHED.plugins, unknown] }), [
      '"precise-prefix-cache-scorer" is not a plugin of the pinned endpoint picker',
    ]);
  });

  it("is refused with references to nothing, wherever they are", () => {
    const missing: PickerConfig = {
      ...PRECISE,
      plugins: PUBLISHED.plugins,
      requestHandler: { parsers: [{ pluginRef: "passthrough-parser" }] },
      flowControl: {
        defaultRequestTTL: "60s",
        saturationDetector: { pluginRef: "concurrency-detector" },
        priorityBands: [
          { priority: 7, maxRequests: "1", fairnessPolicyRef: "token-load-scorer", orderingPolicyRef: "none" },
        ],
      },
    };
    const no = (from: string, to: string) => `${from} refers to "${to}", which is not a plugin of this configuration`;
    assert.deepEqual(configProblems(missing), [
      no("the request handler", "passthrough-parser"),
      no("the data layer", "endpoint-notification-source"),
      no("the data layer", "precise-prefix-cache-producer"),
      no("flow control", "concurrency-detector"),
      no("the band of priority 7", "none"),
    ]);
  });

  it("refers to a plugin by its own name if it has one", () => {
    const named: Plugin = { type: "queue-scorer", name: "shortest" };
    assert.equal(nameOf(named), "shortest");
    assert.deepEqual(
      configProblems({
        ...PUBLISHED,
        plugins: [named],
        schedulingProfiles: [{ name: "default", plugins: [{ pluginRef: "shortest" }] }],
      }),
      [],
    );
  });
});
