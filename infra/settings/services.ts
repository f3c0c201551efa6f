/** Configuration of the AWS services beside the cluster: model store, budget, deploy role, image cache. */
import { z } from "zod";
import { rejectDuplicates, rejecting, whenValid } from "../../contracts/rules";
import type { NetworkSettings } from "./network";

/** Long enough to notice a mistake, short enough not to pay for every model that was ever tried. */
export const DEFAULT_NONCURRENT_VERSION_DAYS = 7;

export const modelStoreSchema = z.strictObject({
  bucket: z.boolean().describe("Bucket for model weights: true makes one."),
  noncurrentVersionDays: z
    .int()
    .min(1)
    .max(365)
    .default(DEFAULT_NONCURRENT_VERSION_DAYS)
    .describe("Days an overwritten or deleted object can be brought back, 1 to 365."),
});

export const budgetSchema = z.strictObject({
  usdPerMonth: z
    .number()
    .positive()
    .describe("US dollars a month. AWS reports what exceeds it and stops nothing: llmd:limits does."),
  emails: z
    .array(z.email("an e-mail address looks like team@your-company.com"))
    .min(1)
    .max(10)
    .superRefine(rejectDuplicates, whenValid())
    .describe("E-mail addresses that get the budget's alerts, 1 to 10."),
});

const SUBJECT_FORMS = "repo:OWNER/REPO:environment:NAME, repo:OWNER@ID/REPO@ID:ref:refs/heads/BRANCH, …";

const subject = z
  .string()
  .superRefine(
    rejecting(value => {
      const message = subjectProblem(value);
      return message === undefined ? [] : [[[], message]];
    }),
  )
  .describe(`Take it from the workflow's token: ${SUBJECT_FORMS}`);

const PLAIN = /^repo:[\w-]+\/[\w.-]+:.+$/;
/** With ids of owner and repository: GitHub's default for repositories made, renamed or moved since 2026-07-15. */
const IMMUTABLE = /^repo:[\w-]+@\d+\/[\w.-]+@\d+:.+$/;
/** `repo:OWNER/REPO`, then the kind: `ref`, `environment`, `pull_request`, … */
const REPOSITORY_AND_KIND = /^(repo:[^:]*)(?::([^:]*))?/;

/** Problem of a subject. Everyone who may deploy administers the account: a subject has to name one repository, and a part of it. */
function subjectProblem(value: string): string | undefined {
  const [, repository = "", kind = ""] = REPOSITORY_AND_KIND.exec(value) ?? [];
  if (hasWildcard(repository))
    return "a wildcard for owner or repository lets repositories deploy that are not yours: name both";
  if (hasWildcard(kind))
    return "a wildcard right after the repository lets every branch and pull request deploy: name an environment or a branch";
  return PLAIN.test(value) || IMMUTABLE.test(value)
    ? undefined
    : "a subject names a repository and an environment, branch or event of it, with ids of both owner and repository or of neither";
}

const hasWildcard = (text: string): boolean => /[*?]/.test(text);

export const deploySchema = z.strictObject({
  github: z
    .strictObject({
      subjects: z
        .array(subject)
        .min(1)
        .superRefine(rejectDuplicates, whenValid())
        .describe("Subjects of the GitHub tokens that may deploy."),
      createProvider: z
        .boolean()
        .describe(
          "OIDC provider for GitHub tokens: true makes it. An account has only one: write false where it has it.",
        ),
    })
    .describe("Workflows of GitHub that may take the role."),
  state: z
    .strictObject({
      bucketArn: z
        .string()
        .regex(/^arn:aws[\w-]*:s3:::[\w.-]+$/, "the ARN of a bucket looks like arn:aws:s3:::name")
        .describe("Bucket of Pulumi's state."),
      keyArn: z
        .string()
        .regex(
          /^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/[\w-]+$/,
          "the ARN of a key looks like arn:aws:kms:us-east-2:111122223333:key/…; an alias is none",
        )
        .describe("KMS key of Pulumi's state and secrets."),
    })
    .optional()
    .describe("Bucket and key of Pulumi's state, which the role needs where they are in this account."),
});

const secretArn = z
  .string()
  .regex(
    /^arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:ecr-pullthroughcache\/[\w/+=.@-]+$/,
    "ECR takes the ARN of a secret whose name begins with ecr-pullthroughcache/",
  );

export const imageCacheSchema = z.strictObject({
  enabled: z.boolean().default(false).describe("Copies of other registries' images in ECR: true makes them."),
  credentials: z
    .strictObject({
      dockerHub: secretArn.optional().describe("Secret of a Docker Hub account. Without it: docker.io is not cached."),
      github: secretArn.optional().describe("Secret of a GitHub account. Without it: ghcr.io is not cached."),
    })
    .optional()
    .describe("Secrets of AWS Secrets Manager, for registries that ask for a login."),
});

interface PulledImages {
  readonly network: Pick<NetworkSettings, "nat">;
  readonly imageCache?: ImageCacheSettings | undefined;
}

/** Every platform needs both: Istio and Grafana come from docker.io, the endpoint picker from ghcr.io. */
export const rejectUncachedImages = rejecting(({ network, imageCache }: PulledImages) => {
  if (network.nat !== "none") return [];
  const missing = [
    ...(imageCache?.enabled ? [] : ["imageCache.enabled to true"]),
    ...(imageCache?.credentials?.dockerHub ? [] : ["imageCache.credentials.dockerHub to a secret for docker.io"]),
    ...(imageCache?.credentials?.github ? [] : ["imageCache.credentials.github to a secret for ghcr.io"]),
  ];
  if (missing.length === 0) return [];
  const message =
    "nodes can pull images only from ECR, which does not have copies of all that are needed: " +
    `set ${missing.join(", ")}, or nat to single, perZone or regional`;
  return [[["network", "nat"], message]];
});

type ImageCacheSettings = z.output<typeof imageCacheSchema>;
