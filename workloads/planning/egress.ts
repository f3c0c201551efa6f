/** Checks that a revision downloads nothing where nodes have no way to the internet. */
import type { InfraOutputs } from "../../contracts/outputs";
import { namesRepository } from "../settings/engineArgs";
import type { ModelFacts } from "./modelFacts";
import type { Revision } from "./revisions";

const NO_INTERNET = "pods reach nothing outside the VPC (llmd-infra:network.nat is none)";
const OTHER_NAT = "or set nat to single, perZone or regional";

/** @param egress of the infra layer; `undefined` where it does not say. */
export function egressProblems(
  { path, loraPath, settings }: Revision,
  { known }: Pick<ModelFacts, "known">,
  egress: InfraOutputs["egress"],
): string[] {
  if (egress !== "none") return [];
  return [
    ...weightsProblems(path, settings.weights),
    ...(known?.model.encoding === undefined ? vocabularyProblems(path, settings.model) : []),
    ...argumentProblems(path, settings.engineArgs),
    ...adapterProblems(loraPath, settings.lora),
  ];
}

type Weights = Revision["settings"]["weights"];

function weightsProblems(path: string, weights: Weights): string[] {
  if (weights?.source !== "s3") {
    const given = weights ? `"${path}.weights.source": "huggingFace"` : `"${path}.weights" is missing, which`;
    return [
      `${given} has every server download from Hugging Face, and ${NO_INTERNET}: ` +
        `copy the weights into the model store and set weights to {source: s3, copied: true}, ${OTHER_NAT}`,
    ];
  }
  if (weights.copied) return [];
  return [
    `"${path}.weights.copied": ${weights.copied ?? "not set"} has a Job copy the weights from Hugging Face, and ${NO_INTERNET}: ` +
      `deploy the model once with nat single until its Job is complete, then set copied to true, ${OTHER_NAT}`,
  ];
}

const adapterProblems = (path: string, lora: Revision["settings"]["lora"]): string[] =>
  lora === undefined
    ? []
    : [
        `"${path}": servers download ${lora.map(({ name }) => name).join(", ")} from Hugging Face, and ${NO_INTERNET}: ` +
          `leave the adapters out, ${OTHER_NAT}`,
      ];

/** Others publish gpt-oss quantised or fine-tuned, and vLLM fetches its vocabulary for each of them (vllm#22525). */
const vocabularyProblems = (path: string, model: string): string[] =>
  /gpt-oss/i.test(model)
    ? [
        `"${path}.modelShape.encoding" is missing: servers of ${model} fetch gpt-oss's vocabulary when they start, and ` +
          `${NO_INTERNET}: describe the model with encoding: o200k_base and copy its weights so, ${OTHER_NAT}`,
      ]
    : [];

const argumentProblems = (path: string, engineArgs: Revision["settings"]["engineArgs"] = []): string[] =>
  engineArgs
    .filter(namesRepository)
    .map(
      argument =>
        `"${path}.engineArgs": "${argument}" has every server download from Hugging Face, and ${NO_INTERNET}: leave it out, ` +
        OTHER_NAT,
    );
