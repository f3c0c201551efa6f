import assert from "node:assert/strict";
import { type CacheCredentials, PullThroughCache } from "../../infra/pullThroughCache";
import { arnOf, assertPartsOf, built, inputsOf, only, type Registered, settled } from "../support/mockedProgram";
import { statementsIn } from "../support/policies";

const RULE = "aws:ecr/pullThroughCacheRule:PullThroughCacheRule";
const POLICY = "aws:iam/policy:Policy";

const DOCKER = "arn:aws:secretsmanager:us-east-2:111122223333:secret:ecr-pullthroughcache/docker-AbCdEf";
const GITHUB = "arn:aws:secretsmanager:us-east-2:111122223333:secret:ecr-pullthroughcache/github-AbCdEf";
const ECR = "111122223333.dkr.ecr.us-east-2.amazonaws.com";

const cacheOf = (credentials?: CacheCredentials, name = "llmd-dev") =>
  built(() => new PullThroughCache(name, { accountId: "111122223333", region: "us-east-2", credentials }));

describe("the registries that the image cache copies", () => {
  const open = ["registry.k8s.io", "quay.io", "public.ecr.aws"];

  const cases: readonly { given: string; credentials?: CacheCredentials; cached: string[] }[] = [
    { given: "are those that require no login", cached: open },
    { given: "are the same where no secret is given", credentials: {}, cached: open },
    {
      given: "include Docker Hub where its secret is given",
      credentials: { dockerHub: DOCKER },
      cached: [...open, "docker.io"],
    },
    {
      given: "include GitHub's where its secret is given",
      credentials: { github: GITHUB },
      cached: [...open, "ghcr.io"],
    },
  ];
  for (const { given, credentials, cached } of cases)
    it(given, async () => {
      const { component } = await cacheOf(credentials);
      assert.deepEqual(Object.keys(await settled(component.prefixes)), cached);
    });

  it("are refused under a name that leaves their prefix no room", () =>
    assert.rejects(cacheOf(undefined, "llmd-a-rather-long-name"), {
      message:
        'the image cache\'s prefix "llmd-a-rather-long-name/ecr-public" has 34 characters, ECR allows at most 30: ' +
        "choose a shorter stack name, or set llmd-infra:imageCache.enabled to false",
    }));

  it("fit under the longest name that ECR takes", async () => {
    const { registered } = await cacheOf({ dockerHub: DOCKER }, "x".repeat(19));
    assert.ok(inputsOf(registered, RULE).some(({ ecrRepositoryPrefix }) => String(ecrRepositoryPrefix).length === 30));
  });
});

describe("the image cache", () => {
  let registered: Registered[];
  let cache: PullThroughCache;

  before(async () => {
    ({ registered, component: cache } = await cacheOf({ dockerHub: DOCKER, github: GITHUB }));
  });

  it("has a rule for each registry, below the stack's own prefix, with the login it asks for", () =>
    assert.deepEqual(inputsOf(registered, RULE), [
      {
        ecrRepositoryPrefix: "llmd-dev/docker-hub",
        upstreamRegistryUrl: "registry-1.docker.io",
        credentialArn: DOCKER,
      },
      { ecrRepositoryPrefix: "llmd-dev/ghcr", upstreamRegistryUrl: "ghcr.io", credentialArn: GITHUB },
      { ecrRepositoryPrefix: "llmd-dev/ecr-public", upstreamRegistryUrl: "public.ecr.aws" },
      { ecrRepositoryPrefix: "llmd-dev/quay", upstreamRegistryUrl: "quay.io" },
      { ecrRepositoryPrefix: "llmd-dev/k8s", upstreamRegistryUrl: "registry.k8s.io" },
    ]));

  it("says where each registry's images are", async () =>
    assert.deepEqual(await settled(cache.prefixes), {
      "registry.k8s.io": `${ECR}/llmd-dev/k8s`,
      "quay.io": `${ECR}/llmd-dev/quay`,
      "public.ecr.aws": `${ECR}/llmd-dev/ecr-public`,
      "docker.io": `${ECR}/llmd-dev/docker-hub`,
      "ghcr.io": `${ECR}/llmd-dev/ghcr`,
    }));

  it("lets nodes make the repositories of what they pull first, below its prefix only", () =>
    assert.deepEqual(statementsIn(only(registered, POLICY).inputs.policy), [
      {
        Sid: "MakeRepositoriesOfTheCache",
        Effect: "Allow",
        Action: ["ecr:CreateRepository", "ecr:TagResource"],
        Resource: ["arn:aws:ecr:us-east-2:111122223333:repository/llmd-dev/*"],
      },
    ]));

  it("hands over the policy for nodes", async () =>
    assert.equal(await settled(cache.pullPolicyArn), arnOf("llmd-dev-image-cache")));

  it("names everything after itself, under itself and only once", () =>
    assertPartsOf(registered, "llmd:infra:PullThroughCache", "llmd-dev"));
});
