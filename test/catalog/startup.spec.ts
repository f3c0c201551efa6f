import assert from "node:assert/strict";
import fc from "fast-check";
import { INSTANCE_TYPE_NAMES } from "../../catalog/instances";
import { publishedBytes } from "../../catalog/models";
import {
  estimateStart,
  idleSeconds,
  loadSeconds,
  readyAfterMinutes,
  type StartRequest,
  slowestMinutes,
  startupBudget,
  type WeightsSource,
} from "../../catalog/startup";
import { DEEPSEEK_R1, GPT_OSS_120B, known, LLAMA_8B, QWEN_32B, REPOSITORIES } from "./models/fixtures";

const P5 = "p5.48xlarge";
const SOURCES: readonly WeightsSource[] = ["huggingFace", "s3"];

function startOf(repository: string, more: Partial<StartRequest> = {}): StartRequest {
  const found = known(repository);
  const { model, publication } = found;
  return {
    model: model.shape,
    precision: publication.precision,
    bytes: publishedBytes(found),
    source: "s3",
    instanceType: P5,
    tensorParallel: 2,
    ...more,
  };
}

describe("loading weights", () => {
  const seconds = (source: WeightsSource, more: Partial<StartRequest> = {}): number =>
    Math.round(loadSeconds(startOf(QWEN_32B, { source, ...more })));

  it("takes as long as downloading at a quarter of a GB a second, and reading", () =>
    assert.equal(seconds("huggingFace"), 262 + 66));

  it("takes as long as two streams from S3", () => assert.equal(seconds("s3"), 18)); // 65.5 GB at 3.6 GB/s

  it("takes as long as the network where many GPUs stream", () =>
    assert.equal(seconds("s3", { tensorParallel: 8 }), 9)); // 7.5 GB/s, six tenths of 100 Gbit/s

  it("takes as long as one GPU can stream where a server is one GPU, as long as the network has room for all of them", () => {
    const alone = { tensorParallel: 1, instanceType: P5 } as const;
    assert.equal(seconds("s3", { ...alone, serversPerPod: 1 }), 36); // 65.5 GB at 1.8 GB/s
    assert.equal(seconds("s3", { ...alone, serversPerPod: 4 }), 36); // 7.2 GB/s of 7.5
    assert.equal(seconds("s3", { ...alone, serversPerPod: 8 }), 70); // each 0.94 GB/s, an eighth of 7.5
  });

  it("takes as long as each GPU needs for all of it where they do not share the streams", () => {
    const apart = (tensorParallel: number) => seconds("s3", { tensorParallel, distributed: false });
    assert.deepEqual([1, 2, 4, 8].map(apart), [36, 36, 36, 70]); // at most 1.8 GB/s each, and 7.5 GB/s together
  });

  it("is never quicker where GPUs do not share the streams", () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...INSTANCE_TYPE_NAMES),
        fc.constantFrom(1, 2, 4, 8),
        fc.constantFrom(1, 2, 8),
        (instanceType, tensorParallel, serversPerPod) => {
          const request = { source: "s3" as const, instanceType, bytes: 1e11, tensorParallel, serversPerPod };
          assert.ok(loadSeconds({ ...request, distributed: false }) >= loadSeconds(request));
        },
      ),
    ));

  it("downloads once for all servers of a pod", () =>
    assert.equal(seconds("huggingFace", { tensorParallel: 1, serversPerPod: 8 }), seconds("huggingFace")));

  it("is slow on a slow network", () => {
    assert.equal(seconds("s3", { instanceType: "g6e.xlarge", tensorParallel: 1 }), 349); // 0.19 GB/s
    // 2.5 Gbit/s are more than what Hugging Face gives.
    assert.equal(seconds("huggingFace", { instanceType: "g6e.xlarge" }), seconds("huggingFace"));
  });

  it("never gets faster with more bytes or more servers, nor slower with more GPUs", () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...SOURCES),
        fc.constantFrom(...INSTANCE_TYPE_NAMES),
        fc.integer({ min: 1, max: 1e12 }),
        fc.nat(1e12),
        fc.constantFrom(1, 2, 4),
        fc.constantFrom(1, 2, 8),
        (source, instanceType, bytes, more, tensorParallel, serversPerPod) => {
          const request = { source, instanceType, bytes, tensorParallel, serversPerPod };
          const taken = loadSeconds(request);
          assert.ok(taken > 0 && Number.isFinite(taken));
          assert.ok(loadSeconds({ ...request, bytes: bytes + more }) >= taken);
          assert.ok(loadSeconds({ ...request, tensorParallel: tensorParallel * 2 }) <= taken);
          assert.ok(loadSeconds({ ...request, serversPerPod: serversPerPod + 1 }) >= taken);
        },
      ),
    ));
});

