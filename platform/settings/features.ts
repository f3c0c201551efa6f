/** Configuration of the parts that not every platform needs. */
import { z } from "zod";
import { ifRight } from "../../contracts/rules";

const PROCESSOR = "ghcr.io/llm-d/llm-d-inference-payload-processor";

/** Registry, path and digest; a tag may stand between for readers. */
const PINNED_BY_DIGEST = /^[\w.-]+(:\d+)?(\/[\w.-]+)+(:[\w.-]+)?@sha256:[0-9a-f]{64}$/;

// The image in the catalogue is pinned by its version; one of somebody's own has whatever tags they give it.
const DIGEST_WAY_OUT = `"docker buildx imagetools inspect ${PROCESSOR}:TAG" prints the digest: write ${PROCESSOR}@sha256:…`;

const DEFAULTS = { keda: true, leaderWorkerSet: true, payloadProcessor: false, gpuOperator: false };

export const featuresSchema = z
  .strictObject({
    keda: z.boolean().default(DEFAULTS.keda).describe("Whether KEDA scales model servers by what waits for them."),
    leaderWorkerSet: z
      .boolean()
      .default(DEFAULTS.leaderWorkerSet)
      .describe("Whether model servers may span several nodes."),
    payloadProcessor: z
      .boolean()
      .default(DEFAULTS.payloadProcessor)
      .describe("Whether requests find their model by what they name, not by path."),
    payloadProcessorImage: z
      .string()
      .regex(PINNED_BY_DIGEST, "an image is pinned by its digest")
      .optional()
      .describe(DIGEST_WAY_OUT),
    gpuOperator: z.boolean().default(DEFAULTS.gpuOperator).describe("Whether NVIDIA's GPU Operator labels GPU nodes."),
    certManager: z
      .boolean()
      .optional()
      .describe("Whether cert-manager is installed. Without it: where the entry's certificate comes from it."),
  })
  .superRefine(refuseIdleImage, ifRight("payloadProcessor", "payloadProcessorImage"))
  .default(DEFAULTS);

interface Processor {
  readonly payloadProcessor: boolean;
  readonly payloadProcessorImage?: string | undefined;
}

function refuseIdleImage(features: Processor, context: z.RefinementCtx): void {
  if (features.payloadProcessor || features.payloadProcessorImage === undefined) return;
  context.addIssue({
    code: "custom",
    path: ["payloadProcessorImage"],
    input: features.payloadProcessorImage,
    message: "nothing runs it: set payloadProcessor to true, or leave the image out",
  });
}

export type FeatureSettings = z.output<typeof featuresSchema>;

/**
 * Whether this layer installs cert-manager.
 * @param entry what the entry's certificate comes from.
 */
export const installsCertManager = (
  { certManager }: Pick<FeatureSettings, "certManager">,
  entry: { readonly certManager?: unknown },
): boolean => certManager ?? entry.certManager !== undefined;
