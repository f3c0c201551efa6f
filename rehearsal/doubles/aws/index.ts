/** Double of the aws provider: a simulated account that rejects what AWS rejects. */
import {
  type CreateRequest,
  type DiffRequest,
  type DiffResult,
  type ProviderDouble,
  unknownTo,
} from "../protocol/double";
import { isWithin } from "../protocol/paths";
import {
  isKnown,
  isObject,
  isSecret,
  mapValues,
  plain,
  secret,
  UNKNOWN,
  type WireObject,
  type WireValue,
} from "../protocol/wire";
import type { Account, AwsResource } from "./account";
import { AWS_FUNCTIONS } from "./functions";
import { AWS_TYPES, type AwsReference, type AwsType, type Made } from "./types";

export { Account } from "./account";

export function awsDouble(account: Account): ProviderDouble {
  let defaultTags: WireObject = {};
  const tagsAll = (type: AwsType, { tags }: WireObject): WireObject =>
    type.untagged ? {} : { tagsAll: mergedTags(defaultTags, tags) };
  const store = ({ type, urn, inputs }: CreateRequest, made: Made, id: string) => {
    const row = typeOf({ type });
    const outputs = { ...inputs, ...row.outputs?.(made, id), ...tagsAll(row, inputs) };
    account.put({ type, urn, seed: made.seed, id, inputs, outputs });
    return outputs;
  };
  const preview = (made: Made, request: CreateRequest, state: WireObject) => ({
    ...previewed(typeOf(request), made, state),
    ...tagsAll(typeOf(request), request.inputs),
  });

  return {
    version: "7.48.0",
    configure: args => {
      rejectOtherAccount(account, parsed(args.allowedAccountIds) as string[] | undefined);
      defaultTags = ((parsed(args.defaultTags) as WireObject | undefined)?.tags ?? {}) as WireObject;
    },
    // As in the real provider, policies see the merged tags: pulumi-aws, provider/tags.go.
    check: (resource, inputs) => ({ inputs: { ...inputs, ...tagsAll(typeOf(resource), inputs) } }),
    diff: diffOf,
    create: request => {
      const type = typeOf(request);
      const { name, urn, inputs } = request;
      const made = { name, seed: account.newSeed(urn), inputs, account };
      if (request.preview) return { id: "", outputs: preview(made, request, {}) };
      validate(type, made);
      const id = type.id(made);
      return { id, outputs: store(request, made, id) };
    },
    update: request => {
      const { name, urn, inputs, id, state } = request;
      const made = { name, seed: account.existing(request)?.seed ?? urn, inputs, account };
      if (request.preview) return preview(made, request, state);
      validate(typeOf(request), made);
      return store(request, made, id);
    },
    read: async request => {
      const found = account.existing(request);
      return found && { inputs: request.inputs, outputs: found.outputs };
    },
    delete: request => {
      const doomed = account.existing(request);
      if (!doomed) return;
      validateDeletion(account, doomed);
      for (const user of account.everything()) if (goesWith(user, doomed, account)) account.remove(user);
      account.remove(doomed);
    },
    markSecrets,
    invoke: (token, args) => {
      const answer = AWS_FUNCTIONS[token];
      if (!answer) throw unknownTo("aws", "function", token);
      return answer(account, args);
    },
  };
}

function markSecrets(type: string, outputs: WireObject): WireObject {
  const secrets = typeOf({ type }).secrets ?? [];
  return mapValues(outputs, (value, key) => (secrets.includes(key) && value !== undefined ? secret(value) : value));
}

function diffOf(request: DiffRequest): DiffResult {
  const { replaceOn = [], nameInput = "name" } = typeOf(request);
  const before = request.oldInputs[nameInput];
  return {
    replaces: replaceOn.filter(property => request.changed.some(path => isWithin(path, [property]))),
    // Names are unique in an account, so the old one has to go first.
    deleteBeforeReplace: before !== undefined && before === request.newInputs[nameInput],
  };
}

