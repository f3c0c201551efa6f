import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { knownModel } from "../../../catalog/models";
import type { RevisionContext } from "../../../workloads/context";
import { copyJobName } from "../../../workloads/weights/job";
import { weightsGuard } from "../../../workloads/weights/marker";
import { settled } from "../../support/mockedProgram";
import { PYTHON_TIMEOUT_MS, pythonCommands } from "../../support/python";
import { S3Emulator } from "../../support/s3Emulator";
import { COMMIT, registeredIn, STORE, s3Context } from "./fixtures";

const SCRIPT = join(__dirname, "../../../workloads/weights/guard.py");
const KEY = `models/Qwen/Qwen3-32B/${COMMIT}/.llmd-complete.json`;
const IMAGE = "registry.example/vllm@sha256:1";

type Guard = pulumi.Unwrap<k8s.types.input.core.v1.Container>;

describe("the guard before a server", () => {
  async function guardOf(context: () => RevisionContext): Promise<Guard | undefined> {
    let guard: Guard | undefined;
    await registeredIn(async () => {
      guard = await settled(pulumi.output(weightsGuard(context(), IMAGE)));
    });
    return guard;
  }

  it("is not there where servers load from Hugging Face", async () => {
    const weights = { source: "huggingFace", commit: COMMIT, gated: false, bytes: undefined } as const;
    assert.equal(await guardOf(() => s3Context({ weights })), undefined);
  });

  it("asks for the marker, in the server's own image, and knows who writes it", async () => {
    let job = "";
    await registeredIn(async () => {
      job = await settled(copyJobName(s3Context()));
    });
    const guard = await guardOf(s3Context);
    assert.equal(guard?.image, IMAGE);
    assert.deepEqual(guard.command, ["python3", "-c", readFileSync(SCRIPT, "utf8")]);
    assert.deepEqual(guard.args, [STORE.bucket, KEY, job, "900"]);
    assert.deepEqual(guard.env, [{ name: "AWS_REGION", value: "us-east-2" }]);
  });

  it("fetches the vocabulary of a model that needs one, into a folder that the server reads", async () => {
    const known = knownModel("openai/gpt-oss-120b");
    const guard = await guardOf(() => s3Context({ known }));
    assert.deepEqual(guard?.args?.slice(4), [
      `models/Qwen/Qwen3-32B/${COMMIT}/encodings/o200k_base.tiktoken`,
      "/encodings/o200k_base.tiktoken",
    ]);
    assert.deepEqual(guard?.volumeMounts, [{ name: "encodings", mountPath: "/encodings" }]);
  });

  it("leaves its last words where kubectl describe tells them", async () =>
    assert.equal((await guardOf(s3Context))?.terminationMessagePolicy, "FallbackToLogsOnError"));
});

describe("the guard's script", function () {
  this.timeout(20_000);
  let commands: string;
  let s3: S3Emulator;
  let bucket: string;

  before(async function () {
    this.timeout(PYTHON_TIMEOUT_MS);
    commands = await pythonCommands();
    s3 = await S3Emulator.start(commands);
    bucket = await s3.bucket();
  });
  after(() => s3?.stop());

  /** Waits for no longer than a moment. */
  const run = (key: string, environment: Record<string, string> = s3.environment, encoding: readonly string[] = []) =>
    new Promise<{ code: unknown; output: string }>(resolve => {
      const args = ["-c", readFileSync(SCRIPT, "utf8"), bucket, key, "qwen3-32b-v1-copy-0123abcd", "0.01", ...encoding];
      execFile(join(commands, "python"), args, { env: environment }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, output: stdout + stderr }),
      );
    });

  it("ends when the marker is there", async () => {
    await s3.write(bucket, KEY, Buffer.from("{}"));
    assert.deepEqual(await run(KEY), { code: 0, output: `s3://${bucket}/${KEY} is there\n` });
  });

  describe("of a model that needs a vocabulary", () => {
    const AT = "models/acme/tiny/encodings/o200k_base.tiktoken";
    let folder: string;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "encodings-"));
    });
    afterEach(() => rm(folder, { recursive: true }));

    it("waits for it as well, and fetches it", async () => {
      await s3.write(bucket, KEY, Buffer.from("{}"));
      const file = join(folder, "o200k_base.tiktoken");
      assert.match((await run(KEY, s3.environment, [AT, file])).output, /^the weights are not complete in s3:/);
      await s3.write(bucket, AT, Buffer.from("IQ== 0\n"));
      assert.deepEqual(await run(KEY, s3.environment, [AT, file]), {
        code: 0,
        output: `s3://${bucket}/${KEY} is there\n${file} is there\n`,
      });
      assert.equal(await readFile(file, "utf8"), "IQ== 0\n");
    });
  });

  it("says what it waits for, and fails when that does not come", async () => {
    const reason = `the weights are not complete in s3://${bucket} yet: waiting for Job qwen3-32b-v1-copy-0123abcd`;
    const { code, output } = await run("models/not/there");
    assert.deepEqual(output.split("\n"), [reason, `error: waited 0.000166667 minutes: ${reason}`, ""]);
    assert.equal(code, 1);
  });

  it("says why it cannot look", async () => {
    const { code, output } = await run(KEY, { ...s3.environment, AWS_ENDPOINT_URL: "http://127.0.0.1:1" });
    assert.match(output, /^cannot read s3:\/\/\S+: Could not connect to the endpoint URL/);
    assert.equal(code, 1);
  });

  it("says that its pod came too early for credentials", async () => {
    const { AWS_ACCESS_KEY_ID: _, ...others } = s3.environment;
    assert.deepEqual(await run(KEY, others), {
      code: 1,
      output: "error: this pod was created before EKS knew its Pod Identity association: delete the pod\n",
    });
  });
});
