import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { type InfraOutputs, infraOutputs, type PlatformOutputs, platformOutputs } from "../../contracts/outputs";
import { checked, upstream } from "../../contracts/upstream";

const INFRA: InfraOutputs = {
  region: "us-east-2",
  accountId: "111122223333",
  bill: [{ name: "gpu pool p5", usdPerHour: 57.68, gpus: 8 }],
  zoneIds: ["use2-az1", "use2-az2"],
  clusterName: "llmd-dev",
  clusterArn: "arn:aws:eks:us-east-2:111122223333:cluster/llmd-dev",
  endpoint: "https://example.test",
  kubeconfig: "{}",
  nodeSecurityGroupId: "sg-1",
  gpuPools: [
    {
      name: "p5",
      instanceType: "p5.48xlarge",
      gpusPerNode: 8,
      maxNodes: 1,
      capacityKind: "onDemand",
      zoneIds: ["use2-az1"],
      taintKey: "nvidia.com/gpu",
    },
  ],
  limits: { gpus: 8, usdPerHour: 68, usdPerMonth: 50000 },
};

const PLATFORM: PlatformOutputs = {
  bill: INFRA.bill,
  gateway: { name: "llm-d-inference-gateway", namespace: "llm-d-gateway" },
  gatewayUrl: "http://example.test",
  namespaces: { models: "llm-d" },
  versions: { istio: "1.29.2" },
};

describe("the contract between layers", () => {
  const contracts = [
    { layer: "infra", outputs: INFRA, schema: infraOutputs },
    { layer: "platform", outputs: PLATFORM, schema: platformOutputs },
  ] as const;

  for (const { layer, outputs, schema } of contracts) {
    it(`of ${layer} takes what the layer exports`, () => {
      assert.deepEqual(Object.keys(schema.shape).sort(), Object.keys(outputs).sort());
      for (const [name, value] of Object.entries(outputs))
        assert.deepEqual(checked(layer, name as never, value), value);
    });

    for (const name of Object.keys(outputs))
      it(`of ${layer} refuses a "${name}" that means something else`, () =>
        assert.throws(() => checked(layer, name as never, 42), {
          message: new RegExp(
            `^the outputs of llmd-${layer} are not what this layer expects \\(${name}: .*\\): ` +
              `deploy both layers from the same commit, ${layer} first$`,
          ),
        }));
  }

  it("names the field that disagrees", () =>
    assert.throws(() => checked("infra", "gpuPools", [{ ...INFRA.gpuPools[0], maxNodes: "one" }]), {
      message: /\(gpuPools\.0\.maxNodes: Invalid input: expected number, received string\)/,
    }));
});

describe("an upstream layer", () => {
  const readRegion = async (outputs: Partial<InfraOutputs>, preview: boolean) => {
    const mocks: pulumi.runtime.Mocks = {
      newResource: ({ name, inputs }) => ({ id: name, state: { ...inputs, outputs, secretOutputNames: [] } }),
      call: ({ token }) => {
        throw new Error(`unexpected call of ${token}`);
      },
    };
    await pulumi.runtime.setMocks(mocks, "llmd-platform", "dev", preview, "organization");
    const region = upstream("infra").get("region");
    const known = await (region as unknown as { isKnown: Promise<boolean> }).isKnown;
    return { known, value: known ? await (region as unknown as { promise(): Promise<string> }).promise() : undefined };
  };

  it("gives the output of its stack of the same name", async () => {
    assert.deepEqual(await readRegion(INFRA, false), { known: true, value: "us-east-2" });
  });

  it("that was never deployed is unknown in a preview", async () => {
    assert.deepEqual(await readRegion({}, true), { known: false, value: undefined });
  });

  it("that was never deployed stops an update with the command to run first", async () => {
    await assert.rejects(readRegion({}, false), {
      message: 'llmd-infra/dev has no output "region": run "pulumi -C infra up -s dev" first',
    });
  });
});
