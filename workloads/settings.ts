/** Configuration of the workloads layer. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { rejectSameNames, whenValid } from "../contracts/rules";
import { readSettings } from "../contracts/settings";
import { awsSchema, sharedSchema } from "../contracts/shared";
import { tokenProblem } from "./huggingFace";
import { type ModelSettings, model } from "./settings/model";

export type { ModelSettings } from "./settings/model";

export const workloadsSchema = z.strictObject({
  models: z
    .array(model)
    .min(1)
    .superRefine(rejectSameNames("model"), whenValid("name"))
    .superRefine(rejectSameAdapters, whenValid("name", "lora", "loraAliases", "canary"))
    .describe("Models that the stack serves."),
});

const NAMESPACE = "llmd-workloads";
const TOKEN_KEY = "huggingFaceToken";

/** Meaning of each secret, by its key. */
export const WORKLOADS_SECRETS = {
  [TOKEN_KEY]: "Token of Hugging Face, hf_…, for gated models. Without it: only open models can be loaded.",
} as const;

/** Settings of the layer. */
export interface WorkloadsSettings
  extends z.output<typeof workloadsSchema>,
    z.output<typeof sharedSchema>,
    z.output<typeof awsSchema> {
  /** Secret, without the space around it; undefined where none is configured. */
  readonly huggingFaceToken: pulumi.Output<string> | undefined;
}

/** @throws ConfigError with every mistake in the layer's configuration. */
export const readWorkloadsSettings = (): WorkloadsSettings => ({
  ...readSettings(
    { aws: awsSchema, llmd: sharedSchema, [NAMESPACE]: workloadsSchema },
    { secretKeys: [`${NAMESPACE}:${TOKEN_KEY}`], secretProblem: (_, token) => tokenProblem(token.trim()) },
  ),
  // A token from a file ends with a line break, which no header may hold.
  huggingFaceToken: new pulumi.Config(NAMESPACE).getSecret(TOKEN_KEY)?.apply(token => token.trim()),
});

/** For requests to Hugging Face while planning; never to be shown. Undefined where none is configured. */
export const huggingFaceTokenInClear = (): string | undefined =>
  pulumi.runtime.allConfig()[`${NAMESPACE}:${TOKEN_KEY}`]?.trim();

/** Requests ask for an adapter by its name alone, so no other model may have it; a canary's may be those of its model. */
function rejectSameAdapters(models: readonly ModelSettings[], context: z.RefinementCtx): void {
  const owners = new Map<string, number>();
  for (const [index, { lora = [], loraAliases = [], canary }] of models.entries()) {
    const lists = [
      { adapters: lora, path: [index, "lora"] },
      { adapters: loraAliases, path: [index, "loraAliases"] },
      { adapters: canary?.lora ?? [], path: [index, "canary", "lora"] },
    ];
    for (const list of lists) rejectTaken({ ...list, owner: index }, owners, context);
  }
}

interface NamedList {
  readonly adapters: readonly { readonly name: string }[];
  readonly path: readonly (string | number)[];
  /** Index of the model whose list it is. */
  readonly owner: number;
}

function rejectTaken(
  { adapters, path, owner }: NamedList,
  owners: Map<string, number>,
  context: z.RefinementCtx,
): void {
  const here = new Set<string>();
  for (const [index, { name }] of adapters.entries()) {
    if (here.has(name) || (owners.get(name) ?? owner) !== owner) {
      const message = "another adapter has this name: requests ask for each by its name alone";
      context.addIssue({ code: "custom", path: [...path, index, "name"], input: name, message });
    }
    here.add(name);
    if (!owners.has(name)) owners.set(name, owner);
  }
}
