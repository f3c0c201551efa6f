/** Double of the aws provider: a pretended account that refuses what AWS refuses. */
import { type CreateRequest, type ProviderDouble, type ResourceIdentity, unknownTo } from "../protocol/double";
import { isKnown, isObject, isWithin, UNKNOWN, type WireObject, type WireValue } from "../protocol/wire";
import type { Account, AwsResource } from "./account";
import { AWS_FUNCTIONS } from "./functions";
import { AWS_TYPES, type AwsReference, type AwsType } from "./types";

export { Account } from "./account";

export function awsDouble(account: Account): ProviderDouble {
  let defaultTags: WireObject = {};
  const made = ({ name, urn }: ResourceIdentity, inputs: WireObject) => ({ name, urn, inputs, account });
  const tagsAll = (inputs: WireObject) => ({ ...defaultTags, ...(inputs.tags as WireObject | undefined) });
  const store = (request: ResourceIdentity, inputs: WireObject, id: string) => {
    const outputs = {
      ...inputs,
      ...typeOf(request).outputs?.(made(request, inputs), id),
      tagsAll: tagsAll(inputs),
    };
    account.put({ type: request.type, urn: request.urn, id, inputs, outputs });
    return outputs;
  };

  return {
    version: "7.48.0",
    configure: args => {
      refuseOtherAccount(account, parsed(args.allowedAccountIds) as string[] | undefined);
      defaultTags = ((parsed(args.defaultTags) as WireObject | undefined)?.tags ?? {}) as WireObject;
    },
    check: (resource, inputs) => {
      typeOf(resource);
      return { inputs };
    },
    diff: request => ({
      replaces: (typeOf(request).replaceOn ?? []).filter(property =>
        request.changed.some(path => isWithin(path, property)),
      ),
      // Names are unique in an account, so the old one has to go first.
      deleteBeforeReplace: request.oldInputs.name !== undefined && request.oldInputs.name === request.newInputs.name,
    }),
    create: request => {
      const type = typeOf(request);
      if (request.preview)
        return { id: "", outputs: { ...previewed(type, request, account), tagsAll: tagsAll(request.inputs) } };
      refuse(type, request, account);
      const id = type.id(made(request, request.inputs));
      return { id, outputs: store(request, request.inputs, id) };
    },
    update: request => {
      if (request.preview) return { ...request.state, ...request.inputs };
      refuse(typeOf(request), request, account);
      return store(request, request.inputs, request.id);
    },
    read: async ({ urn, inputs }) => {
      const found = account.everything().find(resource => resource.urn === urn);
      return found && { inputs, outputs: found.outputs };
    },
    delete: ({ urn }) => {
      refuseDelete(account, urn);
      account.remove(urn);
    },
    invoke: (token, args) => {
      const answer = AWS_FUNCTIONS[token];
      if (!answer) throw unknownTo("aws", "function", token);
      return answer(account, args);
    },
  };
}

function typeOf({ type }: { type: string }): AwsType {
  const known = AWS_TYPES[type];
  if (!known) throw unknownTo("aws", "resource type", type);
  return known;
}

/** Provider configuration arrives with its lists and objects as JSON text. */
const parsed = (value: WireValue | undefined): WireValue | undefined =>
  typeof value === "string" && value !== UNKNOWN ? (JSON.parse(value) as WireValue) : value;

function refuseOtherAccount(account: Account, allowed: string[] | undefined): void {
  if (allowed && !allowed.includes(account.accountId))
    throw new Error(`AWS account ID not allowed: ${account.accountId} (allowed: ${allowed.join(", ")})`);
}

/** What a real provider cannot know before it acts, its ids and ARNs, is unknown here, too; what was given is known. */
function previewed(type: AwsType, { name, urn, inputs }: CreateRequest, account: Account): WireObject {
  const made = type.outputs?.({ name, urn, inputs, account }, UNKNOWN) ?? {};
  return { ...inputs, ...unknownUnlessGiven(made, inputs) };
}

const unknownUnlessGiven = (made: WireObject, given: WireObject): WireObject =>
  Object.fromEntries(
    Object.entries(made).map(([key, value]) => {
      const input = given[key];
      if (isObject(value) && isObject(input)) return [key, unknownUnlessGiven(value, input)];
      return [key, input ?? UNKNOWN];
    }),
  );

function refuse(type: AwsType, { name, urn, inputs }: CreateRequest, account: Account): void {
  for (const [path, reference] of Object.entries(type.references ?? {}))
    for (const named of valuesAt(inputs, path))
      if (!account.find(reference.to, named)) throw new Error(reference.missing(String(named)));
  const refusal = type.refuses?.({ name, urn, inputs, account });
  if (refusal) throw new Error(refusal);
}

function refuseDelete(account: Account, urn: string): void {
  const doomed = account.everything().find(resource => resource.urn === urn);
  if (!doomed) return;
  const refusal = AWS_TYPES[doomed.type]?.refusesDelete?.(doomed.inputs);
  if (refusal) throw new Error(refusal);
  for (const user of account.everything()) {
    const reference = referenceTo(user, doomed, account);
    if (reference?.inUse) throw new Error(reference.inUse(doomed.id));
  }
}

const referenceTo = (user: AwsResource, target: AwsResource, account: Account): AwsReference | undefined =>
  Object.entries(AWS_TYPES[user.type]?.references ?? {}).find(
    ([path, { to, inUse }]) =>
      inUse &&
      to === target.type &&
      valuesAt(user.inputs, path).some(value => account.find(to, value)?.urn === target.urn),
  )?.[1];

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
