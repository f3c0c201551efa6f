import { ACCOUNT_ID, type AwsCases, type Services } from "../../../../support/aws";

const docker = ({ cacheSecret }: Services) => ({
  ecrRepositoryPrefix: "docker-hub",
  upstreamRegistryUrl: "registry-1.docker.io",
  credentialArn: cacheSecret.outputs.arn,
});
const secretArn = (region: string) =>
  `arn:aws:secretsmanager:${region}:${ACCOUNT_ID}:secret:ecr-pullthroughcache/old-Ab12Cd`;
const authenticationNeeded =
  "UnsupportedUpstreamRegistryException: The specified upstream registry requires authentication. Specify a valid Secrets Manager ARN and try again";
const mismatch = (parameter: string, pattern: string) =>
  `InvalidParameterException: Invalid parameter at '${parameter}' failed to satisfy constraint: 'must satisfy regular expression '${pattern}''`;

export const ECR_CASES: AwsCases = {
  pullThroughCacheRule: {
    good: docker,
    id: /^docker-hub$/,
    outputs: () => ({ registryId: ACCOUNT_ID }),
    change: {},
    unknown: ["registryId"],
    replaces: ["ecrRepositoryPrefix", "upstreamRegistryUrl", "upstreamRepositoryPrefix"],
    taken: [
      ...["public.ecr.aws", "registry.k8s.io", "quay.io"].map(upstreamRegistryUrl => ({
        upstreamRegistryUrl,
        credentialArn: undefined,
      })),
      { upstreamRegistryUrl: "ghcr.io" },
      { ecrRepositoryPrefix: "q".repeat(30) },
      // Older than the stack.
      { credentialArn: secretArn("us-east-2") },
    ],
    bad: [
      {
        bad: { upstreamRegistryUrl: "nvcr.io" },
        message:
          "UnsupportedUpstreamRegistryException: The upstream registry URL nvcr.io is invalid. Specify a valid upstream registry URL and try again",
      },
      { bad: { credentialArn: undefined }, message: authenticationNeeded },
      { bad: { upstreamRegistryUrl: "ghcr.io", credentialArn: undefined }, message: authenticationNeeded },
      {
        bad: ({ secret }) => ({ credentialArn: secret.outputs.arn }),
        message: mismatch(
          "credentialArn",
          "^arn:aws:secretsmanager:[a-zA-Z0-9-:]+:secret:ecr\\-pullthroughcache\\/[a-zA-Z0-9\\/_+=.@-]+$",
        ),
      },
      {
        bad: { credentialArn: secretArn("us-east-1") },
        message:
          "SecretNotFoundException: The ARN of the secret specified in the pull through cache rule was not found. Update the pull through cache rule with a valid secret ARN and try again.",
      },
      {
        bad: { ecrRepositoryPrefix: "q".repeat(31) },
        message:
          "InvalidParameterException: Invalid parameter at 'ecrRepositoryPrefix' failed to satisfy constraint: 'must have length less than or equal to 30'",
      },
      {
        bad: { ecrRepositoryPrefix: "Quay" },
        message: mismatch(
          "ecrRepositoryPrefix",
          "^((?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*/?|ROOT)$",
        ),
      },
      {
        after: { ecrRepositoryPrefix: "quay" },
        bad: { ecrRepositoryPrefix: "quay" },
        message:
          "PullThroughCacheRuleAlreadyExistsException: A pull through cache rule with these settings already exists for the private registry.",
      },
    ],
  },
};
