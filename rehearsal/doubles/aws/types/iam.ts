/** IAM: roles, their policies, identity providers. */
import type { WireObject, WireValue } from "../../protocol/wire";
import { derived } from "../account";
import { type AwsReference, type AwsTypes, givenName, jsonObject, listOf, otherWith } from "./common";
import { OIDC_PROVIDER, POLICY, ROLE } from "./tokens";

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

export const IAM_TYPES: AwsTypes = {
  [ROLE]: {
    id: givenName,
    outputs: ({ account, seed }, id) => ({
      name: id,
      arn: account.arn("iam", `role/${id}`, "global"),
      uniqueId: `AROA${derived(seed, 16).toUpperCase()}`,
    }),
    replaceOn: ["name"],
    refuses: made =>
      otherWith(made, ROLE, role => role.id === givenName(made))
        ? `EntityAlreadyExists: Role with name ${givenName(made)} already exists.`
        : undefined,
  },
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
    id: ({ inputs, seed }) => `${inputs.role}-${derived(seed, 8)}`,
    replaceOn: ["role", "policyArn"],
    references: {
      role: roleReference("DeleteConflict: Cannot delete entity, must detach all policies first."),
      policyArn: policyReference,
    },
    refuses: ({ inputs }) => {
      const managed = String(inputs.policyArn).startsWith("arn:aws:iam::aws:policy/");
      return managed && !MANAGED_POLICIES.has(String(inputs.policyArn).split(":policy/")[1] ?? "")
        ? `NoSuchEntity: Policy ${inputs.policyArn} does not exist or is not attachable.`
        : undefined;
    },
    untagged: true,
  },
  "aws:iam/rolePolicy:RolePolicy": {
    id: made => `${made.inputs.role}:${givenName(made)}`,
    outputs: made => ({ name: givenName(made) }),
    replaceOn: ["role", "name"],
    references: { role: roleReference("DeleteConflict: Cannot delete entity, must delete policies first.") },
    refuses: ({ inputs }) =>
      sizeOf(inputs.policy) > LARGEST_INLINE_POLICY
        ? `LimitExceeded: Maximum policy size of ${LARGEST_INLINE_POLICY} bytes exceeded for role ${inputs.role}`
        : policyRefusal(inputs),
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
    refuses: made => {
      if (otherWith(made, POLICY, policy => policy.outputs.name === givenName(made)))
        return `EntityAlreadyExists: A policy called ${givenName(made)} already exists. Duplicate names are not allowed.`;
      return sizeOf(made.inputs.policy) > LARGEST_POLICY
        ? `LimitExceeded: Cannot exceed quota for PolicySize: ${LARGEST_POLICY}`
        : policyRefusal(made.inputs);
    },
  },
  [OIDC_PROVIDER]: {
    id: ({ inputs, account }) => account.arn("iam", `oidc-provider/${issuerHost(inputs.url)}`, "global"),
    outputs: (_, id) => ({ arn: id, thumbprintLists: [] }),
    replaceOn: ["url"],
    refuses: made => {
      const { url } = made.inputs;
      if (!/^https:\/\/[^/]/.test(String(url))) return "ValidationError: Invalid Open ID Connect Provider URL";
      return otherWith(made, OIDC_PROVIDER, ({ inputs }) => issuerHost(inputs.url) === issuerHost(url))
        ? `EntityAlreadyExists: Provider with url ${url} already exists.`
        : undefined;
    },
  },
};

/** The issuer as its ARN has it. */
export const issuerHost = (url: WireValue | undefined): string => String(url).replace(/^https:\/\//, "");

/** IAM user guide, "IAM and AWS STS quotas": in characters, white space not counted. */
const LARGEST_POLICY = 6144;
const LARGEST_INLINE_POLICY = 10240;
const sizeOf = (policy: WireValue | undefined): number => String(policy).replace(/\s/g, "").length;

function policyRefusal({ policy }: WireObject): string | undefined {
  const problem = policyProblem(policy);
  return problem && `MalformedPolicyDocument: ${problem}`;
}

/** What IAM finds wrong with the policy of an identity. */
function policyProblem(text: WireValue | undefined): string | undefined {
  const policy = jsonObject(text);
  const statements = listOf(policy?.Statement) as WireObject[];
  if (policy?.Version === undefined || statements.length === 0) return "Syntax errors in policy.";
  const problems = statements.map(statementProblem);
  return problems.find(problem => problem !== undefined);
}

function statementProblem(statement: WireObject): string | undefined {
  if (statement.Principal !== undefined || statement.NotPrincipal !== undefined)
    return "Policy document should not specify a principal.";
  if (statement.Effect !== "Allow" && statement.Effect !== "Deny") return "Syntax errors in policy.";
  if (listOf(statement.Action ?? statement.NotAction).length === 0) return "Policy statement must contain actions.";
  return listOf(statement.Resource ?? statement.NotResource).length === 0
    ? "Policy statement must contain resources."
    : undefined;
}

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
