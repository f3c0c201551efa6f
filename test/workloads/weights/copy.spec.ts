import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import {
  type Failure,
  gitSha1,
  type HubFile,
  type HubOptions,
  type HubRequest,
  HuggingFaceServer,
  SIGNATURE,
} from "../../support/huggingFaceServer";
import { PYTHON_TIMEOUT_MS, pythonCommands } from "../../support/python";
import { S3Emulator } from "../../support/s3Emulator";
import { S3Gate } from "./s3Gate";

const SCRIPT = join(__dirname, "../../../workloads/weights/copy_weights.py");
const REPOSITORY = "acme/tiny";
const COMMIT = "c".repeat(40);
const PREFIX = `models/${REPOSITORY}/${COMMIT}`;
const MARKER = ".llmd-complete.json";
const TOKEN = "hf_token-of-the-spec";

const MIB = 1 << 20;
/** S3's least. */
const PART = 5 * MIB;

const sha256 = (data: Buffer): string => createHash("sha256").update(data).digest("hex");

/** Two parts and the beginning of a third. */
const LARGE = randomBytes(2.1 * PART);
const SMALL = randomBytes(1000);
const CONFIG = Buffer.from('{"model_type": "tiny"}');
const INDEX = Buffer.from(
  JSON.stringify({ weight_map: { a: "model-1.safetensors", b: "model-2.safetensors", c: "model-2.safetensors" } }),
);

const FILES: Record<string, HubFile> = {
  "config.json": { content: CONFIG },
  "model-1.safetensors": { content: LARGE },
  "model-2.safetensors": { content: SMALL },
  "model.safetensors.index.json": { content: INDEX },
};

interface Run {
  readonly code: number | null;
  readonly output: string;
}

