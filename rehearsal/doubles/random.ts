/** Double of the random provider: the same values in every run, because they follow from the resource's name. */
import { createHash } from "node:crypto";
import { type CreateRequest, type ProviderDouble, unknownTo } from "./protocol/double";
import { mapValues, secret, UNKNOWN, type WireObject } from "./protocol/wire";

type Generated = { id: string } & WireObject;

const ALPHABETS = {
  lower: "abcdefghijklmnopqrstuvwxyz",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  numeric: "0123456789",
  special: "!@#$%&*()-_=+[]{}<>:?",
} as const;

const GENERATORS: Record<string, (inputs: WireObject, seed: string) => Generated> = {
  "random:index/randomPassword:RandomPassword": (inputs, seed) => ({
    id: "none",
    result: text(inputs, seed),
    bcryptHash: `$2a$10$${hash(`${seed} bcrypt`).toString("hex").slice(0, 53)}`,
  }),
  "random:index/randomString:RandomString": (inputs, seed) => {
    const result = text(inputs, seed);
    return { id: result, result };
  },
  "random:index/randomId:RandomId": (inputs, seed) => {
    const byte = (_: unknown, index: number) => hash(`${seed}:${index}`).readUInt8();
    const bytes = Buffer.from(Array.from({ length: Number(inputs.byteLength) }, byte));
    const id = bytes.toString("base64url");
    return { id, b64Url: id, b64Std: bytes.toString("base64"), hex: bytes.toString("hex") };
  },
};

/** Secret outputs of a password. Its inputs have neither, so a refresh must find neither in them. */
const HIDDEN = new Set(["result", "bcryptHash"]);

export const randomDouble: ProviderDouble = {
  version: "4.21.2",
  check: ({ type }, inputs) => {
    generatorOf(type);
    return { inputs };
  },
  // Every input of a random resource decides its value: the real provider replaces on all of them, too.
  diff: ({ changed }) => ({
    replaces: [...new Set(changed.map(path => path.split(/[.[]/)[0] ?? path))],
    deleteBeforeReplace: false,
  }),
  create: request => {
    const { id, ...values } = generate(request);
    const shown = request.preview ? mapValues(values, () => UNKNOWN) : values;
    return { id, outputs: { ...request.inputs, ...shown } };
  },
  update: ({ state, inputs }) => ({ ...state, ...inputs }),
  delete: () => {},
  markSecrets: (type, outputs) =>
    type.endsWith(":RandomPassword")
      ? mapValues(outputs, (value, key) => (HIDDEN.has(key) ? secret(value ?? UNKNOWN) : value))
      : outputs,
};

function generatorOf(type: string) {
  const generator = GENERATORS[type];
  if (!generator) throw unknownTo("random", "resource type", type);
  return generator;
}

const generate = ({ type, urn, inputs }: CreateRequest): Generated =>
  generatorOf(type)(inputs, urn + JSON.stringify(inputs.keepers ?? {}));

const hash = (seed: string): Buffer => createHash("sha256").update(seed).digest();

function text(inputs: WireObject, seed: string): string {
  const sets = { ...ALPHABETS, special: String(inputs.overrideSpecial ?? ALPHABETS.special) };
  const allowed = Object.entries(sets).filter(([name]) => inputs[name] !== false);
  const all = allowed.map(([, letters]) => letters).join("");
  let drawn = 0;
  const draw = (letters: string) => letters[hash(`${seed}:${drawn++}`).readUInt32BE() % letters.length];
  const required = allowed.flatMap(([name, letters]) =>
    Array.from({ length: Number(inputs[`min${name[0]?.toUpperCase()}${name.slice(1)}`] ?? 0) }, () => draw(letters)),
  );
  const length = Number(inputs.length);
  if (required.length > length)
    throw new Error(
      `the random double: a length of ${length} has no room for the ${required.length} letters that the minimums ask for`,
    );
  const rest = Array.from({ length: length - required.length }, () => draw(all));
  return [...required, ...rest].join("");
}
