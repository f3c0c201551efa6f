import assert from "node:assert/strict";
import { INSTANCE_TYPE_NAMES, instanceType } from "../../catalog/instances";
import { efaInterfaces, type NetworkInterface } from "../../infra/efaInterfaces";
import { apiServer } from "../support/apiServer";

const PRIMARY = { networkCardIndex: 0, deviceIndex: 0, interfaceType: "interface", secondaryIPv4PrefixCount: 2 };
const BESIDE = { networkCardIndex: 0, deviceIndex: 1, interfaceType: "efa-only" };

const efaOnly = (interfaces: readonly NetworkInterface[]) =>
  interfaces.filter(({ interfaceType }) => interfaceType === "efa-only");

describe("the network interfaces of a static node with EFA", () => {
  it("are one for IP and one for EFA on the only card of a p5.4xlarge", () =>
    assert.deepEqual(efaInterfaces(1), [PRIMARY, BESIDE]));

  it("are on every further card for EFA alone", () =>
    assert.deepEqual(efaInterfaces(4), [
      PRIMARY,
      BESIDE,
      { networkCardIndex: 1, deviceIndex: 0, interfaceType: "efa-only" },
      { networkCardIndex: 2, deviceIndex: 0, interfaceType: "efa-only" },
      { networkCardIndex: 3, deviceIndex: 0, interfaceType: "efa-only" },
    ]));

  const counts = { "p5.48xlarge": 33, "p5e.48xlarge": 33, "p5en.48xlarge": 17, "p6-b200.48xlarge": 9 } as const;
  for (const [type, count] of Object.entries(counts))
    it(`are ${count} for a ${type}`, () => {
      const interfaces = efaInterfaces(instanceType(type as keyof typeof counts).efa);
      assert.equal(interfaces.length, count);
      assert.equal(efaOnly(interfaces).length, count - 1);
      assert.equal(interfaces.at(-1)?.networkCardIndex, count - 2);
    });

  it("have addresses on the first card only, each place once, for every type of the catalogue", () => {
    for (const type of INSTANCE_TYPE_NAMES.filter(name => instanceType(name).efa > 0)) {
      const interfaces = efaInterfaces(instanceType(type).efa);
      const places = interfaces.map(({ networkCardIndex, deviceIndex }) => `${networkCardIndex}/${deviceIndex}`);
      assert.equal(new Set(places).size, interfaces.length, type);
      const addressed = interfaces.filter(({ secondaryIPv4PrefixCount }) => secondaryIPv4PrefixCount !== undefined);
      assert.deepEqual(addressed, [PRIMARY], type);
    }
  });

  describe("sent to the API server", () => {
    let dryRun: (networkInterfaces: readonly NetworkInterface[]) => Promise<void>;

    before(async function () {
      this.timeout(0); // the first run on a machine builds the API server
      const server = await apiServer();
      dryRun = networkInterfaces =>
        server.dryRun({
          apiVersion: "eks.amazonaws.com/v1",
          kind: "NodeClass",
          metadata: { name: "gpu-efa" },
          spec: {
            role: "gpu-efa-node",
            subnetSelectorTerms: [{ id: "subnet-1" }],
            securityGroupSelectorTerms: [{ id: "sg-1" }],
            advancedNetworking: { networkInterfaces },
          },
        } as Parameters<typeof server.dryRun>[0]);
    });

    for (const efa of [1, 4, 32])
      it(`are accepted with ${efa} for EFA`, () => assert.doesNotReject(dryRun(efaInterfaces(efa))));

    it("are refused without the first, so the answers above mean something", () =>
      assert.rejects(dryRun(efaInterfaces(4).slice(1)), { message: /has no primary interface/ }));
  });
});
