import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import { type EngineUnderTest, sharedEngine } from "../../support/engine";
import { refusedOnEmpty } from "../../support/holdings";
import { withValues } from "../../support/stackFiles";

const MODEL = { model: "Qwen/Qwen3-32B", pool: "p5", replicas: { min: 1, max: 1 }, tensorParallel: 2 };

describe("a configuration with mistakes", () => {
  let engine: EngineUnderTest;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await sharedEngine();
  });

  const mistakes = [
    {
      layer: "infra",
      change: (text: string) =>
        text
          .replace("llmd-infra:network:", "llmd-infra:netwrok:")
          .replace("instanceType: p5.48xlarge", "instanceType: p5e.48xlarge")
          .replace("llmd:owner: ml-platform", "llmd:owner: 7"),
      messages: [
        /"llmd-infra:netwrok" is not a key that is known: did you mean "network"\?/,
        /"llmd-infra:network" is missing/,
        /"llmd-infra:gpuPools\[0\]\.capacity\.kind": "onDemand" is refused: AWS makes no on-demand offer of p5e\.48xlarge/,
      ],
    },
    {
      layer: "platform",
      change: withValues(
        [["llmd:owner"], undefined],
        [["llmd-platform:istoi"], { mode: "managed" }],
        [["llmd-platform:istio"], { mode: "external" }],
      ),
      messages: [
        /"llmd:owner" is missing/,
        /"llmd-platform:istoi" is not a key that is known: did you mean "istio"\?/,
        /"llmd-platform:istio\.mode": "external" is not allowed: take one of managed/,
      ],
    },
    {
      layer: "workloads",
      change: withValues([
        ["llmd-workloads:models"],
        [
          { ...MODEL, name: "misspelt", tensorParalel: 4 },
          { ...MODEL, name: "contradictory", replicas: { min: 4, max: 1 } },
          { ...MODEL, name: "incomplete", pool: undefined },
        ],
      ]),
      messages: [
        /"llmd-workloads:models\[0\]\.tensorParalel" is not a key that is known: did you mean "tensorParallel"\?/,
        /"llmd-workloads:models\[1\]\.replicas\.min": 4 is refused: replicas\.max is 1/,
        /"llmd-workloads:models\[2\]\.pool" is missing\. Name of one of llmd-infra:gpuPools/,
      ],
    },
  ];
  for (const { layer, change, messages } of mistakes)
    it(`stops ${layer} before anything is made, and all are told at once`, () =>
      refusedOnEmpty(engine, () => engine.withConfig(change, () => engine.up(layer)), ...messages));
});
