import assert from "node:assert/strict";
import { z } from "zod";
import { describeIssue } from "../../../contracts/problems";
import { budgetSchema, deploySchema, imageCacheSchema, modelStoreSchema } from "../../../infra/settings/services";

const SCHEMA = z.strictObject({
  modelStore: modelStoreSchema.optional(),
  budget: budgetSchema.optional(),
  deploy: deploySchema.optional(),
  imageCache: imageCacheSchema.optional(),
});

/** What the layer says of a configuration. */
function problems(config: object): string[] {
  const result = SCHEMA.safeParse(config, { reportInput: true });
  return result.success ? [] : result.error.issues.flatMap(issue => describeIssue("llmd-infra", SCHEMA, issue));
}

const SUBJECT = "repo:acme/llm:environment:prod";
const IMMUTABLE = "repo:acme@123/llm@456:environment:prod";
const EMAIL = "ml-platform@example.com";
const SECRET = "arn:aws:secretsmanager:us-east-2:111122223333:secret:ecr-pullthroughcache/docker-AbCdEf";

const github = (subjects: unknown[]) => ({ deploy: { github: { subjects, createProvider: true } } });

const BUCKET = "arn:aws:s3:::acme-state";
const KEY = "arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const state = (fields: object) => ({
  deploy: {
    github: { subjects: [SUBJECT], createProvider: true },
    state: { bucketArn: BUCKET, keyArn: KEY, ...fields },
  },
});

const BUCKET_WAY_OUT = "Bucket for model weights: true makes one.";
const DAYS_WAY_OUT = "Days an overwritten or deleted object can be brought back, 1 to 365.";
const USD_WAY_OUT = "US dollars a month. AWS reports what exceeds it and stops nothing: llmd:limits does.";
const EMAILS_WAY_OUT = "E-mail addresses that get the budget's alerts, 1 to 10.";
const SUBJECTS_WAY_OUT = "Subjects of the GitHub tokens that may deploy.";
const SUBJECT_WAY_OUT =
  "Take it from the workflow's token: repo:OWNER/REPO:environment:NAME, repo:OWNER@ID/REPO@ID:ref:refs/heads/BRANCH, …";
const PROVIDER_WAY_OUT =
  "OIDC provider for GitHub tokens: true makes it. An account has only one: write false where it has it.";
const NOT_AN_ADDRESS = "an e-mail address looks like team@your-company.com";
const NOT_YOURS = "a wildcard for owner or repository lets repositories deploy that are not yours: name both";
const EVERY_BRANCH =
  "a wildcard right after the repository lets every branch and pull request deploy: name an environment or a branch";
const NO_SUBJECT =
  "a subject names a repository and an environment, branch or event of it, with ids of both owner and repository or of neither";
const NO_BUCKET = "the ARN of a bucket looks like arn:aws:s3:::name. Bucket of Pulumi's state.";
const NO_KEY =
  "the ARN of a key looks like arn:aws:kms:us-east-2:111122223333:key/…; an alias is none. KMS key of Pulumi's state and secrets.";
const NO_SECRET = "ECR takes the ARN of a secret whose name begins with ecr-pullthroughcache/";

