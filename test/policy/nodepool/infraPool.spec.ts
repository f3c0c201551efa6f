import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { INSTANCE_TYPE_NAMES } from "../../../catalog/instances";
import { GpuPool } from "../../../infra/gpuPool";
import { NODE_POOL, type NodePoolProps } from "../../../policy/nodepool/nodePool";
import { only, registeredBy } from "../../support/mockedProgram";
import { INFRA_POOLS, type InfraPool } from "./infraPool";

/** The NodePool that the infra layer registers for a pool. */
async function registeredFor({ settings }: InfraPool): Promise<NodePoolProps> {
  const registered = await registeredBy(() => {
    new GpuPool("gpu-p5", {
      ...settings,
      clusterName: "llmd-dev",
      securityGroupId: "sg-0123456789abcdef0",
      subnetIds: ["subnet-0123456789abcdef0"],
      nodeTags: {},
      kubernetes: new k8s.Provider("cluster", { kubeconfig: "{}" }),
    });
  });
  return only(registered, NODE_POOL).inputs as NodePoolProps;
}

describe("the NodePools that the rules are tried on", () => {
  it("are of every type in every capacity kind, but for a p5e on demand, which AWS does not sell", () => {
    const kinds = ["onDemand", "spot", "reserved", "capacityBlock"];
    const all = INSTANCE_TYPE_NAMES.flatMap(type => kinds.map(kind => `${type} ${kind}`));
    const wanted = all.filter(what => what !== "p5e.48xlarge onDemand");
    assert.deepEqual(
      INFRA_POOLS.map(({ what }) => what),
      wanted.flatMap(what => [what, `${what}, static`]),
    );
  });

  // A type with a list price and one without: those whose owners have to name a price are annotated with it.
  for (const pool of INFRA_POOLS.filter(({ type }) => type === "p5.48xlarge" || type === "p5e.48xlarge"))
    it(`are what the infra layer registers for ${pool.what}, as far as rules read them`, async () => {
      const { metadata, spec } = await registeredFor(pool);
      for (const annotation of ["llmd/capacity-kind", "llmd/expected-usd-per-hour"])
        assert.equal(metadata?.annotations?.[annotation], pool.props.metadata?.annotations?.[annotation], annotation);
      assert.deepEqual(spec, pool.props.spec);
    });
});
