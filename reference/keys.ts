/** The keys of a stack file, one by one, as its JSON Schema describes them. */
import type { JsonSchema } from "./stackFile";

export interface Key {
  /** Full path: `llmd-infra:gpuPools[].capacity.kind`; `<name>` stands for a name that the user chooses. */
  readonly path: string;
  /** Type, range and allowed values, in Markdown. */
  readonly type: string;
  /** When the key has to be there, or may: `required`, `optional`, `only with kind reserved`. */
  readonly presence: string;
  /** Value of a key that is left out. @default - the meaning says what happens */
  readonly standard?: unknown;
  /** `undefined` where the schema has no description. */
  readonly meaning: string | undefined;
}

/** A key of a group before its type is put into words. */
interface Property {
  readonly path: string;
  readonly schema: JsonSchema;
  readonly presence: string;
}

/**
 * All keys below the `config` of a stack file. A group whose keys are those of an earlier one refers to it.
 * @param schema of the stack file.
 */
export function keysOf(schema: JsonSchema): Key[] {
  const known = new Map<string, string>();
  const config = schema.properties?.config;
  return typeof config === "object" ? propertiesOf(config, "").flatMap(property => keysFrom(property, known)) : [];
}

function keysFrom(property: Property, known: Map<string, string>): Key[] {
  const { path, schema, presence } = property;
  const { default: standard } = schema;
  const meaning = meaningOf(schema);
  const below = schema.writeOnly ? [] : propertiesBelow(path, schema);
  const content = JSON.stringify(below.map(({ schema: inner }) => inner));
  const same = below.length > 1 ? known.get(content) : undefined;
  const type = schema.writeOnly ? "secret text" : typeText(schema);
  if (same !== undefined) return [{ path, presence, standard, meaning, type: `${type}, as in \`${same}\`` }];
  known.set(content, path);
  return [{ path, presence, standard, meaning, type }, ...below.flatMap(inner => keysFrom(inner, known))];
}

/** Description of the key, and of the entries of a list of values. */
const meaningOf = ({ description, items }: JsonSchema): string | undefined =>
  isSchema(items) && items.description !== undefined ? `${description} ${items.description}` : description;

/** Keys of a group, of a list's groups, of each value of a map that says what the value means. */
function propertiesBelow(path: string, schema: JsonSchema): Property[] {
  const { items, additionalProperties: value } = schema;
  if (isSchema(items)) return propertiesBelow(`${path}[]`, items);
  if (isSchema(value) && value.description !== undefined)
    return [{ path: `${path}.<name>`, schema: value, presence: "optional" }];
  return propertiesOf(schema, `${path}.`);
}

/** Keys of a group; of a group that has several forms, those of all forms. */
function propertiesOf(schema: JsonSchema, prefix: string): Property[] {
  const forms = formsOf(schema);
  const names = new Set(forms.flatMap(({ properties = {} }) => Object.keys(properties)));
  return [...names].map(name => ({
    path: `${prefix}${name}`,
    schema: merged(forms, name),
    presence: presenceOf(forms, name),
  }));
}

const formsOf = (schema: JsonSchema): JsonSchema[] =>
  (schema.oneOf ?? schema.anyOf ?? [schema]).filter(isSchema).filter(form => form.properties !== undefined);

const isSchema = (schema: unknown): schema is JsonSchema => typeof schema === "object" && schema !== null;

const propertyOf = (form: JsonSchema, name: string): JsonSchema[] => [form.properties?.[name]].filter(isSchema);

/** The key that tells a group's forms apart takes the value of each form. */
function merged(forms: readonly JsonSchema[], name: string): JsonSchema {
  const schemas = forms.flatMap(form => propertyOf(form, name));
  const values = schemas.flatMap(schema => schema.const ?? []);
  const [first = {}] = schemas;
  return values.length > 1 ? { ...first, const: undefined, enum: values } : first;
}

function presenceOf(forms: readonly JsonSchema[], name: string): string {
  const having = forms.filter(form => propertyOf(form, name).length > 0);
  const requiring = having.filter(form => form.required?.includes(name));
  if (requiring.length === forms.length) return "required";
  if (requiring.length > 0) return `required with ${kindsOf(requiring)}`;
  return having.length === forms.length ? "optional" : `only with ${kindsOf(having)}`;
}

const kindsOf = (forms: readonly JsonSchema[]): string =>
  `kind ${forms.flatMap(form => propertyOf(form, "kind").map(kind => kind.const)).join(", ")}`;

const FORMATS: Readonly<Record<string, string>> = { cidrv4: "a range of IPv4 addresses looks like 10.40.0.0/16" };

/** Type, range and allowed values. */
function typeText(schema: JsonSchema): string {
  if (schema.enum !== undefined) return `one of ${valuesText(schema.enum)}`;
  const forms = (schema.anyOf ?? []).filter(isSchema);
  if (forms.length > 0) return forms.map(typeText).join("; or ");
  if (schema.oneOf !== undefined) return "group of keys";
  // A value that may have several types has a list of them here.
  const types = [schema.type ?? "any"].flat();
  return types.map(type => TYPES[type]?.(schema) ?? type).join(" or ");
}

const valuesText = (values: readonly unknown[]): string => values.map(value => `\`${value}\``).join(", ");

const TYPES: Readonly<Record<string, (schema: JsonSchema) => string>> = {
  string: textType,
  integer: schema => withRange("whole number", schema),
  number: schema => withRange("number", schema),
  boolean: () => "true or false",
  array: listType,
  object: ({ additionalProperties: value }) =>
    isSchema(value) ? `names, each with a ${typeText(value)}` : "group of keys",
};

function textType({ patternErrorMessage: form, format = "", maxLength }: JsonSchema): string {
  const text = maxLength === undefined ? "text" : `text of up to ${maxLength} characters`;
  const looks = form ?? FORMATS[format];
  return looks === undefined ? text : `${text} (${looks})`;
}

function listType({ items, minItems, maxItems }: JsonSchema): string {
  const item = isSchema(items) ? items : {};
  const entries = item.enum === undefined ? typeText(item) : valuesText(item.enum);
  const list = `list of ${entries === "group of keys" ? "groups of keys" : entries}`;
  const size = rangeText(minItems, maxItems);
  return size === "" ? list : `${list}, ${size} entries`;
}

function withRange(type: string, { minimum, maximum, exclusiveMinimum: above }: JsonSchema): string {
  if (typeof above === "number" && type === "number") return `${type} above ${above}`;
  const range = rangeText(typeof above === "number" ? above + 1 : minimum, maximum);
  return range === "" ? type : `${type}, ${range}`;
}

function rangeText(least: number | undefined, most: number | undefined): string {
  if (least === undefined) return most === undefined ? "" : `up to ${most}`;
  return most === undefined ? `${least} or more` : `${least} to ${most}`;
}
