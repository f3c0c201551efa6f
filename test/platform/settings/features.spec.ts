import assert from "node:assert/strict";
import { z } from "zod";
import { describeIssue } from "../../../contracts/problems";
import { featuresSchema } from "../../../platform/settings/features";

const SCHEMA = z.strictObject({ features: featuresSchema });

/** What the layer says of a configuration. */
function problems(features?: object): string[] {
  const result = SCHEMA.safeParse({ features }, { reportInput: true });
  return result.success ? [] : result.error.issues.flatMap(issue => describeIssue("llmd-platform", SCHEMA, issue));
}

const PINNED = `ghcr.io/llm-d/llm-d-inference-payload-processor@sha256:${"0f".repeat(32)}`;
const REMEDY =
  `"docker buildx imagetools inspect ghcr.io/llm-d/llm-d-inference-payload-processor:TAG" prints the digest: ` +
  "write ghcr.io/llm-d/llm-d-inference-payload-processor@sha256:…";

/** A value as messages quote it: cut off where it is long. */
const shown = (value: string): string => (value.length > 58 ? `"${value.slice(0, 56)}…` : `"${value}"`);

describe("the settings of the optional parts", () => {
  it("have KEDA and LeaderWorkerSet without being told, and nothing else", () =>
    assert.deepEqual(SCHEMA.parse({}).features, {
      keda: true,
      leaderWorkerSet: true,
      payloadProcessor: false,
      gpuOperator: false,
    }));

  const taken: readonly { what: string; features: object }[] = [
    { what: "everything", features: { keda: true, leaderWorkerSet: true, gpuOperator: true, certManager: true } },
    { what: "nothing", features: { keda: false, leaderWorkerSet: false, gpuOperator: false, certManager: false } },
    { what: "a payload processor of the catalogue's release", features: { payloadProcessor: true } },
    { what: "a pinned payload processor", features: { payloadProcessor: true, payloadProcessorImage: PINNED } },
    {
      what: "one from a registry of one's own, its tag for readers",
      features: {
        payloadProcessor: true,
        payloadProcessorImage: `registry.acme.dev:5000/llm/processor:v0.3.0@sha256:${"0f".repeat(32)}`,
      },
    },
  ];
  for (const { what, features } of taken) it(`take ${what}`, () => assert.deepEqual(problems(features), []));

  const refused: readonly { what: string; features: object; messages: readonly string[] }[] = [
    {
      what: "an image that nothing runs",
      features: { payloadProcessorImage: PINNED },
      messages: [
        `"llmd-platform:features.payloadProcessorImage": ${shown(PINNED)} is refused: no part runs it: set payloadProcessor ` +
          `to true, or remove the image. ${REMEDY}`,
      ],
    },
    ...[
      "ghcr.io/llm-d/llm-d-inference-payload-processor:v0.3.0",
      "processor",
      `ghcr.io/llm-d/processor@sha256:${"0f".repeat(31)}`,
      `ghcr.io/llm-d/processor@sha256:${"0F".repeat(32)}`,
      ` ${PINNED}`,
    ].map(value => ({
      what: `the image "${value}", which is not pinned`,
      features: { payloadProcessor: true, payloadProcessorImage: value },
      messages: [
        `"llmd-platform:features.payloadProcessorImage": ${shown(value)} is refused: an image must be pinned by its digest. ${REMEDY}`,
      ],
    })),
    {
      what: "several mistakes at once",
      features: { keda: 1, payloadProcessorImage: PINNED, gpuOperators: true },
      messages: [
        `"llmd-platform:features.keda": 1 is not true or false. Install KEDA, which scales model servers by requests and schedules.`,
        `"llmd-platform:features.gpuOperators" is not a key that is known: did you mean "gpuOperator"?`,
        `"llmd-platform:features.payloadProcessorImage": ${shown(PINNED)} is refused: no part runs it: set payloadProcessor ` +
          `to true, or remove the image. ${REMEDY}`,
      ],
    },
  ];
  for (const { what, features, messages } of refused)
    it(`refuse ${what}`, () => assert.deepEqual(problems(features), messages));
});
