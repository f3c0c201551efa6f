/** The Hugging Face token, for models whose weights are not open. */
import * as k8s from "@pulumi/kubernetes";
import type { ModelContext } from "./modelService";

/** Key in the Secret and name of the variable: upstream's. */
export const TOKEN_KEY = "HF_TOKEN";

/**
 * The Secret that holds the token; none without a token: a server that refers to a missing Secret never starts, even if
 * its model is open.
 */
export function createToken({ args, opts }: ModelContext): k8s.core.v1.Secret | undefined {
  if (args.huggingFaceToken === undefined) return undefined;
  const name = `${args.name}-hf-token`;
  return new k8s.core.v1.Secret(
    name,
    { metadata: { name, namespace: args.namespace }, stringData: { [TOKEN_KEY]: args.huggingFaceToken } },
    opts,
  );
}
