/** Configuration of the optional parts. */
import { z } from "zod";
import { whenValid } from "../../contracts/rules";

const PROCESSOR = "ghcr.io/llm-d/llm-d-inference-payload-processor";

/** Registry, path and digest, with or without a tag between them. */
const PINNED_BY_DIGEST = /^[\w.-]+(:\d+)?(\/[\w.-]+)+(:[\w.-]+)?@sha256:[0-9a-f]{64}$/;

// The catalogue's image is pinned by its version; tags of other registries may move.
const DIGEST_REMEDY = `"docker buildx imagetools inspect ${PROCESSOR}:TAG" prints the digest: write ${PROCESSOR}@sha256:…`;

const DEFAULTS = { keda: true, leaderWorkerSet: true, payloadProcessor: false, gpuOperator: false };

export const featuresSchema = z
  .strictObject({
    keda: z
      .boolean()
      .default(DEFAULTS.keda)
      .describe("Install KEDA, which scales model servers by requests and schedules."),
    leaderWorkerSet: z
      .boolean()
      .default(DEFAULTS.leaderWorkerSet)
      .describe("Install LeaderWorkerSet, which model servers on several nodes need."),
    payloadProcessor: z
      .boolean()
      .default(DEFAULTS.payloadProcessor)
      .describe(
        "Install the payload processor: requests find their model by the `model` they name, not by path alone.",
      ),
    payloadProcessorImage: z
      .string()
      .regex(PINNED_BY_DIGEST, "an image must be pinned by its digest")
      .optional()
      .describe(DIGEST_REMEDY),
    gpuOperator: z
      .boolean()
      .default(DEFAULTS.gpuOperator)
      .describe("Install NVIDIA's GPU Operator, which labels GPU nodes."),
    certManager: z
      .boolean()
      .optional()
      .describe("Install cert-manager. Without it: installed where entry.certManager is set."),
  })
  .superRefine(rejectIdleImage, whenValid("payloadProcessor", "payloadProcessorImage"))
  .default(DEFAULTS);

interface Processor {
  readonly payloadProcessor: boolean;
  readonly payloadProcessorImage?: string | undefined;
}

function rejectIdleImage(features: Processor, context: z.RefinementCtx): void {
  if (features.payloadProcessor || features.payloadProcessorImage === undefined) return;
  context.addIssue({
    code: "custom",
    path: ["payloadProcessorImage"],
    input: features.payloadProcessorImage,
    message: "no part runs it: set payloadProcessor to true, or remove the image",
  });
}
