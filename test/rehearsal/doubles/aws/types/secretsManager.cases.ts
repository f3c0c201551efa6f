import type { AwsCases } from "../../../../support/aws";

export const SECRETS_MANAGER_CASES: AwsCases = {
  secret: {
    good: {},
    id: /^arn:aws:secretsmanager:us-east-2:111122223333:secret:new-[0-9a-f]{7}-[0-9a-f]{6}$/,
    outputs: id => ({ arn: id }),
    change: { description: "Token" },
    unknown: ["arn", "name"],
    replaces: ["name"],
    taken: [{ name: "llmd/other" }],
    bad: [
      {
        bad: { name: "llmd/token" },
        message: "ResourceExistsException: The operation failed because the secret llmd/token already exists.",
      },
    ],
  },
  secretVersion: {
    good: ({ secret }) => ({ secretId: secret.id, secretString: "hunter2" }),
    outputs: (_id, { secret }) => ({ arn: secret.id, secretArn: secret.id, versionStages: ["AWSCURRENT"] }),
    change: {},
    unknown: ["arn", "secretArn", "versionId", "versionStages"],
    replaces: ["secretId", "secretString", "secretBinary", "secretStringWoVersion"],
    bad: [
      {
        bad: { secretId: "llmd/none" },
        message: "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
      },
    ],
  },
};
