/**
 * The vocabulary of a model that needs one beside its repository, as gpt-oss does: copied into the model store with the weights,
 * and fetched from there by the guard, so that no server needs the internet to start (vllm#22525, openai/harmony#101).
 */
import { ENCODINGS, type Encoding } from "../../catalog/models";
import type { RevisionPlan } from "../plan";

/** Volume of a server's vocabularies, and where it is mounted. */
export const ENCODINGS_FOLDER = { name: "encodings", mountPath: "/encodings" } as const;

/** The vocabulary that the model store holds; none where the model needs none, or where its weights are not there. */
export function storedEncoding({ known, weights }: Pick<RevisionPlan, "known" | "weights">): Encoding | undefined {
  const name = known?.model.encoding;
  return name === undefined || weights.source !== "s3" ? undefined : ENCODINGS[name];
}

/** Below the prefix of the weights, so that whoever deletes them deletes it with them. */
export const encodingPath = ({ file }: Encoding): string => `encodings/${file}`;

/** Where harmony looks for vocabularies, in place of the internet. */
export const encodingEnv = (plan: Pick<RevisionPlan, "known" | "weights">) =>
  storedEncoding(plan) === undefined ? [] : [{ name: "TIKTOKEN_ENCODINGS_BASE", value: ENCODINGS_FOLDER.mountPath }];
