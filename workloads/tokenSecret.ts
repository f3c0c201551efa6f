/** The Secret of a model's pods with the Hugging Face token. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ClusterContext } from "./context";
import { TOKEN_KEY } from "./huggingFace";

/**
 * The Secret that holds the token for one model; none without a token: a pod that refers to a missing Secret never starts,
 * even if its model is open.
 */
export function createToken(
  model: string,
  { huggingFaceToken, namespace }: Pick<ClusterContext, "huggingFaceToken" | "namespace">,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Secret | undefined {
  if (huggingFaceToken === undefined) return undefined;
  const name = `${model}-hf-token`;
  return new k8s.core.v1.Secret(
    name,
    { metadata: { name, namespace }, stringData: { [TOKEN_KEY]: huggingFaceToken } },
    opts,
  );
}
