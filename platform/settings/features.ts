/** Configuration of the parts that not every platform needs. */
import { z } from "zod";
import { whenValid } from "../../contracts/rules";

const PROCESSOR = "ghcr.io/llm-d/llm-d-inference-payload-processor";

/** Registry, path and digest; a tag may stand between for readers. */
const PINNED_BY_DIGEST = /^[\w.-]+(:\d+)?(\/[\w.-]+)+(:[\w.-]+)?@sha256:[0-9a-f]{64}$/;

// The image in the catalogue is pinned by its version; one of somebody's own has whatever tags they give it.
const DIGEST_WAY_OUT = `"docker buildx imagetools inspect ${PROCESSOR}:TAG" prints the digest: write ${PROCESSOR}@sha256:…`;

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
      .regex(PINNED_BY_DIGEST, "an image is pinned by its digest")
      .optional()
      .describe(DIGEST_WAY_OUT),
    gpuOperator: z
      .boolean()
      .default(DEFAULTS.gpuOperator)
      .describe("Install NVIDIA's GPU Operator, which labels GPU nodes."),
    certManager: z
      .boolean()
      .optional()
      .describe("Install cert-manager. Without it: installed where entry.certManager is set."),
  })
  .superRefine(refuseIdleImage, whenValid("payloadProcessor", "payloadProcessorImage"))
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
