/** Role that GitHub Actions assumes to deploy. No AWS access key is stored at GitHub. */

import * as pulumi from "@pulumi/pulumi";
import * as aws from "../contracts/aws";
import { policyDocument } from "../contracts/iamPolicy";
import { type DeployTheme, deployStatements, githubProviderArn, type StateBackend } from "./deployPermissions";

export interface DeployRoleArgs {
  /** AWS account, 12 digits. */
  readonly accountId: string;
  /** Region of the stack, e.g. `us-east-2`. */
  readonly region: string;
  /**
   * Subjects of the tokens that may assume the role, as GitHub writes them: `repo:OWNER/REPO:…`, or with the ids that
   * survive a renaming, `repo:OWNER@<id>/REPO@<id>:…`. `*` matches any text, `?` any character.
   */
  readonly subjects: readonly string[];
  /**
   * Whether this stack makes the account's OIDC provider for GitHub tokens. An account has one: only one stack makes it, and
   * its `destroy` locks all others out.
   */
  readonly createProvider: boolean;
  /** Bucket and key of Pulumi's state. @default - neither is in this account */
  readonly state?: StateBackend;
}

/**
 * Its permissions in AWS are in `deployStatements`. In Kubernetes it needs an entry of `ClusterAccess`. It has no permissions
 * boundary, which is out of scope here, and may write roles that are allowed more. So everyone who may start the workflow
 * administers the account: restrict that to a protected branch or environment, by `subjects`.
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

/** No thumbprint is needed: AWS trusts GitHub's certificate by its own list of authorities. */
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
      assumeRolePolicy: policyDocument(githubTrust(providerArn, subjects)),
    },
    { parent },
  );

/** Exact subjects and patterns have a statement each: in one statement, a token would have to match both. */
function githubTrust(Federated: pulumi.Input<string>, subjects: readonly string[]): aws.iam.PolicyStatement[] {
  const audience = { [`${ISSUER}:aud`]: AUDIENCE };
  const only = (matching: readonly string[]) => ({ [`${ISSUER}:sub`]: matching });
  const patterns = subjects.filter(subject => /[*?]/.test(subject));
  const exact = subjects.filter(subject => !patterns.includes(subject));
  const statements = [
    { Sid: "ExactSubjects", of: exact, Condition: { StringEquals: { ...audience, ...only(exact) } } },
    { Sid: "SubjectPatterns", of: patterns, Condition: { StringEquals: audience, StringLike: only(patterns) } },
  ];
  return statements
    .filter(({ of }) => of.length > 0)
    .map(({ Sid, Condition }) => ({
      Sid,
      Effect: "Allow",
      Principal: { Federated },
      Action: ["sts:AssumeRoleWithWebIdentity"],
      Condition,
    }));
}

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
