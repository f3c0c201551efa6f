import assert from "node:assert/strict";
import * as cluster from "./fixtures";

const { container, crashed, event, half, itFinds, only, pod, waiting, withLog } = cluster;

describe("a container that does not run", () => {
  const onWait = (cause: string, reason: string, message: string, what: string): cluster.Row => [
    cause,
    half(pod({ container: waiting(reason, message) })),
    what,
  ];
  /** @param line the last line that matters, if it is not the only one. */
  const onLog = (cause: string, sentence: string, log: string, line = log): cluster.Row => [
    cause,
    half(pod({ container: crashed(1) }), withLog(log)),
    `${sentence}: ${line.replace(/\.$/, "")}`,
  ];
  const GPU_MEMORY = "the model does not fit into the GPUs' memory";
  const TOKEN = "Hugging Face rejects the token";

  itFinds("stuck", [
    onWait(
      "missing-secret",
      "CreateContainerConfigError",
      'secret "qwen-hf-token" not found',
      'the secret "qwen-hf-token" does not exist',
    ),
    onWait(
      "container-config",
      "CreateContainerError",
      "no such device",
      "the container cannot be created: no such device",
    ),
    onWait(
      "image",
      "ImagePullBackOff",
      "Back-off pulling image: not found",
      "the image docker.io/vllm/vllm-openai:v0.26.0 cannot be pulled: Back-off pulling image: not found",
    ),
    [
      "out-of-memory",
      half(pod({ container: crashed(137, "OOMKilled") })),
      "container modelserver exceeded its memory limit (OOMKilled)",
    ],
    onLog(
      "gpu-memory",
      GPU_MEMORY,
      "INFO loading\ntorch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.\nTraceback",
      "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",
    ),
    onLog(
      "gpu-memory",
      GPU_MEMORY,
      "ValueError: The model's max seq len (131072) is larger than the maximum number of tokens that can be stored in KV cache (39024).",
    ),
    onLog(
      "hugging-face-token",
      TOKEN,
      "401 Client Error. (Request ID: x)\nCannot access gated repo for url https://huggingface.co/meta-llama/a.",
      "Cannot access gated repo for url https://huggingface.co/meta-llama/a.",
    ),
    onLog("hugging-face-token", TOKEN, "error: the token may not read meta-llama/a: accept its licence"),
    [
      "s3-access",
      half(pod({ container: crashed(1, "Error", "An error occurred (AccessDenied) when calling GetObject") })),
      "S3 denies access to the pod's role: An error occurred (AccessDenied) when calling GetObject",
    ],
    onLog(
      "s3-credentials",
      "the pod has no AWS credentials",
      "error: this pod was created before EKS knew its Pod Identity association: delete the pod",
    ),
    onLog("weights-missing", "the weights are not at their source", "botocore: NoSuchKey config.json"),
    onLog("engine-arguments", "vLLM rejects its arguments", "vllm: error: unrecognized arguments: --nope"),
    onLog("efa-nccl", "the GPUs cannot communicate", "RuntimeError: NCCL error: unhandled system error"),
    [
      "load-timeout",
      half(pod({ container: crashed(137) }), {
        events: [event("Pod", "qwen-v1-decode-0", "Killing", "Container modelserver failed startup probe")],
      }),
      "the server did not load within its startup budget and was stopped",
    ],
    onLog("crash", "container modelserver exited with code 1, 3 times so far", "first\nlast words\n", "last words"),
  ]);

  itFinds("waiting", [
    [
      "crash-once",
      half(pod({ container: container({ restartCount: 1, lastState: { terminated: { exitCode: 2 } } }) })),
      "container modelserver exited with code 2, once so far",
    ],
  ]);

  const SET_TOKEN = /`pulumi -C workloads config set --secret llmd-workloads:huggingFaceToken`/;
  for (const { status, todo } of [
    { status: waiting("CreateContainerConfigError", 'secret "qwen-hf-token" not found'), todo: SET_TOKEN },
    { status: crashed(1, "Error", "error: the token may not read a/b"), todo: SET_TOKEN },
    {
      status: crashed(1, "Error", "error: this pod was created before EKS knew its Pod Identity association"),
      todo: /^Run `kubectl delete pod qwen-v1-decode-0`/,
    },
    { status: crashed(1), todo: /^Read `kubectl logs --previous qwen-v1-decode-0 -c modelserver`\.$/ },
    { status: waiting("ErrImagePull", "toomanyrequests: rate limit"), todo: /limits pulls/ },
    { status: waiting("ErrImagePull", "403 Forbidden"), todo: /right to pull/ },
    { status: waiting("ErrImagePull", "manifest unknown"), todo: /no such image/ },
    { status: waiting("ErrImagePull", "dial tcp: i/o timeout"), todo: /NAT, endpoints/ },
  ])
    it(`has a remedy that matches ${todo}`, () =>
      assert.match(only(half(pod({ container: status }))).findings[0]?.todo ?? "", todo));
});
