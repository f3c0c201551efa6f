/** Pull-through cache: copies of other registries' images in the account's own ECR, for nodes that cannot reach the internet. */

import * as pulumi from "@pulumi/pulumi";
import * as aws from "../contracts/aws";
import { policyDocument } from "../contracts/iamPolicy";

interface PullThroughCacheArgs {
  /** AWS account, 12 digits; part of every image's name. */
  readonly accountId: string;
  /** Region of the copies, e.g. `us-east-2`. */
  readonly region: string;
  /** Secrets in Secrets Manager, by registry. @default - no copies of docker.io and ghcr.io, which require a login */
  readonly credentials?: CacheCredentials;
}

/**
 * ARNs of secrets `{"username": …, "accessToken": …}`, in the account and Region of the cache. Their names begin with
 * `ecr-pullthroughcache/`: ECR rejects all others.
 */
export interface CacheCredentials {
  /** Secret for docker.io. @default - docker.io is not cached */
  readonly dockerHub?: string;
  /** Secret for ghcr.io. @default - ghcr.io is not cached */
  readonly github?: string;
}

/**
 * ECR fetches an image at its first pull below the prefix of its registry, and looks for a newer one once a day at most.
 * The first pull also makes the repository: nodes need `pullPolicyArn` beside `AmazonEC2ContainerRegistryPullOnly`.
 * Repositories outlive the cache, because ECR makes them, not Pulumi.
 *
 * Costs the storage in ECR and nothing else.
 */
export class PullThroughCache extends pulumi.ComponentResource {
  /**
   * Prefix of the copies, which replaces the registry in an image's name, by registry (`quay.io`). Docker Hub's official
   * images need their full name: `<prefix>/library/nginx`.
   */
  readonly prefixes: pulumi.Output<Record<string, string>>;
  /** Policy for the roles of nodes. */
  readonly pullPolicyArn: pulumi.Output<string>;

  /** @throws RunError when a prefix is longer than ECR allows. */
  constructor(name: string, args: PullThroughCacheArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:infra:PullThroughCache", name, {}, opts);
    const entries = cacheRules(name, args.credentials).map(rule => [rule.registry, createRule(this, name, args, rule)]);
    const policy = createPullPolicy(this, name, args);

    this.prefixes = pulumi.output(Object.fromEntries(entries) as Record<string, pulumi.Output<string>>);
    this.pullPolicyArn = policy.arn;
    this.registerOutputs({ prefixes: this.prefixes, pullPolicyArn: this.pullPolicyArn });
  }
}

interface Upstream {
  /** Registry as in an image's name. */
  readonly registry: string;
  /** Host that ECR pulls from. @default - the registry */
  readonly url?: string;
  /** Short name in the prefix: a full name leaves no room for that of the stack. */
  readonly short: string;
  /** Secret that the registry requires. @default - none */
  readonly login?: keyof CacheCredentials;
}

/** AWS, ECR API reference, CreatePullThroughCacheRule; which need a login: ECR user guide, "Sync an upstream registry". */
const UPSTREAMS: readonly Upstream[] = [
  { registry: "registry.k8s.io", short: "k8s" },
  { registry: "quay.io", short: "quay" },
  { registry: "public.ecr.aws", short: "ecr-public" },
  { registry: "docker.io", url: "registry-1.docker.io", short: "docker-hub", login: "dockerHub" },
  { registry: "ghcr.io", short: "ghcr", login: "github" },
];

interface CacheRule {
  readonly registry: string;
  readonly upstreamUrl: string;
  readonly prefix: string;
  readonly credentialArn?: string;
}

/** Longest prefix of a rule, in characters: ECR API reference, CreatePullThroughCacheRule. */
const MAX_PREFIX_LENGTH = 30;

/**
 * Rules of the registries that are cached: those without a login, and those whose secret is given.
 * @throws RunError when a prefix is longer than ECR allows.
 */
function cacheRules(name: string, credentials: CacheCredentials = {}): CacheRule[] {
  const cached = UPSTREAMS.filter(({ login }) => login === undefined || credentials[login] !== undefined);
  const rules = cached.map(({ registry, url = registry, short, login }) => ({
    registry,
    upstreamUrl: url,
    prefix: `${name}/${short}`,
    credentialArn: login && credentials[login],
  }));
  const long = rules.find(({ prefix }) => prefix.length > MAX_PREFIX_LENGTH);
  if (long)
    throw new pulumi.RunError(
      `the image cache's prefix "${long.prefix}" has ${long.prefix.length} characters, ECR allows at most ${MAX_PREFIX_LENGTH}: ` +
        "choose a shorter stack name, or set llmd-infra:imageCache.enabled to false",
    );
  return rules;
}

/** Prefix of the registry's copies, known when its rule is made. */
function createRule(
  parent: PullThroughCache,
  name: string,
  { accountId, region }: PullThroughCacheArgs,
  { registry, upstreamUrl, prefix, credentialArn }: CacheRule,
): pulumi.Output<string> {
  const rule = new aws.ecr.PullThroughCacheRule(
    `${name}-${registry}`,
    { ecrRepositoryPrefix: prefix, upstreamRegistryUrl: upstreamUrl, credentialArn },
    { parent },
  );
  return rule.ecrRepositoryPrefix.apply(cached => `${accountId}.dkr.ecr.${region}.amazonaws.com/${cached}`);
}

/** Permission that `AmazonEC2ContainerRegistryPullOnly` lacks: it may import into repositories, but not make them. */
const createPullPolicy = (parent: PullThroughCache, name: string, { accountId, region }: PullThroughCacheArgs) =>
  new aws.iam.Policy(
    `${name}-image-cache`,
    {
      description: `Lets nodes of ${name} make the repositories of images they pull first`,
      policy: policyDocument([
        {
          Sid: "MakeRepositoriesOfTheCache",
          Effect: "Allow",
          // A repository creation template of the account may add tags.
          Action: ["ecr:CreateRepository", "ecr:TagResource"],
          Resource: [`arn:aws:ecr:${region}:${accountId}:repository/${name}/*`],
        },
      ]),
    },
    { parent },
  );
