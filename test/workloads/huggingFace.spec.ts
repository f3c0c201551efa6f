import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { TOKEN_KEY } from "../../workloads/huggingFace";
import { createToken } from "../../workloads/tokenSecret";
import { only, type Registered, secretValue, settled } from "../support/mockedProgram";
import { SECRET } from "../support/modelService";
import { registeredWith } from "./routing.fixtures";

/** What is made for a model with this token, and what is returned. */
async function made(token: string | undefined) {
  const names: (string | undefined)[] = [];
  const registered: Registered[] = await registeredWith(async ({ cluster: { namespace }, opts }) => {
    const huggingFaceToken = token === undefined ? undefined : pulumi.secret(token);
    const secret = createToken("qwen3-32b", { huggingFaceToken, namespace }, opts);
    names.push(secret && (await settled(secret.metadata.name)));
  });
  return { registered, name: names[0] };
}

describe("the Hugging Face token", () => {
  it("is a Secret of the model's, never in clear", async () => {
    const { registered, name } = await made("hf_abc");
    const { inputs } = only(registered, SECRET);
    assert.equal(name, "qwen3-32b-hf-token");
    assert.deepEqual(inputs.metadata, { name, namespace: "llm-d" });
    assert.deepEqual(secretValue(inputs.stringData), { HF_TOKEN: "hf_abc" });
    assert.deepEqual(Object.keys(inputs).sort(), ["apiVersion", "kind", "metadata", "stringData"]);
  });

  it("is no object where none is configured: pods that refer to a Secret that is not there never start", async () =>
    assert.deepEqual(await made(undefined), { registered: [], name: undefined }));

  it("has upstream's name in pods", () => assert.equal(TOKEN_KEY, "HF_TOKEN"));
});