describe("the settings beside the cluster", () => {
  const taken: readonly { what: string; config: object }[] = [
    { what: "a bucket", config: { modelStore: { bucket: true, noncurrentVersionDays: 365 } } },
    { what: "no bucket", config: { modelStore: { bucket: false, noncurrentVersionDays: 1 } } },
    { what: "a budget", config: { budget: { usdPerMonth: 0.01, emails: [EMAIL] } } },
    { what: "a repository's environment", config: github([SUBJECT]) },
    { what: "a repository's environment with ids", config: github([IMMUTABLE]) },
    { what: "a pull request", config: github(["repo:acme/llm:pull_request"]) },
    { what: "a pattern of branches", config: github(["repo:acme@123/llm@456:ref:refs/heads/release/*"]) },
    { what: "several subjects", config: github([SUBJECT, IMMUTABLE]) },
    { what: "bucket and key of the state", config: state({}) },
    {
      what: "bucket and key of the state in another partition",
      config: state({
        bucketArn: "arn:aws-us-gov:s3:::acme.state_1",
        keyArn: "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1234",
      }),
    },
    {
      what: "an image cache with one login",
      config: { imageCache: { enabled: true, credentials: { dockerHub: SECRET } } },
    },
    {
      what: "an image cache with both logins",
      config: { imageCache: { enabled: true, credentials: { dockerHub: SECRET, github: SECRET } } },
    },
  ];
  for (const { what, config } of taken) it(`take ${what}`, () => assert.deepEqual(problems(config), []));

  it("have defaults: a week of versions, no image cache", () =>
    assert.deepEqual(SCHEMA.parse({ modelStore: { bucket: true }, imageCache: {} }), {
      modelStore: { bucket: true, noncurrentVersionDays: 7 },
      imageCache: { enabled: false },
    }));

  const refused: readonly { what: string; config: object; problem: string }[] = [
    {
      what: "a model store that does not say whether there is a bucket",
      config: { modelStore: {} },
      problem: `modelStore.bucket" is missing. ${BUCKET_WAY_OUT}`,
    },
    {
      what: "a bucket that is no yes or no",
      config: { modelStore: { bucket: "weights" } },
      problem: `modelStore.bucket": "weights" is not true or false. ${BUCKET_WAY_OUT}`,
    },
    ...[
      { days: 0, why: "is too small: at least 1" },
      { days: 366, why: "is too large: at most 365" },
      { days: 1.5, why: "is not a whole number" },
    ].map(({ days, why }) => ({
      what: `versions kept for ${days} days`,
      config: { modelStore: { bucket: true, noncurrentVersionDays: days } },
      problem: `modelStore.noncurrentVersionDays": ${days} ${why}. ${DAYS_WAY_OUT}`,
    })),
    {
      what: "an unknown key of the model store",
      config: { modelStore: { bucket: true, noncurrentVersionsDays: 7 } },
      problem: `modelStore.noncurrentVersionsDays" is not a key that is known: did you mean "noncurrentVersionDays"?`,
    },
    {
      what: "a budget of nothing",
      config: { budget: { usdPerMonth: 0, emails: [EMAIL] } },
      problem: `budget.usdPerMonth": 0 is too small: more than 0. ${USD_WAY_OUT}`,
    },
    {
      what: "a budget without a sum",
      config: { budget: { emails: [EMAIL] } },
      problem: `budget.usdPerMonth" is missing. ${USD_WAY_OUT}`,
    },
    {
      what: "a budget that nobody is told of",
      config: { budget: { usdPerMonth: 10, emails: [] } },
      problem: `budget.emails": [] is too short: at least 1 entry. ${EMAILS_WAY_OUT}`,
    },
    {
      what: "more addresses than AWS takes",
      config: { budget: { usdPerMonth: 10, emails: Array.from({ length: 11 }, (_, n) => `${n}@a.de`) } },
      problem: `budget.emails": ["0@a.de","1@a.de","2@a.de","3@a.de","4@a.de","5@a.de","6… is too long: at most 10 entries. ${EMAILS_WAY_OUT}`,
    },
    {
      what: "an address that is none",
      config: { budget: { usdPerMonth: 10, emails: ["ml-platform"] } },
      problem: `budget.emails[0]": "ml-platform" is refused: ${NOT_AN_ADDRESS}`,
    },
    {
      what: "an address twice",
      config: { budget: { usdPerMonth: 10, emails: [EMAIL, EMAIL] } },
      problem: `budget.emails[1]": "${EMAIL}" is refused: it is in the list already`,
    },
    {
      what: "an unknown key of the budget",
      config: { budget: { usdPerMonth: 10, emails: [EMAIL], email: EMAIL } },
      problem: `budget.email" is not a key that is known: did you mean "emails"?`,
    },
    {
      what: "a deploy role that nobody may take on",
      config: github([]),
      problem: `deploy.github.subjects": [] is too short: at least 1 entry. ${SUBJECTS_WAY_OUT}`,
    },
    {
      what: "a deploy role that does not say who makes the provider",
      config: { deploy: { github: { subjects: [SUBJECT] } } },
      problem: `deploy.github.createProvider" is missing. ${PROVIDER_WAY_OUT}`,
    },
    {
      what: "a subject twice",
      config: github([SUBJECT, SUBJECT]),
      problem: `deploy.github.subjects[1]": "${SUBJECT}" is refused: it is in the list already. ${SUBJECT_WAY_OUT}`,
    },
    {
      what: "an unknown key of the deploy role",
      config: { deploy: { github: { subjects: [SUBJECT], createProvider: true }, gitlab: {} } },
      problem: `deploy.gitlab" is not a key that is known: did you mean "github"?`,
    },
    {
      what: "an unknown key of GitHub",
      config: { deploy: { github: { subjects: [SUBJECT], createProvider: true, subject: SUBJECT } } },
      problem: `deploy.github.subject" is not a key that is known: did you mean "subjects"?`,
    },
    ...[
      "repo:*",
      "*",
      "repo:*/*:*",
      "repo:acme/*",
      "repo:acme/*:environment:prod",
      "repo:acm?/llm:environment:prod",
    ].map(subject => ({
      what: `the subject ${subject}`,
      config: github([subject]),
      problem: `deploy.github.subjects[0]": "${subject}" is refused: ${subject === "*" ? NO_SUBJECT : NOT_YOURS}. ${SUBJECT_WAY_OUT}`,
    })),
    ...["repo:acme/llm:*", "repo:acme@123/llm@456:*", "repo:acme/llm:ref*:refs/heads/main"].map(subject => ({
      what: `the subject ${subject}`,
      config: github([subject]),
      problem: `deploy.github.subjects[0]": "${subject}" is refused: ${EVERY_BRANCH}. ${SUBJECT_WAY_OUT}`,
    })),
    ...[
      "acme/llm",
      "repo:acme/llm",
      "repo:acme/llm:",
      "repo:acme:environment:prod",
      "repo:acme@123/llm:pull_request",
    ].map(subject => ({
      what: `the subject ${subject}`,
      config: github([subject]),
      problem: `deploy.github.subjects[0]": "${subject}" is refused: ${NO_SUBJECT}. ${SUBJECT_WAY_OUT}`,
    })),
    ...["acme-state", `${BUCKET}/.pulumi`, "s3://acme-state"].map(bucketArn => ({
      what: `${bucketArn} as the state's bucket`,
      config: state({ bucketArn }),
      problem: `deploy.state.bucketArn": "${bucketArn}" is refused: ${NO_BUCKET}`,
    })),
    ...["alias/pulumi", "arn:aws:kms:us-east-2:111122223333:alias/pulumi", "arn:aws:kms:us-east-2:1111:key/1234"].map(
      keyArn => ({
        what: `${keyArn} as the state's key`,
        config: state({ keyArn }),
        problem: `deploy.state.keyArn": "${keyArn}" is refused: ${NO_KEY}`,
      }),
    ),
    {
      what: "a state without its key",
      config: state({ keyArn: undefined }),
      problem: `deploy.state.keyArn" is missing. KMS key of Pulumi's state and secrets.`,
    },
    {
      what: "an unknown key of the state",
      config: state({ bucket: BUCKET }),
      problem: `deploy.state.bucket" is not a key that is known: the keys here are bucketArn, keyArn`,
    },
    {
      what: "an image cache that is no yes or no",
      config: { imageCache: { enabled: 1 } },
      problem: `imageCache.enabled": 1 is not true or false. Copies of other registries' images in ECR: true makes them.`,
    },
    {
      what: "an unknown key of the image cache",
      config: { imageCache: { enable: true } },
      problem: `imageCache.enable" is not a key that is known: did you mean "enabled"?`,
    },
    {
      what: "a login for a registry that is not cached",
      config: { imageCache: { credentials: { gitlab: SECRET } } },
      problem: `imageCache.credentials.gitlab" is not a key that is known: did you mean "github"?`,
    },
    {
      what: "a Docker Hub login in place of its secret's ARN",
      config: { imageCache: { credentials: { dockerHub: "acme" } } },
      problem: `imageCache.credentials.dockerHub": "acme" is refused: ${NO_SECRET}. Secret of a Docker Hub account. Without it: docker.io is not cached.`,
    },
    {
      what: "a secret whose name ECR does not take",
      config: { imageCache: { credentials: { github: "arn:aws:secretsmanager:us-east-2:111122223333:secret:gh" } } },
      problem: `imageCache.credentials.github": "arn:aws:secretsmanager:us-east-2:111122223333:secret:gh" is refused: ${NO_SECRET}. Secret of a GitHub account. Without it: ghcr.io is not cached.`,
    },
  ];
  for (const { what, config, problem } of refused)
    it(`refuse ${what}`, () => assert.deepEqual(problems(config), [`"llmd-infra:${problem}`]));
});
