import assert from "node:assert/strict";
import { type CacheCredentials, cacheRules, PullThroughCache } from "../../infra/pullThroughCache";
import { arnOf, assertNamed, inputsOf, only, type Registered, registeredBy, settled } from "../support/mockedProgram";
import { statementsIn } from "../support/policies";

const COMPONENT = "llmd:infra:PullThroughCache";
const RULE = "aws:ecr/pullThroughCacheRule:PullThroughCacheRule";
const POLICY = "aws:iam/policy:Policy";

const DOCKER = "arn:aws:secretsmanager:us-east-2:111122223333:secret:ecr-pullthroughcache/docker-AbCdEf";
const GITHUB = "arn:aws:secretsmanager:us-east-2:111122223333:secret:ecr-pullthroughcache/github-AbCdEf";
const ECR = "111122223333.dkr.ecr.us-east-2.amazonaws.com";

const build = async (credentials?: CacheCredentials) => {
  const made = {} as { cache: PullThroughCache };
  const registered = await registeredBy(() => {
    made.cache = new PullThroughCache("llmd-dev", { accountId: "111122223333", region: "us-east-2", credentials });
  });
  return { ...made, registered };
};

describe("the registries that the image cache copies", () => {
  const registries = (credentials?: CacheCredentials) =>
    cacheRules("llmd-dev", credentials).map(({ registry }) => registry);
  const open = ["registry.k8s.io", "quay.io", "public.ecr.aws"];

  const cases: readonly { given: string; credentials?: CacheCredentials; cached: string[] }[] = [
    { given: "are those that ask for no login", cached: open },
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
    {
      given: "are five where both are given",
      credentials: { dockerHub: DOCKER, github: GITHUB },
      cached: [...open, "docker.io", "ghcr.io"],
    },
  ];
  for (const { given, credentials, cached } of cases)
    it(given, () => assert.deepEqual(registries(credentials), cached));

  it("are refused under a name that leaves their prefix no room", () =>
    assert.throws(() => cacheRules("llmd-a-rather-long-name"), {
      message:
        'the image cache\'s prefix "llmd-a-rather-long-name/ecr-public" has 34 characters, ECR takes 30 at most: ' +
        "take a shorter stack name, or set llmd-infra:imageCache.enabled to false",
    }));

  it("fit under the longest name that ECR takes", () =>
    assert.equal(cacheRules("x".repeat(19), { dockerHub: DOCKER })[3]?.prefix.length, 30));
});

describe("the image cache", () => {
  let registered: Registered[];
  let cache: PullThroughCache;

  before(async () => {
    ({ registered, cache } = await build({ dockerHub: DOCKER, github: GITHUB }));
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

  it("names no place for a registry that it does not copy", async () => {
    const { cache: open } = await build();
    assert.deepEqual(Object.keys(await settled(open.prefixes)), ["registry.k8s.io", "quay.io", "public.ecr.aws"]);
  });

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

  it("names everything after itself, under itself and only once", () => {
    assertNamed(registered, "llmd-dev");
    for (const { type, parent } of registered)
      if (type !== COMPONENT) assert.equal(parent, `${COMPONENT}::llmd-dev`, `parent of ${type}`);
  });
});
