import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { type InfraOutputs, infraOutputs, platformOutputs } from "../../contracts/outputs";
import { checked, upstream } from "../../contracts/upstream";
import { INFRA_OUTPUTS, P5_POOL } from "../support/infraOutputs";
import { PLATFORM_OUTPUTS } from "../support/platformOutputs";
import { loggedBy } from "../support/settings";

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
    assert.deepEqual(optional, [
      "systemPool",
      "modelBucket",
      "modelReaderRoleArn",
      "modelWriterRoleArn",
      "egress",
      "deployRoleArn",
    ]);
  });

  it("names the field that disagrees", () =>
    assert.throws(() => checked("infra", "gpuPools", [{ ...P5_POOL, maxNodes: "one" }]), {
      message: /\(gpuPools\.0\.maxNodes: Invalid input: expected number, received string\)/,
    }));
});

/** What the stack of the layer below holds; nothing where it was never deployed. */
interface Held {
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly secretOutputNames?: readonly string[];
}

async function infraOf({ outputs, secretOutputNames = [] }: Held, preview: boolean) {
  const mocks: pulumi.runtime.Mocks = {
    newResource: ({ name, inputs }) => ({ id: name, state: { ...inputs, outputs, secretOutputNames } }),
    call: ({ token }) => {
      throw new Error(`unexpected call of ${token}`);
    },
  };
  await pulumi.runtime.setMocks(mocks, "llmd-platform", "dev", preview, "organization");
  return upstream("infra");
}

const missing = (name: string): string =>
  `llmd-infra/dev has no output "${name}": run "pulumi -C infra up -s dev" first`;

const incomplete = (name: string): string =>
  `This preview is incomplete, llmd-infra/dev has no output "${name}" yet: to see all of it, run "pulumi -C infra up -s ` +
  'dev" first.';

const { modelBucket, ...WITHOUT_BUCKET } = INFRA_OUTPUTS;
const { region, ...WITHOUT_REGION } = INFRA_OUTPUTS;

describe("an upstream layer", () => {
  type Read = { readonly known: boolean; readonly value: unknown };

  const read = async (name: keyof InfraOutputs, outputs: Partial<InfraOutputs>, preview: boolean): Promise<Read> => {
    const infra = await infraOf({ outputs }, preview);
    const output = infra.get(name) as unknown as { isKnown: Promise<boolean>; promise(): Promise<unknown> };
    const known = await output.isKnown;
    return { known, value: known ? await output.promise() : undefined };
  };

  /** In a preview, which says once that it is incomplete. */
  const readUnknown = async (name: keyof InfraOutputs, outputs: Partial<InfraOutputs>): Promise<void> => {
    const { warnings } = await loggedBy(async () =>
      assert.deepEqual(await read(name, outputs, true), { known: false, value: undefined }),
    );
    assert.deepEqual(warnings, [incomplete(name)]);
  };

  it("gives the output of its stack of the same name", async () =>
    assert.deepEqual(await read("region", INFRA_OUTPUTS, false), { known: true, value: region }));

  it("that was never deployed is unknown in a preview", () => readUnknown("region", {}));

  it("that was never deployed stops an update with the command to run first", () =>
    assert.rejects(read("region", {}, false), { message: missing("region") }));

  describe("as to an output that is optional", () => {
    for (const preview of [true, false]) {
      const run = preview ? "a preview" : "an update";

      it(`gives it to ${run} where there is one`, async () =>
        assert.deepEqual(await read("modelBucket", INFRA_OUTPUTS, preview), { known: true, value: modelBucket }));

      it(`gives nothing to ${run} where it was deployed without`, async () =>
        assert.deepEqual(await read("modelBucket", WITHOUT_BUCKET, preview), { known: true, value: undefined }));
    }

    it("is unknown in a preview before it was ever deployed", () => readUnknown("modelBucket", {}));

    it("stops an update before it was ever deployed", () =>
      assert.rejects(read("modelBucket", {}, false), { message: missing("modelBucket") }));
  });

  it("that was deployed before it had an output is unknown in a preview, and stops an update", async () => {
    await readUnknown("region", WITHOUT_REGION);
    await assert.rejects(read("region", WITHOUT_REGION, false), { message: missing("region") });
  });
});

describe("a plain value of an upstream layer", () => {
  const both = [true, false].map(preview => ({ preview, run: preview ? "a preview" : "an update" }));

  for (const { preview, run } of both) {
    it(`is given to ${run} without a word`, async () => {
      const { warnings } = await loggedBy(async () => {
        const infra = await infraOf({ outputs: INFRA_OUTPUTS }, preview);
        assert.deepEqual(await infra.known("gpuPools"), [P5_POOL]);
        assert.equal(await infra.known("modelBucket"), modelBucket);
      });
      assert.deepEqual(warnings, []);
    });

    it(`is nothing in ${run} where it is optional and was deployed without, without a word`, async () => {
      const { warnings } = await loggedBy(async () => {
        const infra = await infraOf({ outputs: WITHOUT_BUCKET }, preview);
        assert.equal(await infra.known("modelBucket"), undefined);
      });
      assert.deepEqual(warnings, []);
    });

    it(`is refused in ${run} where it means something else, for its owners to fix`, async () => {
      const infra = await infraOf({ outputs: { ...INFRA_OUTPUTS, gpuPools: 42 } }, preview);
      await assert.rejects(
        infra.known("gpuPools"),
        (error: Error) =>
          pulumi.RunError.isInstance(error) &&
          error.message ===
            "the outputs of llmd-infra are not what this layer expects (gpuPools: Invalid input: expected array, " +
              "received number): deploy both layers from the same commit, infra first",
      );
    });

    it(`is refused in ${run} where it is secret, without saying it`, async () => {
      const infra = await infraOf({ outputs: INFRA_OUTPUTS, secretOutputNames: ["kubeconfig"] }, preview);
      await assert.rejects(
        infra.known("kubeconfig"),
        (error: Error) =>
          error.message === 'llmd-infra keeps "kubeconfig" secret' && !pulumi.RunError.isInstance(error),
      );
    });
  }

  for (const [what, outputs, name] of [
    ["of a layer that was never deployed", {}, "gpuPools"],
    ["that a layer may leave out and that was never deployed", {}, "modelBucket"],
    ["of a layer that was deployed before it had it", WITHOUT_REGION, "region"],
  ] as const) {
    it(`${what} is nothing in a preview, which says so`, async () => {
      const { warnings } = await loggedBy(async () => {
        const infra = await infraOf({ outputs }, true);
        assert.equal(await infra.known(name), undefined);
      });
      assert.deepEqual(warnings, [incomplete(name)]);
    });

    it(`${what} stops an update with the command to run first`, async () => {
      const infra = await infraOf({ outputs }, false);
      await assert.rejects(
        infra.known(name),
        (error: Error) => pulumi.RunError.isInstance(error) && error.message === missing(name),
      );
    });
  }

  it("is missed once in a preview, however many values are, known or not", async () => {
    const { warnings } = await loggedBy(async () => {
      const infra = await infraOf({ outputs: {} }, true);
      await Promise.all([infra.known("gpuPools"), infra.known("region"), infra.known("modelBucket")]);
      const output = infra.get("clusterName") as unknown as { readonly isKnown: Promise<boolean> };
      assert.equal(await output.isKnown, false);
    });
    assert.deepEqual(warnings, [incomplete("gpuPools")]);
  });
});