/** The provider's default tags and the resource's own, which win; unknown as a whole when one of them is. */
function mergedTags(defaults: WireObject, tags: WireValue | undefined): WireValue {
  if (!isKnown(tags)) return UNKNOWN;
  return isSecret(tags)
    ? secret({ ...defaults, ...(plain(tags) as WireObject) })
    : { ...defaults, ...(tags as WireObject | undefined) };
}

function typeOf({ type }: { type: string }): AwsType {
  const known = AWS_TYPES[type];
  if (!known) throw unknownTo("aws", "resource type", type);
  return known;
}

/** Provider configuration arrives with its lists and objects as JSON text. */
const parsed = (value: WireValue | undefined): WireValue | undefined =>
  typeof value === "string" && value !== UNKNOWN ? (JSON.parse(value) as WireValue) : value;

function rejectOtherAccount(account: Account, allowed: string[] | undefined): void {
  if (allowed && !allowed.includes(account.accountId))
    throw new Error(`AWS account ID not allowed: ${account.accountId} (allowed: ${allowed.join(", ")})`);
}

/** Outputs of a preview: inputs are known; ids, ARNs and the like keep their old value, or are unknown for a new resource. */
function previewed(type: AwsType, made: Made, state: WireObject): WireObject {
  return { ...made.inputs, ...givenOrBefore(type.outputs?.(made, UNKNOWN) ?? {}, made.inputs, state) };
}

const givenOrBefore = (made: WireObject, given: WireObject, before: WireObject): WireObject =>
  mapValues(made, (value, key) => {
    const [input, was] = [given[key], before[key]];
    if (isObject(value) && isObject(input)) return givenOrBefore(value, input, isObject(was) ? was : {});
    return input ?? was ?? UNKNOWN;
  });

function validate(type: AwsType, made: Made): void {
  for (const [path, reference] of Object.entries(type.references ?? {}))
    for (const named of valuesAt(made.inputs, path))
      if (!made.account.find(reference.to, named) && !reference.madeElsewhere?.(made.account, named))
        throw new Error(reference.missing(String(named)));
  for (const rule of type.rejects ?? []) {
    const message = rule(made);
    if (message) throw new Error(message);
  }
}

function validateDeletion(account: Account, doomed: AwsResource): void {
  const message = AWS_TYPES[doomed.type]?.rejectsDeletion?.(doomed, account);
  if (message) throw new Error(message);
  for (const user of account.everything()) for (const inUse of usesOf(user, doomed, account)) throw new Error(inUse);
}

/** AWS's errors for deleting `target` before `user`. */
const usesOf = (user: AwsResource, target: AwsResource, account: Account): string[] =>
  referencesTo(user, target, account).flatMap(({ inUse }) => inUse?.(target.id, user) ?? []);

const goesWith = (user: AwsResource, target: AwsResource, account: Account): boolean =>
  referencesTo(user, target, account).some(reference => reference.goesWith);

/** References of `user` that name `target`. */
const referencesTo = (user: AwsResource, target: AwsResource, account: Account): AwsReference[] =>
  Object.entries(AWS_TYPES[user.type]?.references ?? {})
    .filter(
      ([path, { to }]) =>
        to === target.type && valuesAt(user.inputs, path).some(value => account.find(to, value)?.seed === target.seed),
    )
    .map(([, reference]) => reference);

/** The values at `a.b[]`-like paths that are given and known. */
function valuesAt(inputs: WireObject, path: string): WireValue[] {
  const found = path.split(".").reduce<WireValue[]>(
    (values, step) =>
      values.flatMap(value => {
        const key = step.replace("[]", "");
        const next = (value as WireObject)[key];
        return next === undefined || next === null ? [] : step.endsWith("[]") ? (next as WireValue[]) : [next];
      }),
    [inputs],
  );
  return found.filter(isKnown);
}
