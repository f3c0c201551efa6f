/** Secrets Manager: secrets and their versions. */
import { derived } from "../account";
import { type AwsTypes, derivedUuid, givenName, otherWith } from "./common";
import { SECRET } from "./tokens";

export const SECRETS_MANAGER_TYPES: AwsTypes = {
  [SECRET]: {
    id: made => made.account.arn("secretsmanager", `secret:${givenName(made)}-${derived(made.seed, 6)}`),
    outputs: (made, id) => ({ arn: id, name: givenName(made) }),
    replaceOn: ["name"],
    refuses: made =>
      otherWith(made, SECRET, secret => secret.outputs.name === givenName(made))
        ? `ResourceExistsException: The operation failed because the secret ${givenName(made)} already exists.`
        : undefined,
  },
  "aws:secretsmanager/secretVersion:SecretVersion": {
    id: ({ inputs, seed }) => `${inputs.secretId}|${derivedUuid(seed)}`,
    outputs: ({ inputs, account, seed }) => {
      const arn = account.find(SECRET, inputs.secretId)?.outputs.arn ?? "";
      return { arn, secretArn: arn, versionId: derivedUuid(seed), versionStages: ["AWSCURRENT"] };
    },
    replaceOn: ["secretId", "secretString", "secretBinary", "secretStringWoVersion"],
    references: {
      secretId: {
        to: SECRET,
        missing: () => "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
        goesWith: true,
      },
    },
    secrets: ["secretString", "secretBinary", "secretStringWo"],
    untagged: true,
  },
};