describe("the copy of weights", function () {
  this.timeout(20_000);
  let commands: string;
  let s3: S3Emulator;
  let bucket: string;
  let hub: HuggingFaceServer;

  before(async function () {
    this.timeout(PYTHON_TIMEOUT_MS);
    commands = await pythonCommands();
    s3 = await S3Emulator.start(commands);
  });
  after(() => s3?.stop());

  beforeEach(async () => {
    bucket = await s3.bucket();
  });
  afterEach(() => hub.stop());

  const serve = async (options: Partial<HubOptions> = {}): Promise<void> => {
    hub = await new HuggingFaceServer({ repository: REPOSITORY, commit: COMMIT, files: FILES, ...options }).start();
  };

  function start(
    environment: Record<string, string> = {},
    partMib = 5,
    more: readonly string[] = [],
  ): { child: ChildProcess; ended: Promise<Run> } {
    const args = [`--repository=${REPOSITORY}`, `--commit=${COMMIT}`, `--bucket=${bucket}`, `--prefix=${PREFIX}`];
    const fast = [`--marker=${MARKER}`, `--part-mib=${partMib}`, "--backoff-seconds=0.001"];
    const child = spawn(join(commands, "python"), [SCRIPT, ...args, ...fast, ...more], {
      env: { ...s3.environment, HF_ENDPOINT: hub.url, ...environment },
    });
    const output = Promise.all([text(child.stdout), text(child.stderr)]);
    const ended = once(child, "close").then(async () => ({ code: child.exitCode, output: (await output).join("") }));
    return { child, ended };
  }

  const copy = (environment?: Record<string, string>): Promise<Run> => start(environment).ended;

  const keys = async (): Promise<string[]> =>
    (await s3.objects(bucket)).map(({ key }) => key.replace(`${PREFIX}/`, ""));
  const object = (path: string): Promise<Buffer> => s3.read(bucket, `${PREFIX}/${path}`);
  const write = (path: string, data: Buffer): Promise<void> => s3.write(bucket, `${PREFIX}/${path}`, data);

  /** Where the first bytes of a file's requests were. */
  const startsOf = (file: string): number[] =>
    hub.requests.filter(request => request.method === "GET" && request.file === file).map(request => request.start);

  async function assertCopied({ code, output }: Run): Promise<void> {
    assert.equal(code, 0, output);
    for (const [path, { content }] of Object.entries(FILES)) assert.ok(content.equals(await object(path)), path);
    assert.deepEqual(await keys(), [MARKER, ...Object.keys(FILES)].sort());
    assert.deepEqual(await s3.uploads(bucket), []);
  }

  /** Nobody may take what is there for a model. */
  async function assertRefused({ code, output }: Run, expected: { code: number; message: string }): Promise<void> {
    assert.equal(output.split("\n").at(-2), `error: ${expected.message}`);
    assert.equal(code, expected.code);
    assert.ok(!(await keys()).includes(MARKER));
  }

  /** The first request that fits goes wrong, and no other. */
  function firstTime(failure: Failure, fits: (request: HubRequest) => boolean): HubOptions["failure"] {
    let failed = false;
    return request => {
      if (failed || !fits(request)) return undefined;
      failed = true;
      return failure;
    };
  }
  const isPartOf = (file: string, start: number) => (request: HubRequest) =>
    request.at === "links" && request.file === file && request.start === start;

  describe("of a model that nobody has copied", () => {
    it("brings every file to the bucket byte for byte, asks for each part once, and says so", async () => {
      await serve();
      const run = await copy();
      await assertCopied(run);
      assert.deepEqual(startsOf("model-1.safetensors"), [0, PART, 2 * PART]);
      const target = `s3://${bucket}/${PREFIX}`;
      const lines = run.output.trim().split("\n");
      assert.equal(lines[0], `copying 4 files, 11.0 MB, of ${REPOSITORY} at ${COMMIT} to ${target}`);
      assert.ok(lines.includes("model-1.safetensors: copied 11.0 MB"));
      assert.equal(lines.at(-1), `${target} is complete`);
    });

    it("marks what it brought, with sizes and hashes", async () => {
      await serve();
      await copy();
      assert.deepEqual(JSON.parse(String(await object(MARKER))), {
        repository: REPOSITORY,
        commit: COMMIT,
        bytes: LARGE.length + SMALL.length + CONFIG.length + INDEX.length,
        files: [
          { path: "config.json", bytes: CONFIG.length, gitSha1: gitSha1(CONFIG) },
          { path: "model-1.safetensors", bytes: LARGE.length, sha256: sha256(LARGE) },
          { path: "model-2.safetensors", bytes: SMALL.length, sha256: sha256(SMALL) },
          { path: "model.safetensors.index.json", bytes: INDEX.length, gitSha1: gitSha1(INDEX) },
        ],
      });
    });
  });

  describe("of which something is there", () => {
    it("ends at once where the marker is, and asks Hugging Face nothing", async () => {
      await serve();
      await copy();
      const asked = hub.requests.length;
      const { code, output } = await copy();
      assert.equal(code, 0);
      assert.equal(output, `s3://${bucket}/${PREFIX} is complete: nothing to do\n`);
      assert.equal(hub.requests.length, asked);
    });

    it("leaves alone a file that is right", async () => {
      await serve();
      await write("model-1.safetensors", LARGE);
      const run = await copy();
      await assertCopied(run);
      assert.deepEqual(startsOf("model-1.safetensors"), []);
      assert.ok(run.output.includes("model-1.safetensors: is there already\n"));
    });

    it("replaces one of the right size that is wrong", async () => {
      await serve();
      await write("model-1.safetensors", randomBytes(LARGE.length));
      await assertCopied(await copy());
    });
  });

  describe("that was killed in the middle of a file", () => {
    /** The first run never gets the third part. */
    async function killAtThirdPart(): Promise<void> {
      const reached = Promise.withResolvers<void>();
      const third = isPartOf("model-1.safetensors", 2 * PART);
      hub.change({
        failure: request => {
          if (!third(request)) return undefined;
          reached.resolve();
          return { kind: "silent" };
        },
      });
      const { child, ended } = start();
      await reached.promise;
      child.kill("SIGKILL");
      assert.equal((await ended).code, null);
      hub.change({ failure: () => undefined });
      hub.requests.length = 0;
    }

    it("goes on after the last part that was uploaded", async () => {
      await serve();
      await killAtThirdPart();
      assert.deepEqual(await s3.uploads(bucket), [`${PREFIX}/model-1.safetensors`]);
      const run = await copy();
      await assertCopied(run);
      assert.deepEqual(startsOf("model-1.safetensors"), [2 * PART]);
      assert.ok(run.output.includes("model-1.safetensors: goes on after part 2\n"));
    });

    it("starts the file again when its parts are not one file", async () => {
      await serve({
        files: { ...FILES, "model-1.safetensors": { content: randomBytes(LARGE.length), digest: sha256(LARGE) } },
      });
      await killAtThirdPart();
      hub.change({ files: FILES });
      const run = await copy();
      await assertCopied(run);
      assert.ok(run.output.includes("model-1.safetensors: the parts are not one file; from the start\n"));
    });

    it("starts the file again when its parts have another size", async () => {
      await serve();
      await killAtThirdPart();
      const { code, output } = await start({}, 6).ended;
      assert.equal(code, 0, output);
      assert.ok(LARGE.equals(await object("model-1.safetensors")));
      assert.deepEqual(startsOf("model-1.safetensors"), [0, 6 * MIB]);
    });
  });

  describe("beside another copy of the same weights", () => {
    const WRONG: HubFile = { content: randomBytes(LARGE.length), digest: sha256(LARGE) };

    const gates: S3Gate[] = [];
    afterEach(() => {
      for (const gate of gates.splice(0)) gate.stop();
    });

    /** A run that has uploaded two parts of the large file, and the third when it is told to go on. */
    async function startAndPause(): Promise<{ goOn: () => Promise<Run> }> {
      const gate = await new S3Gate(s3.url, path => path.includes("partNumber=3")).start();
      gates.push(gate);
      const { ended } = start({ AWS_ENDPOINT_URL: gate.url });
      await gate.isReached();
      return {
        goOn: () => {
          gate.open();
          return ended;
        },
      };
    }

    it("finds its work done where the other one has ended its upload", async () => {
      await serve();
      const first = await startAndPause();
      const second = await copy();
      assert.ok(second.output.includes("model-1.safetensors: goes on after part 2\n"), second.output);
      await assertCopied(second);
      const marker = await object(MARKER);
      const run = await first.goOn();
      await assertCopied(run);
      assert.ok(run.output.includes("model-1.safetensors: another run copies it, too (NoSuchUpload)\n"), run.output);
      assert.ok(marker.equals(await object(MARKER)));
    });

    it("starts a file again where the other one has given its upload up", async () => {
      await serve({ files: { ...FILES, "model-1.safetensors": WRONG } });
      const first = await startAndPause();
      const second = await startAndPause();
      assert.equal((await first.goOn()).code, 1);
      hub.change({ files: FILES });
      const run = await second.goOn();
      await assertCopied(run);
      assert.ok(run.output.includes("model-1.safetensors: another run copies it, too (NoSuchUpload)\n"), run.output);
    });

    it("never puts what nobody has checked in the place of what the other one has brought", async () => {
      await serve({ files: { ...FILES, "model-1.safetensors": WRONG } });
      const first = await startAndPause();
      const second = await startAndPause();
      await write("model-1.safetensors", LARGE);
      const run = await second.goOn();
      await assertCopied(run);
      assert.ok(
        run.output.includes("model-1.safetensors: another run copies it, too (PreconditionFailed)\n"),
        run.output,
      );
      assert.equal((await first.goOn()).code, 0);
      assert.ok(LARGE.equals(await object("model-1.safetensors")));
    });
  });

  describe("from a hub that fails", () => {
    it("waits as long as it is asked to", async () => {
      const status: Failure = { kind: "status", status: 429, headers: { "Retry-After": "1" } };
      await serve({ failure: firstTime(status, ({ file }) => file === "") });
      const run = await copy();
      await assertCopied(run);
      assert.ok(run.output.startsWith(`the files of ${REPOSITORY}: HTTP 429; again in 1.0 s\n`));
      const [first, second] = hub.requests;
      assert.ok(first && second && second.atMs - first.atMs >= 950);
    });

    it("understands how Hugging Face says it, too", async () => {
      const status: Failure = { kind: "status", status: 429, headers: { RateLimit: '"resolvers";r=0;t=1' } };
      await serve({ failure: firstTime(status, ({ file }) => file === "config.json") });
      const run = await copy();
      await assertCopied(run);
      assert.ok(run.output.includes("config.json: HTTP 429; again in 1.0 s\n"));
    });

    it("tries again after an error of the server", async () => {
      await serve({ failure: firstTime({ kind: "status", status: 503 }, isPartOf("model-1.safetensors", PART)) });
      await assertCopied(await copy());
      assert.deepEqual(startsOf("model-1.safetensors"), [0, PART, PART, 2 * PART]);
    });

    it("fetches again a part that broke off", async () => {
      await serve({ failure: firstTime({ kind: "truncated", bytes: MIB }, isPartOf("model-1.safetensors", PART)) });
      const run = await copy();
      await assertCopied(run);
      assert.match(run.output, /model-1\.safetensors: the connection failed \(\w+\); again in/);
    });

    it("asks for a new link when one has expired", async () => {
      await serve({ failure: firstTime({ kind: "status", status: 403 }, isPartOf("model-1.safetensors", PART)) });
      await assertCopied(await copy());
      const links = hub.requests.filter(({ method, file }) => method === "HEAD" && file === "model-1.safetensors");
      assert.equal(links.length, 2);
    });

    it("gives up in the end, for the next pod to go on", async () => {
      await serve({ failure: ({ file }) => (file === "config.json" ? { kind: "status", status: 503 } : undefined) });
      await assertRefused(await copy(), { code: 1, message: "config.json: HTTP 503, 8 times" });
    });
  });

  describe("with wrong bytes", () => {
    it("ends the upload of a large file, and keeps nothing of it", async () => {
      await serve({ files: { ...FILES, "model-1.safetensors": { content: LARGE, digest: "0".repeat(64) } } });
      await assertRefused(await copy(), {
        code: 1,
        message: `model-1.safetensors: the bytes that came do not have its sha256 ${"0".repeat(64)}; nothing was kept`,
      });
      assert.deepEqual(await s3.uploads(bucket), []);
      assert.ok(!(await keys()).includes("model-1.safetensors"));
    });

    it("does not write a small one", async () => {
      await serve({ files: { ...FILES, "config.json": { content: CONFIG, digest: "0".repeat(40) } } });
      await assertRefused(await copy(), {
        code: 1,
        message: `config.json: the bytes that came do not have its gitSha1 ${"0".repeat(40)}; nothing was kept`,
      });
      assert.ok(!(await keys()).includes("config.json"));
    });
  });

  describe("of a gated model", () => {
    it("says what to do without a token", async () => {
      await serve({ token: TOKEN });
      await assertRefused(await copy(), {
        code: 78,
        message:
          `${REPOSITORY} is gated, private or not there, and there is no token: accept its licence at ` +
          `https://huggingface.co/${REPOSITORY}, then pulumi -C workloads config set --secret llmd-workloads:huggingFaceToken`,
      });
    });

    it("says what to do with a token that may not read it", async () => {
      await serve({ token: TOKEN });
      await assertRefused(await copy({ HF_TOKEN: "hf_another" }), {
        code: 78,
        message:
          `the token may not read ${REPOSITORY}: accept its licence at https://huggingface.co/${REPOSITORY} with the ` +
          "token's account, and let a fine-grained token read gated repositories",
      });
    });

    it("gives the token to the hub and to nobody else", async () => {
      await serve({ token: TOKEN });
      await assertCopied(await copy({ HF_TOKEN: TOKEN }));
      for (const { at, authorization } of hub.requests)
        assert.equal(authorization, at === "hub" ? `Bearer ${TOKEN}` : undefined);
    });

    it("tells neither token nor links, whatever happens", async () => {
      await serve({
        token: TOKEN,
        failure: firstTime({ kind: "truncated", bytes: 10 }, isPartOf("model-1.safetensors", 0)),
      });
      const { output } = await copy({ HF_TOKEN: TOKEN });
      for (const secret of [TOKEN, SIGNATURE]) assert.ok(!output.includes(secret));
      for (const { key } of await s3.objects(bucket)) assert.ok(!(await s3.read(bucket, key)).includes(TOKEN), key);
    });
  });

  describe("of a model that needs a vocabulary beside its repository", () => {
    const VOCABULARY = Buffer.from("IQ== 0\nIg== 1\n");
    const AT = "encodings/o200k_base.tiktoken";
    const elsewhere = { "o200k_base.tiktoken": { content: VOCABULARY } };

    const copyWith = (file = "o200k_base.tiktoken", hash = sha256(VOCABULARY)): Promise<Run> => {
      const url = `${hub.elsewhereUrl}/${file}`;
      return start({ HF_TOKEN: TOKEN }, 5, [`--encoding=${AT}`, `--encoding-url=${url}`, `--encoding-sha256=${hash}`])
        .ended;
    };

    it("brings it along, byte for byte and before the marker, and shows nobody else the token", async () => {
      await serve({ elsewhere });
      const { code, output } = await copyWith();
      assert.equal(code, 0, output);
      assert.ok(VOCABULARY.equals(await object(AT)));
      assert.deepEqual(await keys(), [MARKER, ...Object.keys(FILES), AT].sort());
      const [first] = hub.requests;
      assert.deepEqual([first?.at, first?.file, first?.authorization], ["links", "o200k_base.tiktoken", undefined]);
    });

    it("brings it to weights that were copied without it, and asks for it once", async () => {
      await serve({ elsewhere });
      await copy();
      const { output } = await copyWith();
      assert.deepEqual(output.trim().split("\n"), [
        `${AT}: copied 0.0 MB`,
        `s3://${bucket}/${PREFIX} is complete: nothing to do`,
      ]);
      hub.requests.length = 0;
      assert.equal((await copyWith()).code, 0);
      assert.deepEqual(hub.requests, []);
    });

    it("keeps nothing of another content", async () => {
      await serve({ elsewhere });
      await assertRefused(await copyWith("o200k_base.tiktoken", "0".repeat(64)), {
        code: 1,
        message:
          `${hub.elsewhereUrl}/o200k_base.tiktoken: the bytes that came do not have its sha256 ${"0".repeat(64)}; ` +
          "nothing was kept",
      });
      assert.deepEqual(await keys(), []);
    });

    it("says who does not have it", async () => {
      await serve();
      await assertRefused(await copyWith(), {
        code: 78,
        message: `${hub.elsewhereUrl.replace("http://", "")} answers HTTP 404`,
      });
    });

    it("asks again where the answer breaks off", async () => {
      await serve({
        elsewhere,
        failure: firstTime({ kind: "truncated", bytes: 3 }, ({ file }) => file === "o200k_base.tiktoken"),
      });
      assert.equal((await copyWith()).code, 0);
      assert.ok(VOCABULARY.equals(await object(AT)));
    });
  });

  describe("that nobody can make", () => {
    it("names a commit that is not there", async () => {
      await serve({ commit: "d".repeat(40) });
      await assertRefused(await copy(), {
        code: 78,
        message: `${REPOSITORY} has no commit ${COMMIT}: correct modelCommit`,
      });
    });

    it("names where a repository has moved", async () => {
      const failure: Failure = { kind: "status", status: 307, headers: { Location: "/api/models/acme/larger" } };
      await serve({ failure: () => failure });
      await assertRefused(await copy(), {
        code: 78,
        message: `${REPOSITORY} has moved to /api/models/acme/larger: correct model`,
      });
    });

    it("wants safetensors", async () => {
      await serve({
        files: { "config.json": { content: CONFIG }, "pytorch_model.bin": { content: SMALL, large: true } },
      });
      await assertRefused(await copy(), {
        code: 78,
        message: `${REPOSITORY} has no safetensors, and only those stream from S3: use weights.source huggingFace`,
      });
    });

    it("names files of the index that are not there", async () => {
      const { "model-2.safetensors": _, ...others } = FILES;
      await serve({ files: others });
      await assertRefused(await copy(), {
        code: 78,
        message: `model.safetensors.index.json of ${REPOSITORY} names files that are not there: model-2.safetensors`,
      });
    });

    it("says so when there are no credentials", async () => {
      await serve();
      const none = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };
      const { code, output } = await copy(none);
      assert.equal(output, "error: there are no AWS credentials: the next pod of this Job should get some\n");
      assert.equal(code, 1);
    });
  });

  describe("of a repository with more than a model", () => {
    const copied = async (files: readonly string[]): Promise<string[]> => {
      await serve({
        files: Object.fromEntries(
          files.map(path => [path, { content: path.endsWith("index.json") ? INDEX : Buffer.from(path) }]),
        ),
      });
      const { code, output } = await copy();
      assert.equal(code, 0, output);
      return (await keys()).filter(key => key !== MARKER);
    };

    it("takes what the index names, and what vLLM reads beside it", async () => {
      const wanted = [
        "chat_template.jinja",
        "config.json",
        "merges.txt",
        "model-1.safetensors",
        "model-2.safetensors",
        "model.safetensors.index.json",
        "modeling_tiny.py",
        "tokenizer.model",
      ];
      const others = [
        ".gitattributes",
        "README.md",
        "consolidated.safetensors",
        "metal/model.bin",
        "original/consolidated.00.pth",
        "original/model-1.safetensors",
        "pytorch_model-1.bin",
        "tf_model.h5",
      ];
      assert.deepEqual(await copied([...wanted, ...others]), wanted);
    });

    it("takes one form of the weights where there is no index", async () =>
      assert.deepEqual(await copied(["consolidated.safetensors", "model.safetensors", "original/model.safetensors"]), [
        "model.safetensors",
      ]));

    it("takes Mistral's form where there is no other", async () =>
      assert.deepEqual(await copied(["consolidated.safetensors", "params.json"]), [
        "consolidated.safetensors",
        "params.json",
      ]));
  });
});
