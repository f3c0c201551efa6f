import assert from "node:assert/strict";
import { isSecret } from "../../../rehearsal/doubles/protocol/wire";
import {
  ACCOUNT_ID,
  makeServices,
  type RefusedCreation,
  type Services,
  TestAccount,
  TYPES,
  testRefusedCreationsOn,
} from "../../support/aws";

const open = () => ({ ecrRepositoryPrefix: "quay", upstreamRegistryUrl: "quay.io" });
const docker = ({ cacheSecret }: Services) => ({
  ecrRepositoryPrefix: "docker-hub",
  upstreamRegistryUrl: "registry-1.docker.io",
  credentialArn: cacheSecret.outputs.arn,
});
const authenticationNeeded =
  "UnsupportedUpstreamRegistryException: The specified upstream registry requires authentication. Specify a valid Secrets Manager ARN and try again";
const invalid = (parameter: string, pattern: string) =>
  `InvalidParameterException: Invalid parameter at '${parameter}' failed to satisfy constraint: 'must satisfy regular expression '${pattern}''`;

const REFUSED_CREATIONS: readonly RefusedCreation<Services>[] = [
  {
    refuses: "a registry from which ECR does not fetch",
    type: "pullThroughCacheRule",
    good: open,
    wrong: () => ({ upstreamRegistryUrl: "nvcr.io" }),
    message:
      "UnsupportedUpstreamRegistryException: The upstream registry URL nvcr.io is invalid. Specify a valid upstream registry URL and try again",
  },
  {
    refuses: "Docker Hub without credentials",
    type: "pullThroughCacheRule",
    good: docker,
    wrong: () => ({ credentialArn: undefined }),
    message: authenticationNeeded,
  },
  {
    refuses: "GitHub's registry without credentials",
    type: "pullThroughCacheRule",
    good: made => ({ ...docker(made), upstreamRegistryUrl: "ghcr.io" }),
    wrong: () => ({ credentialArn: undefined }),
    message: authenticationNeeded,
  },
  {
    refuses: "a secret without the prefix that ECR asks for",
    type: "pullThroughCacheRule",
    good: docker,
    wrong: ({ secret }) => ({ credentialArn: secret.outputs.arn }),
    message: invalid(
      "credentialArn",
      "^arn:aws:secretsmanager:[a-zA-Z0-9-:]+:secret:ecr\\-pullthroughcache\\/[a-zA-Z0-9\\/_+=.@-]+$",
    ),
  },
  {
    refuses: "a secret of another region",
    type: "pullThroughCacheRule",
    good: docker,
    wrong: () => ({
      credentialArn: `arn:aws:secretsmanager:us-east-1:${ACCOUNT_ID}:secret:ecr-pullthroughcache/no-000000`,
    }),
    message:
      "SecretNotFoundException: The ARN of the secret specified in the pull through cache rule was not found. Update the pull through cache rule with a valid secret ARN and try again.",
  },
  {
    refuses: "a prefix of more than thirty characters",
    type: "pullThroughCacheRule",
    good: () => ({ ...open(), ecrRepositoryPrefix: "q".repeat(30) }),
    wrong: () => ({ ecrRepositoryPrefix: "q".repeat(31) }),
    message:
      "InvalidParameterException: Invalid parameter at 'ecrRepositoryPrefix' failed to satisfy constraint: 'must have length less than or equal to 30'",
  },
  {
    refuses: "a prefix in capitals",
    type: "pullThroughCacheRule",
    good: open,
    wrong: () => ({ ecrRepositoryPrefix: "Quay" }),
    message: invalid(
      "ecrRepositoryPrefix",
      "^((?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*/?|ROOT)$",
    ),
  },
  {
    refuses: "a second secret of the same name",
    type: "secret",
    good: () => ({ name: "llmd/other" }),
    wrong: () => ({ name: "llmd/token" }),
    message: "ResourceExistsException: The operation failed because the secret llmd/token already exists.",
  },
  {
    refuses: "a version of no secret",
    type: "secretVersion",
    good: ({ secret }) => ({ secretId: secret.id, secretString: "hunter2" }),
    wrong: () => ({ secretId: "llmd/none" }),
    message: "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
  },
];

describe("the aws double's registries and secrets", () => {
  testRefusedCreationsOn(makeServices, REFUSED_CREATIONS);

  for (const [index, upstream] of ["public.ecr.aws", "registry.k8s.io", "quay.io"].entries())
    it(`fetch from ${upstream} without credentials, under one prefix once`, async () => {
      const aws = new TestAccount();
      const inputs = { ecrRepositoryPrefix: `upstream-${index}`, upstreamRegistryUrl: upstream };
      const { id, outputs } = await aws.make("pullThroughCacheRule", "first", inputs);
      assert.deepEqual([id, outputs.registryId], [`upstream-${index}`, ACCOUNT_ID]);
      await assert.rejects(aws.make("pullThroughCacheRule", "second", inputs), {
        message:
          "PullThroughCacheRuleAlreadyExistsException: A pull through cache rule with these settings already exists for the private registry.",
      });
      await aws.make("pullThroughCacheRule", "second", { ...inputs, ecrRepositoryPrefix: "again" });
    });

  it("fetch with a secret that is older than the stack", async () => {
    const credentialArn = `arn:aws:secretsmanager:us-east-2:${ACCOUNT_ID}:secret:ecr-pullthroughcache/old-Ab12Cd`;
    const inputs = { ecrRepositoryPrefix: "github", upstreamRegistryUrl: "ghcr.io", credentialArn };
    await new TestAccount().make("pullThroughCacheRule", "github", inputs);
  });

  it("delete a secret with its versions", async () => {
    const aws = new TestAccount();
    const secret = await aws.make("secret", "token", {});
    const version = await aws.make("secretVersion", "token", { secretId: secret.id, secretString: "hunter2" });
    await aws.remove(secret);
    assert.deepEqual(aws.contents(), []);
    await aws.remove(version);
  });

  it("have the ARNs that AWS gives secrets", async () => {
    const { secret } = await makeServices(new TestAccount());
    assert.match(secret.id, /^arn:aws:secretsmanager:us-east-2:111122223333:secret:llmd\/token-[0-9a-f]{6}$/);
    assert.equal(secret.outputs.arn, secret.id);
  });

  it("keep a secret's value secret, whatever the program says", async () => {
    const aws = new TestAccount();
    const { secret } = await makeServices(aws);
    const { id, outputs } = await aws.make("secretVersion", "token", { secretId: secret.id, secretString: "hunter2" });
    assert.equal(id, `${secret.id}|${outputs.versionId}`);
    assert.deepEqual([outputs.arn, outputs.versionStages], [secret.id, ["AWSCURRENT"]]);
    const marked = aws.double.markSecrets?.(TYPES.secretVersion, outputs) ?? {};
    assert.deepEqual(
      Object.keys(marked).filter(key => isSecret(marked[key])),
      ["secretString"],
    );
    assert.deepEqual(aws.double.markSecrets?.(TYPES.secret, secret.outputs), secret.outputs);
  });

  it("find a secret by its name too", async () => {
    const aws = new TestAccount();
    const { secret } = await makeServices(aws);
    const { outputs } = await aws.make("secretVersion", "token", { secretId: "llmd/token", secretString: "hunter2" });
    assert.equal(outputs.arn, secret.id);
  });
});
