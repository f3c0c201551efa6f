/**
 * The copy of a stack file that a rehearsal works on: same configuration, but its own encryption and dummy secrets. The
 * user's file is only read.
 */
import { isMap, isSeq, type Node, parseDocument } from "yaml";

/** Keys of a stack file that name the user's encryption. */
const ENCRYPTION_KEYS = ["secretsprovider", "encryptionsalt", "encryptedkey"];

/** Secrets that a fresh stack file does not hold. The rehearsal sets them, so that the objects made of them are seen. */
const SECRETS_SET_BY_HAND = ["llmd-workloads:huggingFaceToken"];

interface RehearsalStackFile {
  /** Text of the copy. */
  readonly content: string;
  /** Config paths, in the notation of `pulumi config set --path`, that need a dummy secret. */
  readonly secretPaths: readonly string[];
}

/** @param text the user's stack file. */
export function rehearsalStackFile(text: string): RehearsalStackFile {
  const document = parseDocument(text);
  for (const key of ENCRYPTION_KEYS) document.delete(key);
  const found = securePaths(document.get("config"), []);
  for (const path of found) {
    // An item of a list is emptied, not removed: the paths of the items behind it hold their places.
    if (typeof path.at(-1) === "number") document.setIn(["config", ...path], "");
    else document.deleteIn(["config", ...path]);
  }
  const secretPaths = new Set([...found.map(configPath), ...SECRETS_SET_BY_HAND.map(key => configPath([key]))]);
  return { content: String(document), secretPaths: [...secretPaths] };
}

interface RehearsedAccount {
  readonly accountId: string;
  readonly region: string;
  readonly isProtected: boolean;
  /** IPv4 address that the cluster's endpoint lets in. @default - none is named */
  readonly deployerAddress?: string;
}

/** Reads what the rehearsal itself needs from a stack file. */
export function accountOf(text: string): RehearsedAccount {
  const document = parseDocument(text);
  const { config = {} } = document.toJS() as { config?: Record<string, unknown> };
  const range = document.getIn(["config", "llmd-infra:cluster", "endpoint", "cidrs", 0]);
  return {
    ...(typeof range === "string" && { deployerAddress: range.split("/")[0] as string }),
    accountId: String(config["llmd:accountId"]),
    region: String(config["aws:region"]),
    // `pulumi config set` writes it as text.
    isProtected: String(config["llmd:protect"]) === "true",
  };
}

type Path = readonly (string | number)[];

function securePaths(node: unknown, path: Path): Path[] {
  if (isSeq(node)) return node.items.flatMap((item, index) => securePaths(item, [...path, index]));
  if (!isMap(node)) return [];
  if (node.has("secure") && path.length > 0) return [path];
  return node.items.flatMap(({ key, value }) => securePaths(value, [...path, keyText(key as Node)]));
}

const keyText = (key: Node): string => String((key as unknown as { value: unknown }).value);

/** `llmd-x:key`, then `["name"]` or `[index]` for each step below it. */
const configPath = ([key, ...rest]: Path): string =>
  `${key}${rest.map(step => (typeof step === "number" ? `[${step}]` : `["${step}"]`)).join("")}`;
