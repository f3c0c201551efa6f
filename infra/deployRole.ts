/** The role that GitHub Actions deploys with: no key of AWS's is stored at GitHub. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Conditions, policyDocument, type TrustStatement } from "../contracts/iamPolicy";
import { type DeployTheme, deployStatements, githubProviderArn, type StateBackend } from "./deployPermissions";

export interface DeployRoleArgs {
  /** 12 digits. */
  readonly accountId: string;
  /** Where the stack lives, e.g. `us-east-2`. */
  readonly region: string;
  /**
   * Subjects of the tokens that may take on the role, as GitHub writes them: `repo:OWNER/REPO:…`, or with the ids that
   * survive a renaming, `repo:OWNER@<id>/REPO@<id>:…`. `*` and `?` stand for any text and any character.
   */
  readonly subjects: readonly string[];
  /**
   * Whether this stack makes the account's provider of GitHub tokens. An account has one: only one stack makes it, and its
   * `destroy` locks all others out.
   */
  readonly createProvider: boolean;
  /** Where Pulumi keeps state and secrets. @default - neither is in this account */
  readonly state?: StateBackend;
}

/**
 * What it may do in AWS is in `deployStatements`; in Kubernetes it needs an entry of `ClusterAccess`. It has no permissions
 * boundary, which is out of scope here: whoever may write roles may write one that does more. So who may start
 * the workflow is who administers the account; let a protected branch or environment decide, by `subjects`.
 */
export class DeployRole extends pulumi.ComponentResource {
  readonly roleArn: pulumi.Output<string>;

  constructor(name: string, args: DeployRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:infra:DeployRole", name, {}, opts);
    const providerArn = args.createProvider ? createProvider(this, name).arn : githubProviderArn(args.accountId);
    const role = createRole(this, name, args, providerArn);
    createPolicies(this, name, args, role);

    this.roleArn = role.arn;
    this.registerOutputs({ roleArn: this.roleArn });
  }
}

/** AWS trusts GitHub's certificate by its own list of authorities: no thumbprint is needed. */
const createProvider = (parent: DeployRole, name: string) =>
  new aws.iam.OpenIdConnectProvider(
    `${name}-github`,
    { url: `https://${ISSUER}`, clientIdLists: [AUDIENCE] },
    { parent },
  );

const ISSUER = "token.actions.githubusercontent.com";
const AUDIENCE = "sts.amazonaws.com";

/** One hour, IAM's shortest maximum. */
const MAX_SESSION_SECONDS = 3600;

const createRole = (
  parent: DeployRole,
  name: string,
  { subjects }: DeployRoleArgs,
  providerArn: pulumi.Input<string>,
): aws.iam.Role =>
  new aws.iam.Role(
    `${name}-deploy`,
    {
      description: `Deploys ${name} from GitHub Actions`,
      maxSessionDuration: MAX_SESSION_SECONDS,
      assumeRolePolicy: pulumi.output(providerArn).apply(arn => policyDocument(githubTrust(arn, subjects))),
    },
    { parent },
  );

/** Exact subjects and patterns each in a statement of their own: in one, a token would have to match both. */
export function githubTrust(providerArn: string, subjects: readonly string[]): TrustStatement[] {
  const audience = { [`${ISSUER}:aud`]: AUDIENCE };
  const only = (matching: readonly string[]) => ({ [`${ISSUER}:sub`]: matching });
  const exact = subjects.filter(subject => !isPattern(subject));
  const patterns = subjects.filter(isPattern);
  return [
    ...(exact.length > 0
      ? [trust("ExactSubjects", providerArn, { StringEquals: { ...audience, ...only(exact) } })]
      : []),
    ...(patterns.length > 0
      ? [trust("SubjectPatterns", providerArn, { StringEquals: audience, StringLike: only(patterns) })]
      : []),
  ];
}

const isPattern = (subject: string): boolean => /[*?]/.test(subject);

const trust = (Sid: string, providerArn: string, Condition: Conditions): TrustStatement => ({
  Sid,
  Effect: "Allow",
  Principal: { Federated: providerArn },
  Action: ["sts:AssumeRoleWithWebIdentity"],
  Condition,
});

function createPolicies(parent: DeployRole, name: string, args: DeployRoleArgs, role: aws.iam.Role): void {
  for (const [theme, statements] of Object.entries(deployStatements({ ...args, name }))) {
    const policyName = `${name}-deploy-${theme}`;
    const policy = new aws.iam.Policy(
      policyName,
      { description: DESCRIPTIONS[theme as DeployTheme], policy: policyDocument(statements) },
      { parent },
    );
    new aws.iam.RolePolicyAttachment(policyName, { role: role.name, policyArn: policy.arn }, { parent });
  }
}

const DESCRIPTIONS: Readonly<Record<DeployTheme, string>> = {
  network: "VPC, subnets, routes, NAT gateways and endpoints of the stack",
  cluster: "The EKS cluster of the stack and who may use it",
  identity: "Roles and policies of the stack",
  services: "Bucket, keys, budget, image cache and Pulumi's state",
};
