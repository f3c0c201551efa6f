/** ECR: pull-through cache rules. */
import { type AwsTypes, hasSameInputs, type Made, type Rule, rejectDuplicate } from "./common";

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

const rejectParameter =
  (parameter: string, constraint: string, isWrong: (value: string) => boolean): Rule =>
  ({ inputs }) =>
    inputs[parameter] !== undefined &&
    isWrong(String(inputs[parameter])) &&
    `InvalidParameterException: Invalid parameter at '${parameter}' failed to satisfy constraint: '${constraint}'`;

const rejectMismatch = (parameter: string, pattern: string): Rule =>
  rejectParameter(parameter, `must satisfy regular expression '${pattern}'`, value => !new RegExp(pattern).test(value));

const isUpstream =
  (patterns: readonly RegExp[]) =>
  ({ inputs }: Made): boolean =>
    patterns.some(pattern => pattern.test(String(inputs.upstreamRegistryUrl)));
const isOpen = isUpstream(OPEN_UPSTREAMS);
const needsCredentials = isUpstream(UPSTREAMS_WITH_CREDENTIALS);

export const ECR_TYPES: AwsTypes = {
  [PULL_THROUGH_CACHE_RULE]: {
    id: ({ inputs }) => String(inputs.ecrRepositoryPrefix),
    outputs: ({ account }) => ({ registryId: account.accountId }),
    replaceOn: ["ecrRepositoryPrefix", "upstreamRegistryUrl", "upstreamRepositoryPrefix"],
    rejects: [
      rejectParameter(
        "ecrRepositoryPrefix",
        `must have length less than or equal to ${LONGEST_PREFIX}`,
        prefix => prefix.length > LONGEST_PREFIX,
      ),
      rejectMismatch("ecrRepositoryPrefix", PREFIX),
      rejectMismatch("credentialArn", SECRET_ARN),
      made =>
        needsCredentials(made) &&
        made.inputs.credentialArn === undefined &&
        "UnsupportedUpstreamRegistryException: The specified upstream registry requires authentication. Specify a valid Secrets Manager ARN and try again",
      made =>
        !isOpen(made) &&
        !needsCredentials(made) &&
        `UnsupportedUpstreamRegistryException: The upstream registry URL ${made.inputs.upstreamRegistryUrl} is invalid. Specify a valid upstream registry URL and try again`,
      // The secret itself may be older than the stack, so only its account and region are known.
      ({ inputs: { credentialArn }, account }) =>
        credentialArn !== undefined &&
        !String(credentialArn).startsWith(account.arn("secretsmanager", "secret:")) &&
        "SecretNotFoundException: The ARN of the secret specified in the pull through cache rule was not found. Update the pull through cache rule with a valid secret ARN and try again.",
      rejectDuplicate(
        PULL_THROUGH_CACHE_RULE,
        hasSameInputs("ecrRepositoryPrefix"),
        () =>
          "PullThroughCacheRuleAlreadyExistsException: A pull through cache rule with these settings already exists for the private registry.",
      ),
    ],
    untagged: true,
  },
};
