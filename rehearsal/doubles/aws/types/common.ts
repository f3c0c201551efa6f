/** What the rows of every service share. */
import type { WireObject, WireValue } from "../../protocol/wire";
import { type Account, type AwsResource, derived } from "../account";

export interface Made {
  readonly name: string;
  /** As in `AwsResource`. */
  readonly seed: string;
  readonly inputs: WireObject;
  readonly account: Account;
}

export interface AwsReference {
  /** Type the input names, by id, ARN or name. */
  readonly to: string;
  /** AWS's error when what it names does not exist. */
  readonly missing: (reference: string) => string;
  /** AWS's error when the named resource is deleted while `user` stands; left out where AWS allows that. */
  readonly inUse?: (reference: string, user: AwsResource) => string | undefined;
  /** Whether what is named may be there without any program having made it, like a cluster's security group. */
  readonly madeElsewhere?: (account: Account, reference: WireValue) => boolean;
  /** AWS deletes this one with what it names, and Pulumi does not ask for it (`deletedWith`). */
  readonly goesWith?: true;
}

export interface AwsType {
  readonly id: (made: Made) => string;
  /** Outputs beside the inputs; in a preview all of them are unknown. */
  readonly outputs?: (made: Made, id: string) => WireObject;
  /** The input that is the resource's name. @default "name" */
  readonly nameInput?: string;
  /** Inputs whose change needs a new resource. */
  readonly replaceOn?: readonly string[];
  /** By input path; `[]` walks a list. */
  readonly references?: Readonly<Record<string, AwsReference>>;
  /** AWS's error for inputs it would not take, beyond dangling references. */
  readonly refuses?: (made: Made) => string | undefined;
  /** AWS's error for a deletion it would not do, beyond what other resources refer to. */
  readonly refusesDelete?: (doomed: AwsResource, account: Account) => string | undefined;
  /** Outputs that are secret whatever the program says. */
  readonly secrets?: readonly string[];
  /** AWS gives these no tags. */
  readonly untagged?: true;
}

export type AwsTypes = Readonly<Record<string, AwsType>>;

export const otherWith = (made: Made, type: string, matches: (resource: AwsResource) => boolean): boolean =>
  theOtherWith(made, type, matches) !== undefined;

export const theOtherWith = (
  { account, seed }: Made,
  type: string,
  matches: (resource: AwsResource) => boolean,
): AwsResource | undefined => account.all(type).find(resource => resource.seed !== seed && matches(resource));

export const givenName = ({ name, seed, inputs }: Made): string => String(inputs.name ?? `${name}-${derived(seed, 7)}`);

/** A UUID that follows from the resource's seed. */
export const derivedUuid = (seed: string): string =>
  derived(seed, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

/** Who runs the program. */
export const deployerArn = (account: Account): string => account.arn("iam", "role/rehearsal-deployer", "global");

/** The session in which the deployer works. */
export const sessionArn = (account: Account): string =>
  deployerArn(account).replace(":iam:", ":sts:").replace("role/", "assumed-role/").concat("/rehearsal");

/** The given or known items of a list that may be missing. */
export const listOf = (value: WireValue | undefined): WireValue[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];

/** The object that a JSON text holds, if it holds one. */
export function jsonObject(text: WireValue | undefined): WireObject | undefined {
  try {
    const value: unknown = JSON.parse(String(text));
    return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as WireObject) : undefined;
  } catch {
    return undefined;
  }
}

/** The provider's error for a value that is not one of the allowed ones. */
export const notOneOf = (path: string, allowed: readonly string[], given: WireValue | undefined): string | undefined =>
  given === undefined || allowed.includes(String(given))
    ? undefined
    : `expected ${path} to be one of [${allowed.map(value => `"${value}"`).join(" ")}], got ${given}`;
