import { type AwsCases, arn, managedPolicy, policyOf } from "../../../../support/aws";

const reading = { Action: "s3:GetObject", Resource: "arn:aws:s3:::llmd-models/*" };
const allow = { Effect: "Allow", ...reading };
const document = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });

/** A policy of so many characters, white space beside. */
const sized = (size: number) => {
  const empty = policyOf({ ...reading, Sid: "" }).length;
  return `${policyOf({ ...reading, Sid: "s".repeat(size - empty) })}\n `;
};

const MALFORMED = [
  ["s3:*", "Syntax errors in policy."],
  ["[]", "Syntax errors in policy."],
  ["{}", "Syntax errors in policy."],
  ['{"Version":"2012-10-17"}', "Syntax errors in policy."],
  [JSON.stringify({ Statement: [allow] }), "Syntax errors in policy."],
  [document({ ...allow, Effect: "Grant" }), "Syntax errors in policy."],
  [document({ ...allow, Principal: "*" }), "Policy document should not specify a principal."],
  [document({ Effect: "Allow", Resource: "*" }), "Policy statement must contain actions."],
  [document(allow, { Effect: "Allow", Action: "s3:*" }), "Policy statement must contain resources."],
].map(([policy, problem]) => ({ bad: { policy }, message: `MalformedPolicyDocument: ${problem}` }));

const NO_ROLE = { bad: { role: "nobody" }, message: "NoSuchEntity: The role with name nobody cannot be found." };

export const IAM_CASES: AwsCases = {
  role: {
    good: { name: "llmd-other" },
    id: /^llmd-other$/,
    outputs: id => ({ name: id, arn: arn("iam", `role/${id}`, "") }),
    change: { description: "Reads" },
    unknown: ["arn", "uniqueId"],
    replaces: ["name"],
    bad: [{ bad: { name: "llmd-node" }, message: "EntityAlreadyExists: Role with name llmd-node already exists." }],
  },
  rolePolicyAttachment: {
    good: ({ role }) => ({ role: role.id, policyArn: managedPolicy("AmazonEKSComputePolicy") }),
    id: /^llmd-cluster-[0-9a-f]{8}$/,
    change: {},
    unknown: [],
    replaces: ["role", "policyArn"],
    taken: [
      "AmazonEKSClusterPolicy",
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
    ]
      .map(name => ({ policyArn: managedPolicy(name) }))
      // The customer's own, which the double need not know.
      .concat({ policyArn: "arn:aws:iam::111122223333:policy/encrypt" }),
    bad: [
      NO_ROLE,
      {
        bad: { policyArn: managedPolicy("AmazonEKSComputingPolicy") },
        message:
          "NoSuchEntity: Policy arn:aws:iam::aws:policy/AmazonEKSComputingPolicy does not exist or is not attachable.",
      },
    ],
    keeps: [
      {
        used: ["role", { name: "llmd-other" }],
        by: ({ id }) => ({ role: id }),
        message: () => "DeleteConflict: Cannot delete entity, must detach all policies first.",
      },
      {
        used: ["policy", { policy: policyOf(reading) }],
        by: ({ outputs }) => ({ policyArn: outputs.arn }),
        message: () => "DeleteConflict: Cannot delete a policy attached to entities.",
      },
    ],
  },
  rolePolicy: {
    good: ({ role }) => ({ role: role.id, policy: policyOf(reading) }),
    id: /^llmd-cluster:new-[0-9a-f]{7}$/,
    outputs: id => ({ name: id.split(":")[1] }),
    change: { policy: policyOf({ Action: "s3:*", Resource: "*" }) },
    unknown: ["name"],
    replaces: ["role", "name"],
    taken: [{ policy: sized(10240) }],
    bad: [
      NO_ROLE,
      {
        bad: { policy: sized(10241) },
        message: "LimitExceeded: Maximum policy size of 10240 bytes exceeded for role llmd-cluster",
      },
      ...MALFORMED,
    ],
    keeps: [
      {
        used: ["role", { name: "llmd-other" }],
        by: ({ id }) => ({ role: id }),
        message: () => "DeleteConflict: Cannot delete entity, must delete policies first.",
      },
    ],
  },
  policy: {
    good: { name: "read", policy: policyOf(reading) },
    id: /^arn:aws:iam::111122223333:policy\/read$/,
    outputs: id => ({ arn: id, name: "read" }),
    change: { policy: policyOf({ Action: "s3:*", Resource: "*" }) },
    unknown: ["arn", "policyId"],
    replaces: ["name", "path", "description"],
    taken: [{ policy: sized(6144) }],
    bad: [
      {
        after: { name: "write" },
        bad: { name: "write" },
        message: "EntityAlreadyExists: A policy called write already exists. Duplicate names are not allowed.",
      },
      { bad: { policy: sized(6145) }, message: "LimitExceeded: Cannot exceed quota for PolicySize: 6144" },
      ...MALFORMED,
    ],
  },
  oidcProvider: {
    good: { url: "https://token.actions.githubusercontent.com", clientIdLists: ["sts.amazonaws.com"] },
    id: /^arn:aws:iam::111122223333:oidc-provider\/token\.actions\.githubusercontent\.com$/,
    outputs: id => ({ arn: id }),
    change: { clientIdLists: ["sts.amazonaws.com", "other"] },
    unknown: ["arn", "thumbprintLists"],
    replaces: ["url"],
    bad: [
      {
        bad: { url: "token.actions.githubusercontent.com" },
        message: "ValidationError: Invalid Open ID Connect Provider URL",
      },
      {
        after: { url: "https://other.example" },
        bad: { url: "https://other.example" },
        message: "EntityAlreadyExists: Provider with url https://other.example already exists.",
      },
    ],
  },
};
