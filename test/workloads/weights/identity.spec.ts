import assert from "node:assert/strict";
import { mock } from "node:test";
import { createCopier, createReader, untilEffective } from "../../../workloads/weights/identity";
import { only } from "../../support/mockedProgram";
import { ACCOUNT } from "../../support/modelService";
import { withRehearsal } from "../../support/settings";
import { ASSOCIATION, registeredIn, STORE, s3Context, serverAccount } from "./fixtures";

/** Lets promises settle. */
const turn = (): Promise<void> => new Promise(setImmediate);

describe("the rights of a revision's pods in the model store", () => {
  it("let the copy write, under an account of its own without rights in the cluster", async () => {
    const registered = await registeredIn(provider => createCopier(s3Context(), provider));
    assert.deepEqual(only(registered, ACCOUNT).inputs, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "qwen3-32b-v1-copy", namespace: "llm-d" },
      automountServiceAccountToken: false,
    });
    assert.deepEqual(only(registered, ASSOCIATION, "qwen3-32b-v1-copy").inputs, {
      clusterName: "llmd-dev",
      namespace: "llm-d",
      serviceAccount: "qwen3-32b-v1-copy",
      roleArn: STORE.writerRoleArn,
    });
  });

  it("let the servers read", async () => {
    const registered = await registeredIn(provider => {
      const context = s3Context();
      return createReader(context, serverAccount(context), provider);
    });
    assert.deepEqual(only(registered, ASSOCIATION, "qwen3-32b-v1-sa").inputs, {
      clusterName: "llmd-dev",
      namespace: "llm-d",
      serviceAccount: "qwen3-32b-v1-sa",
      roleArn: STORE.readerRoleArn,
    });
  });

  it("are waited for once, after they were made, since a pod that comes before has none for good", async () => {
    const hooks: string[] = [];
    await registeredIn(
      provider => {
        const context = s3Context();
        createReader(context, serverAccount(context), provider);
        createCopier(context, provider);
      },
      name => hooks.push(name),
    );
    assert.deepEqual(hooks.sort(), [
      `${ASSOCIATION}_qwen3-32b-v1-copy_afterCreate_0`,
      `${ASSOCIATION}_qwen3-32b-v1-sa_afterCreate_0`,
    ]);
  });

  describe("that were made just now", () => {
    let effective: boolean;
    const wait = (): void => {
      effective = false;
      void untilEffective().then(() => {
        effective = true;
      });
    };

    beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
    afterEach(() => mock.timers.reset());

    describe("for real", () => {
      withRehearsal(undefined);

      it("are given twenty seconds", async () => {
        wait();
        mock.timers.tick(19_999);
        await turn();
        assert.equal(effective, false);
        mock.timers.tick(1);
        await turn();
        assert.equal(effective, true);
      });
    });

    describe("by a rehearsal", () => {
      withRehearsal("true");

      it("are not waited for", async () => {
        wait();
        await turn();
        assert.equal(effective, true);
      });
    });
  });

  it("are not given to servers that load from Hugging Face", async () => {
    const registered = await registeredIn(provider => {
      const context = s3Context({
        weights: { source: "huggingFace", commit: undefined, gated: false, bytes: undefined },
      });
      assert.equal(createReader(context, serverAccount(context), provider), undefined);
    });
    assert.deepEqual(
      registered.map(({ type }) => type),
      [ACCOUNT],
    );
  });
});
