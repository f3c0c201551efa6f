/** Types and functions shared by the rows of every service, and the tokens that rows of other files refer to. */
import type { WireObject, WireValue } from "../../protocol/wire";
import { type Account, type AwsResource, derived } from "../account";

export const VPC = "aws:ec2/vpc:Vpc";
export const SUBNET = "aws:ec2/subnet:Subnet";
export const ROUTE_TABLE = "aws:ec2/routeTable:RouteTable";
export const INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway";
export const ELASTIC_IP = "aws:ec2/eip:Eip";
export const NAT_GATEWAY = "aws:ec2/natGateway:NatGateway";
export const SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup";
export const ROLE = "aws:iam/role:Role";
export const POLICY = "aws:iam/policy:Policy";
export const OIDC_PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider";
export const KMS_KEY = "aws:kms/key:Key";
export const ACCESS_ENTRY = "aws:eks/accessEntry:AccessEntry";
export const CLUSTER = "aws:eks/cluster:Cluster";
export const SECRET = "aws:secretsmanager/secret:Secret";

/** A resource in the making. */
export interface Made {
  /** Name of the resource in the program. */
  readonly name: string;
  /** As in `AwsResource`. */
  readonly seed: string;
  /** Inputs of the request; rules and outputs read them. */
  readonly inputs: WireObject;
  /** Simulated account that the resource is made in. */
  readonly account: Account;
}

/** AWS's error for inputs that it rejects; nothing for inputs that it takes. */
export type Rule = (made: Made) => string | false | undefined;

export interface AwsReference {
  /** Type of the resource that the input names by id, ARN or name. */
  readonly to: string;
  /** AWS's error when the named resource does not exist. */
  readonly missing: (reference: string) => string;
  /** AWS's error when the named resource is deleted before `user`; left out where AWS allows that. */
  readonly inUse?: (reference: string, user: AwsResource) => string | undefined;
  /** True for a named resource that no program made, like a cluster's security group. @default - never */
  readonly madeElsewhere?: (account: Account, reference: WireValue) => boolean;
  /** AWS deletes this resource together with the named one, and Pulumi does not ask for it (`deletedWith`). */
  readonly goesWith?: true;
}

export interface AwsType {
  /** Derives the resource's id. */
  readonly id: (made: Made) => string;
  /** Outputs beside the inputs; in a preview all of them are unknown. */
  readonly outputs?: (made: Made, id: string) => WireObject;
  /** The input that is the resource's name. @default "name" */
  readonly nameInput?: string;
  /** Inputs whose change needs a new resource. */
  readonly replaceOn?: readonly string[];
  /** References by input path; `[]` walks a list. */
  readonly references?: Readonly<Record<string, AwsReference>>;
  /** Rules for the inputs, beyond dangling references; the first that applies is the error. */
  readonly rejects?: readonly Rule[];
  /** AWS's error for a deletion that it rejects, beyond what other resources refer to. */
  readonly rejectsDeletion?: (doomed: AwsResource, account: Account) => string | undefined;
  /** Outputs that are secret whatever the program says. */
  readonly secrets?: readonly string[];
  /** True for a type that AWS gives no tags. */
  readonly untagged?: true;
}

export type AwsTypes = Readonly<Record<string, AwsType>>;

/** Rejects a second resource of the type. */
export const rejectDuplicate =
  (
    type: string,
    isSame: (other: AwsResource, made: Made) => boolean,
    message: (made: Made, other: AwsResource) => string,
  ): Rule =>
  made => {
    const other = otherWith(made, type, resource => isSame(resource, made));
    return other && message(made, other);
  };

export const rejectSameName = (type: string, message: (name: string) => string): Rule =>
  rejectDuplicate(
    type,
    ({ outputs }, made) => outputs.name === givenName(made),
    made => message(givenName(made)),
  );

export const hasSameInputs =
  (...keys: string[]) =>
  (other: AwsResource, { inputs }: Made): boolean =>
    keys.every(key => other.inputs[key] === inputs[key]);

export const otherWith = (
  { account, seed }: Made,
  type: string,
  matches: (resource: AwsResource) => boolean,
): AwsResource | undefined => account.all(type).find(resource => resource.seed !== seed && matches(resource));

export const firstMessage = (messages: readonly (string | undefined)[]): string | undefined =>
  messages.find(message => message !== undefined);

export const givenName = ({ name, seed, inputs }: Made): string => String(inputs.name ?? `${name}-${derived(seed, 7)}`);

/** A UUID that follows from the resource's seed. */
export const derivedUuid = (seed: string): string =>
  derived(seed, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

/** ARN of the role that runs the program. */
export const deployerArn = (account: Account): string => account.arn("iam", "role/rehearsal-deployer", "global");

/** ARN of the session in which the deployer works. */
export const sessionArn = (account: Account): string =>
  deployerArn(account).replace(":iam:", ":sts:").replace("role/", "assumed-role/").concat("/rehearsal");

/** The given or known items of a list that may be missing. */
export const listOf = (value: WireValue | undefined): WireValue[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];

/** The object in a JSON text; nothing for any other text. */
export function jsonObject(text: WireValue | undefined): WireObject | undefined {
  try {
    const value: unknown = JSON.parse(String(text));
    return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as WireObject) : undefined;
  } catch {
    return undefined;
  }
}

/** Statements of a policy document; none for a text that is none. */
export const statementsOf = (policy: WireValue | undefined): WireObject[] =>
  listOf(jsonObject(policy)?.Statement) as WireObject[];

/** The provider's error for a value that is not one of the allowed ones. */
export const notOneOf = (path: string, allowed: readonly string[], given: WireValue | undefined): string | undefined =>
  given === undefined || allowed.includes(String(given))
    ? undefined
    : `expected ${path} to be one of [${allowed.map(value => `"${value}"`).join(" ")}], got ${given}`;
