/** Variables of pods that download from Hugging Face, and its token, for models whose weights are not open. */
import type * as pulumi from "@pulumi/pulumi";

/**
 * Of everything that downloads from Hugging Face in a pod. By Xet downloads have hung or taken all memory in vLLM's image
 * (xet-core#898, #883); without it they go over plain HTTP.
 */
export const HUB_ENV = [{ name: "HF_HUB_DISABLE_XET", value: "1" }] as const;

/** Command that sets the token in a stack. */
export const TOKEN_COMMAND = "pulumi -C workloads config set --secret llmd-workloads:huggingFaceToken";

/** Tokens of users, organisations and OAuth (https://huggingface.co/docs/hub/security-tokens). */
const TOKEN_PATTERN = /^hf_[\w.-]+$/;

/**
 * Why a secret is no token, for the end of a sentence; undefined for one that may be. It is refused rather than warned of:
 * pods give it to huggingface.co whatever it is, and a secret of another service's would be out.
 * @param token without the space around it.
 */
export const tokenProblem = (token: string): string | undefined =>
  TOKEN_PATTERN.test(token)
    ? undefined
    : "is no token of Hugging Face: one begins with hf_ and has no spaces, quotes or line breaks in it";

/** Key in the Secret and name of the variable: upstream's. */
export const TOKEN_KEY = "HF_TOKEN";

/** The token as a variable, from its Secret; nothing where none is configured. */
export const tokenEnv = (secret: pulumi.Input<string> | undefined) =>
  secret === undefined ? [] : [{ name: TOKEN_KEY, valueFrom: { secretKeyRef: { name: secret, key: TOKEN_KEY } } }];
