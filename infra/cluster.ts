/** The EKS cluster in Auto Mode. */

// Not the whole package: its index loads all of @pulumi/aws.
import * as eks from "@pulumi/eks/cluster";
import * as pulumi from "@pulumi/pulumi";
import * as aws from "../contracts/aws";
import { createClusterRole } from "./clusterRole";
import type { ClusterSettings } from "./settings/cluster";

export interface ClusterArgs {
  /** Kubernetes version, e.g. `1.35`. */
  readonly kubernetesVersion: string;
  /** Access to the API server: public or private, and from where. */
  readonly endpoint: ClusterSettings["endpoint"];
  /** AWS Region of the cluster, as in `us-east-2`. */
  readonly region: string;
  /** Id of the VPC that the cluster runs in. */
  readonly vpcId: pulumi.Input<string>;
  /** Private subnets of the control plane, in two zones at least. Load balancers find theirs by tags. */
  readonly controlPlaneSubnetIds: pulumi.Input<string>[];
  /** Types of control plane logs that go to CloudWatch. */
  readonly logTypes: readonly string[];
  /** Whether AWS rejects a deletion of the cluster. */
  readonly deletionProtection: boolean;
}

/**
 * An Auto Mode cluster without EKS's built-in node pools, which cannot have limits. Costs $0.10 an hour for the control plane;
 * the cost of nodes is that of the pools.
 */
export class Cluster extends pulumi.ComponentResource {
  readonly name: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly endpoint: pulumi.Output<string>;
  /** Security group of control plane and nodes, made by EKS. */
  readonly securityGroupId: pulumi.Output<string>;
  /** Kubeconfig in JSON; secret. */
  readonly kubeconfig: pulumi.Output<string>;

  constructor(name: string, args: ClusterArgs, opts: pulumi.ComponentResourceOptions) {
    super("llmd:infra:Cluster", name, {}, opts);
    const role = createClusterRole(this, name);
    const key = createKey(this, name);
    const cluster = createCluster(this, name, args, role, key);

    this.name = cluster.eksCluster.name;
    this.arn = cluster.eksCluster.arn;
    this.endpoint = cluster.eksCluster.endpoint;
    this.securityGroupId = cluster.clusterSecurityGroupId;
    this.kubeconfig = kubeconfig(cluster.eksCluster, args.region);
    this.registerOutputs({ name: this.name });
  }
}

/** Key that encrypts the cluster's Secrets. Without it, etcd is encrypted with a key of AWS only. */
function createKey(parent: Cluster, name: string): aws.kms.Key {
  const key = new aws.kms.Key(
    `${name}-secrets`,
    {
      description: `Kubernetes Secrets of ${name}`,
      enableKeyRotation: true,
      // AWS's longest: without the key the cluster is lost.
      deletionWindowInDays: 30,
      tags: { Name: `${name}-secrets` },
    },
    { parent },
  );
  new aws.kms.Alias(`${name}-secrets`, { name: `alias/${name}-secrets`, targetKeyId: key.keyId }, { parent });
  return key;
}

const createCluster = (
  parent: Cluster,
  name: string,
  args: ClusterArgs,
  role: pulumi.Output<aws.iam.Role>,
  key: aws.kms.Key,
) =>
  new eks.Cluster(
    name,
    {
      name,
      version: args.kubernetesVersion,
      upgradePolicy: { supportType: "STANDARD" },
      vpcId: args.vpcId,
      privateSubnetIds: args.controlPlaneSubnetIds,
      endpointPublicAccess: args.endpoint.public,
      endpointPrivateAccess: args.endpoint.private,
      publicAccessCidrs: args.endpoint.public ? args.endpoint.cidrs : undefined,
      authenticationMode: "API",
      deletionProtection: args.deletionProtection,
      serviceRole: role,
      encryptionConfigKeyArn: key.arn,
      enabledClusterLogTypes: [...args.logTypes],
      autoMode: { enabled: true, createNodeRole: false, computeConfig: { nodePools: [] } },
      // Both are set: the code of the component differs from the text of its options.
      skipDefaultNodeGroup: true,
      createInstanceRole: false,
      // Auto Mode nodes have their own DNS: pulumi-eks#1726.
      corednsAddonOptions: { enabled: false },
      // Without it the component throws when it is given an explicit provider.
      providerCredentialOpts: {},
    },
    { parent },
  );

/** Kubeconfig that gets a token from the `aws` CLI at each use, so that no token is in the state. */
function kubeconfig(cluster: pulumi.Output<aws.eks.Cluster>, region: string): pulumi.Output<string> {
  const authority = cluster.certificateAuthority.apply(({ data }) => data);
  const text = pulumi.all([cluster.name, cluster.endpoint, authority]).apply(([name, server, data]) =>
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name, cluster: { server, "certificate-authority-data": data } }],
      users: [{ name, user: { exec: tokenCommand(name, region) } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      "current-context": name,
    }),
  );
  return pulumi.secret(text);
}

const tokenCommand = (cluster: string, region: string) => ({
  apiVersion: "client.authentication.k8s.io/v1beta1",
  command: "aws",
  args: ["eks", "get-token", "--cluster-name", cluster, "--region", region, "--output", "json"],
  interactiveMode: "Never",
});
