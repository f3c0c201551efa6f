/** The stack file as one JSON Schema, from the schemas that the three layers read it with. */
import { z } from "zod";
import { awsSchema, sharedSchema } from "../contracts/shared";
import { infraSchema } from "../infra/settings";
import { PLATFORM_SECRETS, platformSchema } from "../platform/settings";
import { WORKLOADS_SECRETS, workloadsSchema } from "../workloads/settings";

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Keys of the engine, which reads them itself. */
const pulumiSchema = z.object({
  "disable-default-providers": z
    .array(z.string().min(1))
    .optional()
    .describe(
      "Packages whose default provider is switched off. Write [aws, kubernetes]: nothing reaches another account or cluster " +
        "by credentials or a kubeconfig of the shell.",
    ),
});

interface Namespace {
  readonly schema: z.ZodObject;
  /** Meaning of each secret, by its key. @default - no secrets */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** By namespace, in the order of a stack file. */
const NAMESPACES: Readonly<Record<string, Namespace>> = {
  aws: { schema: awsSchema },
  pulumi: { schema: pulumiSchema },
  llmd: { schema: sharedSchema },
  "llmd-infra": { schema: infraSchema },
  "llmd-platform": { schema: platformSchema, secrets: PLATFORM_SECRETS },
  "llmd-workloads": { schema: workloadsSchema, secrets: WORKLOADS_SECRETS },
};

/**
 * JSON Schema (2020-12) of `Pulumi.<stack>.yaml`. Each property of `config` has its full name (`llmd-infra:gpuPools`), each key
 * its description, each secret `writeOnly`. Where a text has to match a pattern, `patternErrorMessage` says what it looks like.
 * Rules over several keys are not in it: only a preview checks those.
 */
export function stackFileSchema(): JsonSchema {
  const namespaces = Object.entries(NAMESPACES).map(([name, namespace]) => namespaceSchema(name, namespace));
  const properties = Object.assign({}, ...namespaces.map(each => each.properties));
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: {
      config: {
        type: "object",
        properties,
        required: namespaces.flatMap(each => each.required),
        // Keys of other providers may stand there, too.
        propertyNames: { anyOf: [{ enum: Object.keys(properties) }, { pattern: "^(?!llmd)" }] },
      },
    },
    required: ["config"],
  };
}

function namespaceSchema(namespace: string, { schema, secrets = {} }: Namespace) {
  const { properties = {}, required = [] } = jsonSchema(schema);
  const secretSchemas = Object.entries(secrets).map(([key, value]) => [key, secretSchema(value)] as const);
  const keys = { ...properties, ...Object.fromEntries(secretSchemas) };
  const fullName = (key: string) => `${namespace}:${key}`;
  return {
    properties: Object.fromEntries(Object.entries(keys).map(([key, value]) => [fullName(key), value])),
    required: required.map(fullName),
  };
}

/** A value that `pulumi config set --secret` has written. */
const secretSchema = (description: string): JsonSchema => ({
  type: "object",
  properties: { secure: { type: "string" } },
  required: ["secure"],
  additionalProperties: false,
  writeOnly: true,
  description,
});

const jsonSchema = (schema: z.ZodObject): JsonSchema =>
  z.toJSONSchema(schema, { io: "input", unrepresentable: "any", override });

interface Converted {
  readonly zodSchema: z.core.$ZodType;
  readonly jsonSchema: JsonSchema;
}

function override({ zodSchema, jsonSchema: converted }: Converted): void {
  const form = formOf(zodSchema);
  if (form !== undefined) converted.patternErrorMessage = form;
  // Bounds of what a number can hold at all.
  if (converted.maximum === Number.MAX_SAFE_INTEGER) delete converted.maximum;
  if (converted.minimum === Number.MIN_SAFE_INTEGER) delete converted.minimum;
  // A group whose keys all have defaults of their own.
  if (JSON.stringify(converted.default) === "{}") delete converted.default;
}

/** What the message of a pattern, or of a format, says that a text looks like. */
function formOf({ _zod: { def } }: z.core.$ZodType): string | undefined {
  const formats = [def, ...(def.checks ?? []).map(check => check._zod.def)].filter(isFormat);
  const said = formats.map(({ error }) => error?.({} as never)).find(message => message !== undefined);
  return typeof said === "string" ? said : said?.message;
}

const isFormat = (def: object): def is z.core.$ZodCheckDef => "check" in def && def.check === "string_format";
