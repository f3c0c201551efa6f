import assert from "node:assert/strict";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import { DependencyGraph } from "../../support/dependencyGraph";
import type { StateResource } from "../../support/engine";
import { everything } from "../../support/everything";

const POOLS = ["system", "gpu-block", "gpu-spot", "gpu-static", "gpu-small", "gpu-labelled"];

describe("the order of a destroy, by what the state says needs what", () => {
  let resources: readonly StateResource[];
  let graph: DependencyGraph;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    resources = (await everything()).state("infra");
    graph = new DependencyGraph(resources);
  });

  const typed = (type: string, name?: RegExp) => graph.typed(type, name);
  const one = (type: string, name?: RegExp) => graph.one(type, name);
  const goBefore = (first: readonly string[], then: readonly string[]) => graph.goBefore(first, then);

  const cluster = () => one("aws:eks/cluster:Cluster");
  const nodePools = () => typed("kubernetes:karpenter.sh/v1:NodePool");

  for (const pool of POOLS)
    it(`takes down ${pool} from its NodePool to the cluster`, () => {
      const named = new RegExp(`^${pool}$`);
      const ofNodes = new RegExp(`^llmd-everything-${pool}-node`);
      const nodePool = one("kubernetes:karpenter.sh/v1:NodePool", named);
      const nodeClass = one("kubernetes:eks.amazonaws.com/v1:NodeClass", named);
      const association = one("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", ofNodes);
      const entry = one("aws:eks/accessEntry:AccessEntry", ofNodes);
      const policies = typed("aws:iam/rolePolicyAttachment:RolePolicyAttachment", ofNodes);
      assert.equal(policies.length, 3);
      goBefore([nodePool], [nodeClass]);
      goBefore([nodeClass], [association, ...policies, one("aws:iam/role:Role", ofNodes)]);
      goBefore([association], [entry]);
      goBefore([entry], [cluster()]);
    });

  it("leaves nodes their subnets, security groups and every way out until they are gone", () => {
    assert.equal(nodePools().length, POOLS.length);
    goBefore(nodePools(), [
      ...typed("aws:ec2/routeTableAssociation:RouteTableAssociation", /-private-/),
      ...typed("aws:ec2/vpcEndpoint:VpcEndpoint"),
      ...typed("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", /-endpoints$/),
    ]);
    const withEfa = typed("kubernetes:karpenter.sh/v1:NodePool", /^gpu-(block|static)$/);
    goBefore(withEfa, typed("aws:ec2/securityGroup:SecurityGroup", /-efa$/));
  });

  it("takes down the metrics server while its pool still runs it", () =>
    goBefore([one("aws:eks/addon:Addon")], [one("kubernetes:karpenter.sh/v1:NodePool", /^system$/), cluster()]));

  it("takes down the cluster before its network", () => {
    goBefore([cluster()], typed("aws:ec2/subnet:Subnet", /-private-use2-az[12]$/));
    goBefore(
      [cluster(), ...typed("aws:ec2/subnet:Subnet"), ...typed("aws:ec2/vpcEndpoint:VpcEndpoint")],
      [one("aws:ec2/vpc:Vpc")],
    );
  });

  it("leaves the cluster its role with all policies, and its key, until it is gone", () => {
    const policies = typed("aws:iam/rolePolicyAttachment:RolePolicyAttachment", /-cluster-AmazonEKS/);
    assert.equal(policies.length, 5);
    goBefore(
      [cluster()],
      [
        ...policies,
        one("aws:iam/rolePolicy:RolePolicy", /-cluster-tags$/),
        one("aws:iam/role:Role", /-cluster$/),
        one("aws:kms/key:Key", /-secrets$/),
      ],
    );
  });

  it("takes down whatever is in the cluster before the cluster", () =>
    goBefore(
      resources.filter(({ type }) => type.startsWith("kubernetes:")).map(({ urn }) => urn),
      [cluster()],
    ));

  it("lets administrators in until nothing is left in the cluster, whichever of them destroys it", () => {
    const entries = [
      "aws:eks/accessEntry:AccessEntry",
      "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
    ].flatMap(type => typed(type, /^llmd-everything-access-/));
    assert.deepEqual(
      entries.map(urn => urn.split("-access-").at(-1)).sort(),
      ["111122223333-role-platform-admin", "111122223333-user-on-call", "deploy"].flatMap(name => [name, name]),
    );
    const nodeClasses = typed("kubernetes:eks.amazonaws.com/v1:NodeClass");
    assert.equal(nodeClasses.length, POOLS.length);
    goBefore(
      [...nodePools(), ...nodeClasses, one("kubernetes:storage.k8s.io/v1:StorageClass")],
      [one("pulumi:providers:kubernetes", /^cluster$/), ...entries],
    );
    goBefore(entries, [cluster()]);
  });

  it("leaves the bucket of weights its key", () =>
    goBefore([one("aws:s3/bucket:Bucket")], [one("aws:kms/key:Key", /-models$/)]));
});
