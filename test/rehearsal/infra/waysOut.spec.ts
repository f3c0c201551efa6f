import assert from "node:assert/strict";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import { DependencyGraph } from "../../support/dependencyGraph";
import { type EngineUnderTest, sharedEngine } from "../../support/engine";
import { holdings, NOTHING } from "../../support/holdings";
import { withValues } from "../../support/stackFiles";

const ROUTE = "aws:ec2/route:Route";
const NAT_GATEWAY = "aws:ec2/natGateway:NatGateway";

const SECRETS = "arn:aws:secretsmanager:us-east-2:111122223333:secret:ecr-pullthroughcache";
/** Without it nodes without a way out could pull nothing. */
const CACHED = {
  enabled: true,
  credentials: { dockerHub: `${SECRETS}/docker-AbCdEf`, github: `${SECRETS}/github-AbCdEf` },
};

/** In this order each takes the place of the one before, as a stack file's change would have it. */
const WAYS_OUT = [
  { nat: "perZone", gateways: 3, addresses: 3, defaultRoutes: 3 },
  { nat: "regional", gateways: 1, addresses: 0, defaultRoutes: 1 },
  { nat: "single", gateways: 1, addresses: 1, defaultRoutes: 1 },
  { nat: "none", gateways: 0, addresses: 0, defaultRoutes: 0 },
];

describe("the way out of a network", () => {
  let engine: EngineUnderTest;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await sharedEngine();
  });

  after(async () => {
    const { exitCode, output } = await engine.destroy("infra", "--skip-preview");
    assert.equal(exitCode, 0, output);
    assert.deepEqual(await holdings(engine), NOTHING);
  });

  const made = (type: string) => engine.account.everything().filter(resource => resource.type === type);
  const oneOf = (type: string): string => made(type)[0]?.id ?? "none";

  for (const { nat, gateways, addresses, defaultRoutes } of WAYS_OUT)
    it(`leads through ${gateways} gateway(s) with nat ${nat}, wherever it led before`, async () => {
      const change = withValues(
        [["llmd-infra:network", "nat"], nat],
        [["llmd-infra:network", "interfaceEndpoints"], nat === "none"],
        [["llmd-infra:imageCache"], nat === "none" ? CACHED : undefined],
      );
      const [vpc, cluster] = [oneOf("aws:ec2/vpc:Vpc"), oneOf("aws:eks/cluster:Cluster")];
      const { exitCode, output } = await engine.withConfig(change, () => engine.up("infra", "--skip-preview"));
      assert.equal(exitCode, 0, output);
      assert.equal(made(NAT_GATEWAY).length, gateways);
      assert.equal(made("aws:ec2/eip:Eip").length, addresses);
      const outward = made(ROUTE).filter(({ inputs }) => inputs.natGatewayId !== undefined);
      assert.deepEqual(
        outward.map(({ inputs }) => inputs.natGatewayId).sort(),
        made(NAT_GATEWAY)
          .map(({ id }) => id)
          .sort(),
      );
      assert.equal(outward.length, defaultRoutes);
      if (nat !== "none") outlivesNodes(new DependencyGraph(engine.state("infra")));
      if (vpc !== "none")
        assert.deepEqual([oneOf("aws:ec2/vpc:Vpc"), oneOf("aws:eks/cluster:Cluster")], [vpc, cluster]);
    });
});

/** Asserts that no part of the way out goes before the last NodePool: nodes drain and leave through it. */
function outlivesNodes(graph: DependencyGraph): void {
  const nodePools = graph.typed("kubernetes:karpenter.sh/v1:NodePool");
  assert.equal(nodePools.length, 2);
  graph.goBefore(nodePools, [
    ...graph.typed(ROUTE, /-private/),
    ...graph.typed(NAT_GATEWAY),
    graph.one(ROUTE, /-public$/),
    ...graph.typed("aws:ec2/routeTableAssociation:RouteTableAssociation"),
    graph.one("aws:ec2/internetGateway:InternetGateway"),
  ]);
}
