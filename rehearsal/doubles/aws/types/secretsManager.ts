/** Secrets Manager: secrets and their versions. */
import { derived } from "../account";
import { type AwsTypes, derivedUuid, givenName, rejectSameName, SECRET } from "./common";

export const SECRETS_MANAGER_TYPES: AwsTypes = {
  [SECRET]: {
    id: made => made.account.arn("secretsmanager", `secret:${givenName(made)}-${derived(made.seed, 6)}`),
    outputs: (made, id) => ({ arn: id, name: givenName(made) }),
    replaceOn: ["name"],
    rejects: [
      rejectSameName(
        SECRET,
        name => `ResourceExistsException: The operation failed because the secret ${name} already exists.`,
      ),
    ],
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