describe("starting a server", () => {
  it("takes a node, an image, the weights and the engine", () => {
    const start = estimateStart(startOf(QWEN_32B));
    assert.deepEqual(
      { ...start, weightsSeconds: Math.round(start.weightsSeconds) },
      { nodeSeconds: 420, imageSeconds: 120, weightsSeconds: 18, engineSeconds: 296 },
    );
  });

  it("takes less where nodes are small", () =>
    assert.equal(estimateStart(startOf(QWEN_32B, { instanceType: "g6e.xlarge", tensorParallel: 1 })).nodeSeconds, 240));

  it("takes the 200 s that Llama 3.1 8B took from loaded weights on", () =>
    assert.equal(estimateStart(startOf(LLAMA_8B)).engineSeconds, 200));

  it("compiles kernels for experts in FP8, and for nothing else", () => {
    const engine = (repository: string) => estimateStart(startOf(repository)).engineSeconds;
    assert.equal(engine(DEEPSEEK_R1), 104 + 3 * 61 + 300);
    assert.equal(engine("Qwen/Qwen3-32B-FP8"), engine(QWEN_32B));
    assert.equal(engine(GPT_OSS_120B), 104 + 3 * 36);
  });

  it("is over in a quarter of an hour with the default model from S3", () =>
    assert.equal(readyAfterMinutes(estimateStart(startOf(QWEN_32B))), 15));

  it("takes more than an hour with DeepSeek-R1 from Hugging Face", () => {
    const start = estimateStart(startOf(DEEPSEEK_R1, { source: "huggingFace", tensorParallel: 1, serversPerPod: 8 }));
    assert.equal(readyAfterMinutes(start), 77);
  });
});

describe("the startup probe", () => {
  const secondsOf = (request: StartRequest): number => {
    const { periodSeconds, failureThreshold } = startupBudget(request);
    assert.equal(periodSeconds, 30);
    return periodSeconds * failureThreshold;
  };

  it("waits three times as long as a container is expected to take from S3, and for a broken period", () =>
    // 18.2 s of weights and 296 s of the engine.
    assert.equal(secondsOf(startOf(QWEN_32B)), 960));

  it("waits upstream's hour at least where weights are downloaded", () =>
    assert.equal(secondsOf(startOf(QWEN_32B, { source: "huggingFace" })), 3600));

  it("waits for all downloads where many pods share what Hugging Face gives", () => {
    const together = (podsTogether: number) => secondsOf(startOf(QWEN_32B, { source: "huggingFace", podsTogether }));
    assert.equal(together(8), 3600); // 2097 s of downloads, 66 of reading, 888 of the engine
    assert.equal(together(16), 5160); // 4194 s of downloads
  });

  it("does not care how many others stream from S3", () =>
    assert.deepEqual(startupBudget(startOf(QWEN_32B, { podsTogether: 16 })), startupBudget(startOf(QWEN_32B))));

  it("never gets shorter with more pods that load together, nor with more bytes", () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...REPOSITORIES),
        fc.constantFrom(...SOURCES),
        fc.integer({ min: 1, max: 200 }),
        fc.nat(50),
        fc.nat(1e12),
        (repository, source, podsTogether, more, bytes) => {
          const request = startOf(repository, { source, podsTogether });
          const seconds = secondsOf(request);
          assert.ok(secondsOf({ ...request, podsTogether: podsTogether + more }) >= seconds);
          assert.ok(secondsOf({ ...request, bytes: request.bytes + bytes }) >= seconds);
          assert.ok(seconds >= loadSeconds(request) + estimateStart(request).engineSeconds);
        },
      ),
    ));

  it("lets every model of the catalogue load", () => {
    for (const repository of REPOSITORIES)
      for (const source of SOURCES) {
        const request = startOf(repository, { source });
        const { weightsSeconds, engineSeconds } = estimateStart(request);
        assert.ok(secondsOf(request) >= 3 * (weightsSeconds + engineSeconds), repository);
      }
  });
});

const UNTIL_READY_14 = { nodeSeconds: 420, imageSeconds: 120, weightsSeconds: 20, engineSeconds: 280 };
const UNTIL_READY_24 = { ...UNTIL_READY_14, weightsSeconds: 620 };

describe("minutes until the slowest server answers", () => {
  const cases = [
    { what: "those of the only one", starts: [UNTIL_READY_14], minutes: 14 },
    { what: "those of the slower one", starts: [UNTIL_READY_14, UNTIL_READY_24], minutes: 24 },
    { what: "not known where one is not", starts: [UNTIL_READY_14, undefined], minutes: undefined },
  ];
  for (const { what, starts, minutes } of cases)
    it(`are ${what}`, () => assert.equal(slowestMinutes(starts.map(start => ({ start }))), minutes));
});

describe("seconds without a request after which the last server is removed", () => {
  const idle = (...starts: readonly (typeof UNTIL_READY_14 | undefined)[]): number =>
    idleSeconds(starts.map(start => ({ start, startupBudget: { periodSeconds: 30, failureThreshold: 30 } })));

  it("are upstream's 300 more than the slowest server takes to start", () => {
    assert.equal(idle(UNTIL_READY_14), 300 + 14 * 60);
    assert.equal(idle(UNTIL_READY_14, UNTIL_READY_24), 300 + 24 * 60);
  });

  it("cover the whole startup probe, a node and the image where nothing else is known", () =>
    assert.equal(idle(undefined), 300 + 900 + 600));
});
