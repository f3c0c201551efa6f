/** IAM: roles, their policies, identity providers. */
import type { WireObject, WireValue } from "../../protocol/wire";
import { derived } from "../account";
import {
  type AwsReference,
  type AwsTypes,
  givenName,
  jsonObject,
  listOf,
  OIDC_PROVIDER,
  POLICY,
  ROLE,
  type Rule,
  rejectDuplicate,
  rejectSameName,
  statementsOf,
} from "./common";

const roleReference = (inUse: string): AwsReference => ({
  to: ROLE,
  missing: name => `NoSuchEntity: The role with name ${name} cannot be found.`,
  inUse: () => inUse,
});

/** Policies of AWS and of the customer may be older than the stack. */
const policyReference: AwsReference = {
  to: POLICY,
  missing: arn => `NoSuchEntity: Policy ${arn} does not exist or is not attachable.`,
  inUse: () => "DeleteConflict: Cannot delete a policy attached to entities.",
  madeElsewhere: () => true,
};

/** Rejects the policy of an identity. */
const rejectPolicy =
  (isWrong: (policy: WireValue | undefined) => boolean, problem: string): Rule =>
  ({ inputs }) =>
    isWrong(inputs.policy) && `MalformedPolicyDocument: ${problem}`;

const rejectStatement = (isWrong: (statement: WireObject) => boolean, problem: string): Rule =>
  rejectPolicy(policy => statementsOf(policy).some(isWrong), problem);

const SYNTAX = "Syntax errors in policy.";

const POLICY_RULES: readonly Rule[] = [
  rejectPolicy(policy => statementsOf(policy).length === 0, SYNTAX),
  rejectPolicy(policy => jsonObject(policy)?.Version === undefined, SYNTAX),
  rejectStatement(
    ({ Principal, NotPrincipal }) => (Principal ?? NotPrincipal) !== undefined,
    "Policy document should not specify a principal.",
  ),
  rejectStatement(({ Effect }) => Effect !== "Allow" && Effect !== "Deny", SYNTAX),
  rejectStatement(
    ({ Action, NotAction }) => listOf(Action ?? NotAction).length === 0,
    "Policy statement must contain actions.",
  ),
  rejectStatement(
    ({ Resource, NotResource }) => listOf(Resource ?? NotResource).length === 0,
    "Policy statement must contain resources.",
  ),
];

/** IAM user guide, "IAM and AWS STS quotas": in characters, white space not counted. */
const LARGEST_POLICY = 6144;
const LARGEST_INLINE_POLICY = 10240;
const sizeOf = (policy: WireValue | undefined): number => String(policy).replace(/\s/g, "").length;

export const IAM_TYPES: AwsTypes = {
  [ROLE]: {
    id: givenName,
    outputs: ({ account, seed }, id) => ({
      name: id,
      arn: account.arn("iam", `role/${id}`, "global"),
      uniqueId: `AROA${derived(seed, 16).toUpperCase()}`,
    }),
    replaceOn: ["name"],
    rejects: [rejectSameName(ROLE, name => `EntityAlreadyExists: Role with name ${name} already exists.`)],
  },
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
    id: ({ inputs, seed }) => `${inputs.role}-${derived(seed, 8)}`,
    replaceOn: ["role", "policyArn"],
    references: {
      role: roleReference("DeleteConflict: Cannot delete entity, must detach all policies first."),
      policyArn: policyReference,
    },
    rejects: [
      ({ inputs }) =>
        String(inputs.policyArn).startsWith("arn:aws:iam::aws:policy/") &&
        !MANAGED_POLICIES.has(String(inputs.policyArn).split(":policy/")[1] ?? "") &&
        `NoSuchEntity: Policy ${inputs.policyArn} does not exist or is not attachable.`,
    ],
    untagged: true,
  },
  "aws:iam/rolePolicy:RolePolicy": {
    id: made => `${made.inputs.role}:${givenName(made)}`,
    outputs: made => ({ name: givenName(made) }),
    replaceOn: ["role", "name"],
    references: { role: roleReference("DeleteConflict: Cannot delete entity, must delete policies first.") },
    rejects: [
      ({ inputs }) =>
        sizeOf(inputs.policy) > LARGEST_INLINE_POLICY &&
        `LimitExceeded: Maximum policy size of ${LARGEST_INLINE_POLICY} bytes exceeded for role ${inputs.role}`,
      ...POLICY_RULES,
    ],
    untagged: true,
  },
  [POLICY]: {
    id: made => made.account.arn("iam", `policy/${givenName(made)}`, "global"),
    outputs: (made, id) => ({
      arn: id,
      name: givenName(made),
      policyId: `ANPA${derived(made.seed, 17).toUpperCase()}`,
    }),
    replaceOn: ["name", "path", "description"],
    rejects: [
      rejectSameName(
        POLICY,
        name => `EntityAlreadyExists: A policy called ${name} already exists. Duplicate names are not allowed.`,
      ),
      ({ inputs }) =>
        sizeOf(inputs.policy) > LARGEST_POLICY &&
        `LimitExceeded: Cannot exceed quota for PolicySize: ${LARGEST_POLICY}`,
      ...POLICY_RULES,
    ],
  },
  [OIDC_PROVIDER]: {
    id: ({ inputs, account }) => account.arn("iam", `oidc-provider/${issuerHost(inputs.url)}`, "global"),
    outputs: (_, id) => ({ arn: id, thumbprintLists: [] }),
    replaceOn: ["url"],
    rejects: [
      ({ inputs }) =>
        !/^https:\/\/[^/]/.test(String(inputs.url)) && "ValidationError: Invalid Open ID Connect Provider URL",
      rejectDuplicate(
        OIDC_PROVIDER,
        (other, { inputs }) => issuerHost(other.inputs.url) === issuerHost(inputs.url),
        ({ inputs }) => `EntityAlreadyExists: Provider with url ${inputs.url} already exists.`,
      ),
    ],
  },
};

/** The issuer as its ARN has it. */
export const issuerHost = (url: WireValue | undefined): string => String(url).replace(/^https:\/\//, "");

/** AWS-managed policies that this product may attach; AWSDOC auto-cluster-iam-role and auto-create-node-role. */
const MANAGED_POLICIES = new Set([
  "AmazonEKSClusterPolicy",
  "AmazonEKSComputePolicy",
  "AmazonEKSBlockStoragePolicy",
  "AmazonEKSBlockStoragePolicyV2",
  "AmazonEKSLoadBalancingPolicy",
  "AmazonEKSNetworkingPolicy",
  "AmazonEKSWorkerNodeMinimalPolicy",
  "AmazonEC2ContainerRegistryPullOnly",
  "AmazonElasticContainerRegistryPublicReadOnly",
  "service-role/AmazonEFSCSIDriverPolicy",
  "AdministratorAccess",
  "PowerUserAccess",
  "ReadOnlyAccess",
]);
