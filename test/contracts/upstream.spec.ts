import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { type InfraOutputs, infraOutputs, platformOutputs } from "../../contracts/outputs";
import { checked, upstream } from "../../contracts/upstream";
import { INFRA_OUTPUTS, P5_POOL } from "../support/infraOutputs";
import { PLATFORM_OUTPUTS } from "../support/platformOutputs";

describe("the contract between layers", () => {
  const contracts = [
    { layer: "infra", outputs: INFRA_OUTPUTS, schema: infraOutputs },
    { layer: "platform", outputs: PLATFORM_OUTPUTS, schema: platformOutputs },
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

  it("of infra takes what an optional feature leaves out, and nothing else", () => {
    const optional = Object.keys(infraOutputs.shape).filter(name => {
      const { [name as keyof InfraOutputs]: _, ...others } = INFRA_OUTPUTS;
      return infraOutputs.safeParse(others).success;
    });
    assert.deepEqual(optional, ["modelBucket", "modelReaderRoleArn", "modelWriterRoleArn", "deployRoleArn"]);
  });

  it("names the field that disagrees", () =>
    assert.throws(() => checked("infra", "gpuPools", [{ ...P5_POOL, maxNodes: "one" }]), {
      message: /\(gpuPools\.0\.maxNodes: Invalid input: expected number, received string\)/,
    }));
});

describe("an upstream layer", () => {
  type Read = { readonly known: boolean; readonly value: unknown };

  const read = async (name: keyof InfraOutputs, outputs: Partial<InfraOutputs>, preview: boolean): Promise<Read> => {
    const mocks: pulumi.runtime.Mocks = {
      newResource: ({ name, inputs }) => ({ id: name, state: { ...inputs, outputs, secretOutputNames: [] } }),
      call: ({ token }) => {
        throw new Error(`unexpected call of ${token}`);
      },
    };
    await pulumi.runtime.setMocks(mocks, "llmd-platform", "dev", preview, "organization");
    const output = upstream("infra").get(name) as unknown as { isKnown: Promise<boolean>; promise(): Promise<unknown> };
    const known = await output.isKnown;
    return { known, value: known ? await output.promise() : undefined };
  };

  const readRegion = (outputs: Partial<InfraOutputs>, preview: boolean) => read("region", outputs, preview);

  it("gives the output of its stack of the same name", async () => {
    assert.deepEqual(await readRegion(INFRA_OUTPUTS, false), { known: true, value: "us-east-2" });
  });

  it("that was never deployed is unknown in a preview", async () => {
    assert.deepEqual(await readRegion({}, true), { known: false, value: undefined });
  });

  it("that was never deployed stops an update with the command to run first", async () => {
    await assert.rejects(readRegion({}, false), {
      message: 'llmd-infra/dev has no output "region": run "pulumi -C infra up -s dev" first',
    });
  });

  describe("as to an output that is optional", () => {
    const { modelBucket, ...others } = INFRA_OUTPUTS;

    for (const preview of [true, false]) {
      const run = preview ? "a preview" : "an update";

      it(`gives it to ${run} where there is one`, async () =>
        assert.deepEqual(await read("modelBucket", INFRA_OUTPUTS, preview), { known: true, value: modelBucket }));

      it(`gives nothing to ${run} where it was deployed without`, async () =>
        assert.deepEqual(await read("modelBucket", others, preview), { known: true, value: undefined }));
    }

    it("is unknown in a preview before it was ever deployed", async () =>
      assert.deepEqual(await read("modelBucket", {}, true), { known: false, value: undefined }));

    it("stops an update before it was ever deployed", async () => {
      await assert.rejects(read("modelBucket", {}, false), {
        message: 'llmd-infra/dev has no output "modelBucket": run "pulumi -C infra up -s dev" first',
      });
    });
  });

  it("that was deployed before it had an output is unknown in a preview, and stops an update", async () => {
    const { region: _, ...older } = INFRA_OUTPUTS;
    assert.deepEqual(await readRegion(older, true), { known: false, value: undefined });
    await assert.rejects(readRegion(older, false), {
      message: 'llmd-infra/dev has no output "region": run "pulumi -C infra up -s dev" first',
    });
  });
});
