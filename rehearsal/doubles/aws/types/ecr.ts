/** ECR: rules by which it fetches images of other registries. */
import { type AwsTypes, type Made, otherWith } from "./common";

const PULL_THROUGH_CACHE_RULE = "aws:ecr/pullThroughCacheRule:PullThroughCacheRule";

/** ECR user guide, "Sync an upstream registry with an Amazon ECR private registry" (2026). */
const OPEN_UPSTREAMS = [
  /^public\.ecr\.aws$/,
  /^registry\.k8s\.io$/,
  /^quay\.io$/,
  /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com$/,
];
const UPSTREAMS_WITH_CREDENTIALS = [
  /^registry-1\.docker\.io$/,
  /^ghcr\.io$/,
  /^registry\.gitlab\.com$/,
  /^[a-z0-9]+\.azurecr\.io$/,
  /^cgr\.dev$/,
];

const LONGEST_PREFIX = 30;
const PREFIX = "^((?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*/?|ROOT)$";
const SECRET_ARN = "^arn:aws:secretsmanager:[a-zA-Z0-9-:]+:secret:ecr\\-pullthroughcache\\/[a-zA-Z0-9\\/_+=.@-]+$";

export const ECR_TYPES: AwsTypes = {
  [PULL_THROUGH_CACHE_RULE]: {
    id: ({ inputs }) => String(inputs.ecrRepositoryPrefix),
    outputs: ({ account }) => ({ registryId: account.accountId }),
    replaceOn: ["ecrRepositoryPrefix", "upstreamRegistryUrl", "upstreamRepositoryPrefix"],
    refuses: made => shapeRefusal(made) ?? upstreamRefusal(made) ?? duplicateRefusal(made),
    untagged: true,
  },
};

const unsatisfied = (parameter: string, pattern: string): string =>
  `InvalidParameterException: Invalid parameter at '${parameter}' failed to satisfy constraint: 'must satisfy regular expression '${pattern}''`;

function shapeRefusal({ inputs: { ecrRepositoryPrefix, credentialArn } }: Made): string | undefined {
  if (String(ecrRepositoryPrefix).length > LONGEST_PREFIX)
    return `InvalidParameterException: Invalid parameter at 'ecrRepositoryPrefix' failed to satisfy constraint: 'must have length less than or equal to ${LONGEST_PREFIX}'`;
  if (!new RegExp(PREFIX).test(String(ecrRepositoryPrefix))) return unsatisfied("ecrRepositoryPrefix", PREFIX);
  return credentialArn !== undefined && !new RegExp(SECRET_ARN).test(String(credentialArn))
    ? unsatisfied("credentialArn", SECRET_ARN)
    : undefined;
}

function upstreamRefusal({ inputs, account }: Made): string | undefined {
  const { upstreamRegistryUrl: upstream, credentialArn } = inputs;
  const isOneOf = (patterns: readonly RegExp[]) => patterns.some(pattern => pattern.test(String(upstream)));
  if (isOneOf(UPSTREAMS_WITH_CREDENTIALS) && credentialArn === undefined)
    return "UnsupportedUpstreamRegistryException: The specified upstream registry requires authentication. Specify a valid Secrets Manager ARN and try again";
  if (!isOneOf([...OPEN_UPSTREAMS, ...UPSTREAMS_WITH_CREDENTIALS]))
    return `UnsupportedUpstreamRegistryException: The upstream registry URL ${upstream} is invalid. Specify a valid upstream registry URL and try again`;
  // The secret itself may be older than the stack, so that only its place is known.
  return credentialArn !== undefined && !String(credentialArn).startsWith(account.arn("secretsmanager", "secret:"))
    ? "SecretNotFoundException: The ARN of the secret specified in the pull through cache rule was not found. Update the pull through cache rule with a valid secret ARN and try again."
    : undefined;
}

const duplicateRefusal = (made: Made): string | undefined =>
  otherWith(
    made,
    PULL_THROUGH_CACHE_RULE,
    ({ inputs }) => inputs.ecrRepositoryPrefix === made.inputs.ecrRepositoryPrefix,
  )
    ? "PullThroughCacheRuleAlreadyExistsException: A pull through cache rule with these settings already exists for the private registry."
    : undefined;
