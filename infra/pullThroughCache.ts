/** Copies of other registries' images in the account's own ECR, for nodes without a way to the internet. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument, type Statement } from "../contracts/iamPolicy";

export interface PullThroughCacheArgs {
  /** 12 digits; part of every image's name. */
  readonly accountId: string;
  /** Where the copies are, e.g. `us-east-2`. */
  readonly region: string;
  /** Secrets in Secrets Manager, by registry. @default - no copies of docker.io and ghcr.io, which ask for a login */
  readonly credentials?: CacheCredentials;
}

/**
 * ARNs of secrets `{"username": …, "accessToken": …}`, in the account and Region of the cache; their names begin with
 * `ecr-pullthroughcache/`, or ECR refuses them.
 */
export interface CacheCredentials {
  /** For docker.io. @default - docker.io is not cached */
  readonly dockerHub?: string;
  /** For ghcr.io. @default - ghcr.io is not cached */
  readonly github?: string;
}

/**
 * ECR fetches an image when it is first pulled below its registry's prefix, and looks for a newer one once a day at most.
 * Who pulls first also makes the repository: nodes need `pullPolicyArn` beside `AmazonEC2ContainerRegistryPullOnly`.
 * Repositories outlive the cache: ECR made them, not Pulumi.
 *
 * Free but for what ECR stores.
 */
export class PullThroughCache extends pulumi.ComponentResource {
  /**
   * What to write in place of the registry in an image's name, by registry (`quay.io`). Docker Hub's own images need
   * their full name: `<prefix>/library/nginx`.
   */
  readonly prefixes: pulumi.Output<Record<string, string>>;
  /** Of the policy for roles of nodes. */
  readonly pullPolicyArn: pulumi.Output<string>;

  /** @throws where ECR would refuse the length of a prefix. */
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
  /** As in an image's name. */
  readonly registry: string;
  /** Where ECR asks, where that is another name. */
  readonly url?: string;
  /** What a prefix calls it: a full name leaves no room for the stack's. */
  readonly short: string;
  /** Which secret it needs. */
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

export interface CacheRule {
  readonly registry: string;
  readonly upstreamUrl: string;
  readonly prefix: string;
  readonly credentialArn?: string;
}

/** ECR's bound on a rule's prefix: API reference, CreatePullThroughCacheRule. */
const MAX_PREFIX_LENGTH = 30;

/**
 * The registries that are cached: those without a login, and those whose secret is given.
 * @throws where ECR would refuse the length of a prefix.
 */
export function cacheRules(name: string, credentials: CacheCredentials = {}): CacheRule[] {
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
      `the image cache's prefix "${long.prefix}" has ${long.prefix.length} characters, ECR takes ${MAX_PREFIX_LENGTH} at most: ` +
        "take a shorter stack name, or set llmd-infra:imageCache.enabled to false",
    );
  return rules;
}

/** Where the registry's copies are, known when its rule is there. */
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

const createPullPolicy = (parent: PullThroughCache, name: string, args: PullThroughCacheArgs) =>
  new aws.iam.Policy(
    `${name}-image-cache`,
    {
      description: `Lets nodes of ${name} make the repositories of images they pull first`,
      policy: policyDocument([createRepositories(name, args)]),
    },
    { parent },
  );

/** What `AmazonEC2ContainerRegistryPullOnly` lacks: it may import into repositories, not make them. */
export const createRepositories = (
  name: string,
  { accountId, region }: Pick<PullThroughCacheArgs, "accountId" | "region">,
): Statement => ({
  Sid: "MakeRepositoriesOfTheCache",
  Effect: "Allow",
  // A template of the account's may tag what is made.
  Action: ["ecr:CreateRepository", "ecr:TagResource"],
  Resource: [`arn:aws:ecr:${region}:${accountId}:repository/${name}/*`],
});
