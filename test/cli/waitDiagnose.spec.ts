import assert from "node:assert/strict";
import fc from "fast-check";
import { LABELS } from "../../catalog/serving";
import { diagnose, type ModelProgress, wantedLogs } from "../../cli/wait/diagnose";
import { logKey, type Snapshot } from "../../cli/wait/objects";
import { serverSelector } from "../../workloads/names";
import * as cluster from "./wait.fixtures";

const { accepted, ago, claim, container, crashed, deployment, event, half, job, jobPod } = cluster;
const { OFFICE_HOURS, pending, pod, pool, route, scaled, snapshot, waiting } = cluster;

function only(of: Snapshot): ModelProgress {
  const models = diagnose(of);
  assert.equal(models.length, 1);
  return models[0] as ModelProgress;
}

const short = ({ stage, state, servers, pods, copy, detail }: ModelProgress) => ({
  ...{ stage, state, copy, detail },
  ready: `${servers.ready}/${servers.wanted}`,
  running: `${pods.scheduled}/${pods.running}/${pods.wanted}`,
});

const SERVER = "qwen-v1-decode-0";
const inLog = (text: string, podName = SERVER, name = "modelserver") => ({
  logs: new Map([[logKey(podName, name), text]]),
});

describe("how far a model is", () => {
  const cases: readonly { readonly what: string; readonly of: Snapshot; readonly is: object }[] = [
    {
      what: "answers once servers, picker, pool and route do",
      of: snapshot(),
      is: { stage: "ready", state: "ready", detail: "answers", ready: "2/2", running: "2/2/2" },
    },
    {
      what: "waits for pods that are not there yet",
      of: snapshot({ deployments: [deployment(2, 0)], pods: [] }),
      is: { stage: "objects", state: "waiting", detail: "its pods are being made", ready: "0/2", running: "0/0/2" },
    },
    {
      what: "waits for a node",
      of: half(pending()),
      is: { stage: "capacity", state: "waiting", detail: "waits for a node", ready: "1/2", running: "1/1/2" },
    },
    ...[
      { so: { Launched: { status: "Unknown" } }, detail: "AWS is asked for node gpu-p5-x7k2q" },
      { so: { Launched: {} }, detail: "node gpu-p5-x7k2q starts" },
      { so: { Launched: {}, Registered: {} }, detail: "node gpu-p5-x7k2q gets ready" },
      { so: { Launched: {}, Registered: {}, Initialized: {} }, detail: "node gpu-p5-x7k2q is there" },
    ].map(({ so, detail }) => ({
      what: `tells how far its node is: ${detail}`,
      of: half(pending(), {
        nodeClaims: [claim(so)],
        events: [event("Pod", SERVER, "Nominated", "Pod should schedule on: nodeclaim/gpu-p5-x7k2q")],
      }),
      is: { stage: "capacity", state: "waiting", detail },
    })),
    {
      what: "gets its image",
      of: half(pod({ container: waiting("ContainerCreating") })),
      is: { stage: "image", state: "waiting", detail: "gets its image", running: "2/1/2" },
    },
    {
      what: "loads, for so many minutes of its startup budget",
      of: half(pod({ container: container({ state: { running: { startedAt: ago(4) } } }) })),
      is: { stage: "load", state: "waiting", detail: "loads since 4 of at most 13 min", running: "2/2/2" },
    },
    {
      what: "waits for its weights while the guard runs, and passes on how far the copy is",
      of: half(
        pod({
          guard: { ...container({ name: "weights" }), state: { running: {} } },
          container: waiting("PodInitializing"),
        }),
        {
          jobs: [job("running")],
          pods: [
            pod({ name: "qwen-v1-decode-1" }),
            pod({
              guard: { ...container({ name: "weights" }), state: { running: {} } },
              container: waiting("PodInitializing"),
            }),
            jobPod(container({})),
          ],
          ...inLog("12 of 17 files, 41.2 of 65.5 GB\n", "weights-0a1b-1", "copy"),
        },
      ),
      is: {
        ...{ stage: "copy", state: "waiting", copy: "running" },
        detail: "waits for the copy of the weights; copy: 12 of 17 files, 41.2 of 65.5 GB",
      },
    },
    {
      what: "fetches its adapters before it loads, which is no copy of weights",
      of: half(
        pod({
          guard: { ...container({ name: "adapters" }), state: { running: {} } },
          container: waiting("PodInitializing"),
        }),
      ),
      is: { stage: "load", state: "waiting", detail: "fetches its adapters" },
    },
    {
      what: "does not mind that the guard ends itself while the copy lasts",
      of: half(pod({ guard: { ...crashed(1), name: "weights" }, container: waiting("PodInitializing") }), {
        jobs: [job("running")],
      }),
      is: { stage: "copy", state: "waiting", copy: "running" },
    },
    {
      what: "is prepared by what else runs before its server",
      of: half(
        pod({
          guard: { ...container({ name: "warm-up" }), state: { running: {} } },
          container: waiting("PodInitializing"),
        }),
        { jobs: [job("running")] },
      ),
      is: { stage: "image", state: "waiting", detail: "is prepared by warm-up" },
    },
    {
      what: "is ready with a copy that is done",
      of: snapshot({ jobs: [job("Complete")] }),
      is: { state: "ready", copy: "done" },
    },
    {
      what: "is asleep by its schedule, and says until when",
      of: snapshot({ deployments: [deployment(0)], pods: [], scaledObjects: [scaled(0, [OFFICE_HOURS])] }),
      is: {
        stage: "asleep",
        state: "asleep",
        detail: 'asleep by its schedule, up again at "0 7 * * 1-5" Europe/Berlin',
        ready: "0/0",
      },
    },
    {
      what: "is asleep until requests come where no schedule holds it up",
      of: snapshot({
        deployments: [deployment(0)],
        pods: [],
        scaledObjects: [scaled(0, [{ type: "prometheus", metadata: {} }])],
      }),
      is: { stage: "asleep", state: "asleep", detail: "asleep until requests come" },
    },
    {
      what: "is ready with what always runs, though traffic has asked for more than there is room for",
      of: snapshot({
        deployments: [deployment(4, 2)],
        pods: [pod(), pending("", "b")],
        scaledObjects: [scaled(2, [OFFICE_HOURS])],
      }),
      is: { state: "ready", ready: "2/2" },
    },
    {
      what: "waits for the servers that always run, though KEDA has not asked for them yet",
      of: snapshot({ deployments: [deployment(1)], pods: [pod()], scaledObjects: [scaled(2, [])] }),
      is: { stage: "objects", state: "waiting", ready: "1/2" },
    },
    {
      what: "does not count servers of before the last change",
      of: snapshot({
        deployments: [deployment(2, 2, { status: { replicas: 2, updatedReplicas: 1, readyReplicas: 2 } })],
      }),
      is: { state: "waiting", ready: "1/2" },
    },
    {
      what: "counts nothing before its controller has seen the change",
      of: snapshot({
        deployments: [deployment(2, 2, { metadata: { ...deployment().metadata, generation: 2 } })],
      }),
      is: { stage: "load", state: "waiting", ready: "0/2" },
    },
    {
      what: "waits for the picker after its servers",
      of: snapshot({ pickerReady: 0 }),
      is: { stage: "route", state: "waiting", detail: "the endpoint picker is not ready", ready: "2/2" },
    },
  ];
  for (const { what, of, is } of cases)
    it(what, () => {
      const seen = short(only(of));
      assert.deepEqual({ ...seen, ...is }, seen);
    });

  it("counts a group of nodes as one server, and all its pods", () => {
    const found = only(
      snapshot({
        deployments: [],
        leaderWorkerSets: [cluster.groups("qwen-v1-decode", { ready: 1 }), cluster.groups("qwen-v1-prefill")],
        pods: [pod(), pod({ name: "b" }), pod({ name: "c" }), pending("", "d")],
      }),
    );
    assert.deepEqual(found.servers, { ready: 1, wanted: 2 });
    assert.deepEqual(found.pods, { scheduled: 3, running: 3, wanted: 4 });
    assert.equal(found.stage, "capacity");
  });
});

describe("what holds a model up", () => {
  const quota =
    "NodeClaim gpu-p5-x7k2q event: creating instance, with fleet error(s), VcpuLimitExceeded: You have requested more vCPU capacity than your current vCPU limit of 0 allows";
  const refusedBy = (message: string) =>
    half(pending(), { events: [event("NodeClaim", "gpu-p5-x7k2q", "InsufficientCapacityError", message)] });
  const unplaced = (message: string) =>
    half(pending(), { events: [event("Pod", SERVER, "FailedScheduling", `Failed to schedule pod, ${message}`)] });
  const broken = (log: string) => half(pod({ container: crashed(1) }), inLog(log));

  const cases: readonly {
    readonly cause: string;
    readonly stuck: boolean;
    readonly of: Snapshot;
    readonly what: string;
  }[] = [
    {
      cause: "node-pool-missing",
      stuck: true,
      of: half(pending(), { nodePools: [] }),
      what: 'there is no NodePool "gpu-p5" in this cluster',
    },
    {
      cause: "quota",
      stuck: true,
      of: refusedBy(quota),
      what: `AWS refuses the node because a quota of the account is used up: InsufficientCapacityError: ${quota}`,
    },
    {
      cause: "quota",
      stuck: true,
      of: half(pending(), {
        nodeClaims: [claim({ Launched: { status: "Unknown", reason: "VCPULimitExceeded", message: "vCPU limit" } })],
      }),
      what: "AWS refuses the node because a quota of the account is used up: Launched: VCPULimitExceeded vCPU limit",
    },
    {
      cause: "spot-role",
      stuck: true,
      of: refusedBy("AuthFailure.ServiceLinkedRoleCreationNotPermitted: no permission"),
      what: "the account has never used spot: InsufficientCapacityError: AuthFailure.ServiceLinkedRoleCreationNotPermitted: no permission",
    },
    {
      cause: "launch-refused",
      stuck: true,
      of: half(pending(), {
        nodeClaims: [claim({ Launched: { status: "Unknown", reason: "Unauthorized", message: "ec2:CreateTags" } })],
      }),
      what: "EKS may not start the node: Launched: Unauthorized ec2:CreateTags",
    },
    {
      cause: "subnet-full",
      stuck: true,
      of: refusedBy("InsufficientFreeAddressesInSubnet: subnet-1"),
      what: "the pool's subnets have no addresses left: InsufficientCapacityError: InsufficientFreeAddressesInSubnet: subnet-1",
    },
    {
      cause: "node-class",
      stuck: true,
      of: half(pending(), {
        events: [
          event("NodeClaim", "gpu-p5-x7k2q", "NodeClassNotReady", "NodeClaim gpu-p5-x7k2q event: NodeClassNotReady"),
        ],
      }),
      what: "the NodeClass is not ready: NodeClassNotReady: NodeClaim gpu-p5-x7k2q event: NodeClassNotReady",
    },
    {
      cause: "reservation",
      stuck: false,
      of: refusedBy("ReservationCapacityExceeded: cr-1"),
      what: "the capacity reservation has no free instance: InsufficientCapacityError: ReservationCapacityExceeded: cr-1",
    },
    {
      cause: "insufficient-capacity",
      stuck: false,
      of: refusedBy("InsufficientInstanceCapacity: p5.48xlarge"),
      what: "AWS has no free instance at the moment and is asked again and again: InsufficientCapacityError: InsufficientInstanceCapacity: p5.48xlarge",
    },
    {
      cause: "pool-full",
      stuck: true,
      of: unplaced(
        "incompatible requirements, key karpenter.sh/nodepool; all available instance types exceed limits for nodepool (NodePool=gpu-p5)",
      ),
      what: 'pool "p5" has all the nodes it may have',
    },
    {
      cause: "pool-full",
      stuck: true,
      of: unplaced('all available instance types exceed limits for nodepool: "gpu-p5"'),
      what: 'pool "p5" has all the nodes it may have',
    },
    {
      cause: "no-node-fits",
      stuck: true,
      of: unplaced(
        "all available instance types exceed limits for nodepool (NodePool=gpu-p5-spot); did not tolerate taint (taint=a:NoSchedule)",
      ),
      what: "no pool has a node that the pod may run on: FailedScheduling: Failed to schedule pod, all available instance types exceed limits for nodepool (NodePool=gpu-p5-spot); did not tolerate taint (taint=a:NoSchedule)",
    },
    {
      cause: "pod-too-large",
      stuck: true,
      of: unplaced("no instance type has enough resources, requirements=a"),
      what: "a pod is larger than any node of its pool: FailedScheduling: Failed to schedule pod, no instance type has enough resources, requirements=a",
    },
    {
      cause: "no-offer",
      stuck: false,
      of: unplaced("incompatible requirements; no instance type has the required offering, requirements=a"),
      what: "none of the pool's zones offers its instance type at the moment",
    },
    {
      cause: "node-not-joined",
      stuck: true,
      of: half(pending(), { nodeClaims: [claim({ Launched: { minutesAgo: 12 }, Registered: { status: "Unknown" } })] }),
      what: "AWS started a node 12 minutes ago that has not joined the cluster",
    },
    {
      cause: "node-not-ready",
      stuck: false,
      of: half(pod({ container: waiting("ContainerCreating") }), {
        nodes: [cluster.node("i-1", "Unknown")],
      }),
      what: "its node i-1 is not ready",
    },
    {
      cause: "missing-secret",
      stuck: true,
      of: half(pod({ container: waiting("CreateContainerConfigError", 'secret "qwen-hf-token" not found') })),
      what: 'the secret "qwen-hf-token" does not exist',
    },
    {
      cause: "container-config",
      stuck: true,
      of: half(pod({ container: waiting("CreateContainerError", "no such device") })),
      what: "the container cannot be made: no such device",
    },
    {
      cause: "image",
      stuck: true,
      of: half(pod({ container: waiting("ImagePullBackOff", "Back-off pulling image: not found") })),
      what: "the image docker.io/vllm/vllm-openai:v0.26.0 does not come: Back-off pulling image: not found",
    },
    {
      cause: "out-of-memory",
      stuck: true,
      of: half(pod({ container: crashed(137, "OOMKilled") })),
      what: "container modelserver needs more memory than it may have (OOMKilled)",
    },
    {
      cause: "gpu-memory",
      stuck: true,
      of: broken("INFO loading\ntorch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.\nTraceback"),
      what: "the model does not fit into the GPUs' memory: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB",
    },
    {
      cause: "gpu-memory",
      stuck: true,
      of: broken(
        "ValueError: The model's max seq len (131072) is larger than the maximum number of tokens that can be stored in KV cache (39024).",
      ),
      what: "the model does not fit into the GPUs' memory: ValueError: The model's max seq len (131072) is larger than the maximum number of tokens that can be stored in KV cache (39024)",
    },
    {
      cause: "hugging-face-token",
      stuck: true,
      of: broken(
        "401 Client Error. (Request ID: x)\nCannot access gated repo for url https://huggingface.co/meta-llama/a.",
      ),
      what: "Hugging Face refuses the token: Cannot access gated repo for url https://huggingface.co/meta-llama/a",
    },
    {
      cause: "s3-access",
      stuck: true,
      of: half(pod({ container: crashed(1, "Error", "An error occurred (AccessDenied) when calling GetObject") })),
      what: "S3 refuses the pod's role: An error occurred (AccessDenied) when calling GetObject",
    },
    {
      cause: "s3-credentials",
      stuck: true,
      of: broken("error: this pod was created before EKS knew its Pod Identity association: delete the pod"),
      what: "the pod has no AWS credentials: error: this pod was created before EKS knew its Pod Identity association: delete the pod",
    },
    {
      cause: "hugging-face-token",
      stuck: true,
      of: broken("error: the token may not read meta-llama/a: accept its licence"),
      what: "Hugging Face refuses the token: error: the token may not read meta-llama/a: accept its licence",
    },
    {
      cause: "weights-missing",
      stuck: true,
      of: broken("botocore: NoSuchKey config.json"),
      what: "the weights are not where they are looked for: botocore: NoSuchKey config.json",
    },
    {
      cause: "engine-arguments",
      stuck: true,
      of: broken("vllm: error: unrecognized arguments: --nope"),
      what: "vLLM does not take its arguments: vllm: error: unrecognized arguments: --nope",
    },
    {
      cause: "efa-nccl",
      stuck: true,
      of: broken("RuntimeError: NCCL error: unhandled system error"),
      what: "the GPUs do not reach each other: RuntimeError: NCCL error: unhandled system error",
    },
    {
      cause: "load-timeout",
      stuck: true,
      of: half(pod({ container: crashed(137) }), {
        events: [event("Pod", SERVER, "Killing", "Container modelserver failed startup probe, will be restarted")],
      }),
      what: "the server was ended because it had not loaded within its startup budget",
    },
    {
      cause: "crash",
      stuck: true,
      of: broken("first\nlast words\n"),
      what: "container modelserver ended with code 1, 3 times so far: last words",
    },
    {
      cause: "crash-once",
      stuck: false,
      of: half(pod({ container: container({ restartCount: 1, lastState: { terminated: { exitCode: 2 } } }) })),
      what: "container modelserver ended with code 2, once so far",
    },
    {
      cause: "copy-failed",
      stuck: true,
      of: half(pod({ container: waiting("PodInitializing") }), {
        jobs: [job("Failed", "Job has reached the specified backoff limit")],
      }),
      what: "the copy of the weights has failed: BackoffLimitExceeded Job has reached the specified backoff limit",
    },
    {
      cause: "copy-suspended",
      stuck: true,
      of: half(pod({ container: waiting("PodInitializing") }), {
        jobs: [{ ...job("running"), spec: { suspend: true, template: {} } }],
      }),
      what: "the copy of the weights is suspended",
    },
    {
      cause: "pods-refused",
      stuck: true,
      of: half(pod({ container: waiting("PodInitializing") }), {
        jobs: [job("running")],
        events: [event("Job", "weights-0a1b", "FailedCreate", "service account is missing")],
      }),
      what: "its pods are refused: FailedCreate: service account is missing",
    },
    {
      cause: "pod-security",
      stuck: true,
      of: snapshot({
        deployments: [
          deployment(2, 0, {
            status: {
              conditions: [
                {
                  type: "ReplicaFailure",
                  status: "True",
                  message: 'pods "a" is forbidden: violates PodSecurity "baseline"',
                },
              ],
            },
          }),
        ],
        pods: [],
      }),
      what: 'the namespace\'s pod security refuses its pods: pods "a" is forbidden: violates PodSecurity "baseline"',
    },
    {
      cause: "resource-quota",
      stuck: true,
      of: snapshot({
        deployments: [
          deployment(2, 0, {
            status: { conditions: [{ type: "ReplicaFailure", status: "True", message: "exceeded quota: a" }] },
          }),
        ],
        pods: [],
      }),
      what: "the namespace's quota refuses its pods: exceeded quota: a",
    },
    {
      cause: "scaled-to-zero",
      stuck: true,
      of: snapshot({ deployments: [deployment(0)], pods: [] }),
      what: "it has no servers, and nobody starts any",
    },
    {
      cause: "pool-missing",
      stuck: true,
      of: snapshot({ pools: [] }),
      what: "the inference pool does not exist",
    },
    {
      cause: "pool-pending",
      stuck: false,
      of: snapshot({ pools: [pool({ parents: [] })] }),
      what: "the gateway has not taken the inference pool over yet",
    },
    {
      cause: "pool-refused",
      stuck: true,
      of: snapshot({
        pools: [
          pool(accepted({ ResolvedRefs: { status: "False", reason: "InvalidExtensionRef", message: "no Service" } })),
        ],
      }),
      what: "the gateway refuses the inference pool: InvalidExtensionRef no Service",
    },
    {
      cause: "route-missing",
      stuck: true,
      of: snapshot({ routes: [route(accepted(), "another")] }),
      what: "no route leads to the inference pool",
    },
    {
      cause: "route-pending",
      stuck: false,
      of: snapshot({ routes: [route(accepted({ Accepted: { status: "Unknown" } }))] }),
      what: "the gateway has not taken the route over yet",
    },
    {
      cause: "route-refused",
      stuck: true,
      of: snapshot({ routes: [route(accepted({ Accepted: { status: "False", reason: "NotAllowedByListeners" } }))] }),
      what: "the gateway refuses the route: NotAllowedByListeners",
    },
  ];
  for (const { cause, stuck, of, what } of cases)
    it(`is named: ${cause}, ${what.slice(0, 60)}`, () => {
      const progress = only(of);
      const found = progress.findings.map(finding => ({
        cause: finding.cause,
        stuck: finding.stuck,
        what: finding.what,
      }));
      assert.deepEqual(found, [{ cause, stuck, what }]);
      assert.equal(progress.state, stuck ? "stuck" : "waiting");
      assert.ok(progress.findings.every(({ todo, objects }) => todo.length > 20 && objects.length > 0));
    });

  it("comes with the command that gives a pod its credentials", () => {
    const [finding] = only(
      half(
        pod({
          container: crashed(1, "Error", "error: this pod was created before EKS knew its Pod Identity association"),
        }),
      ),
    ).findings;
    assert.match(finding?.todo ?? "", /^Delete it: `kubectl delete pod qwen-v1-decode-0`/);
  });

  it("comes with the command that sets a token", () => {
    const message = 'secret "qwen-hf-token" not found';
    const [missing] = only(half(pod({ container: waiting("CreateContainerConfigError", message) }))).findings;
    const [refused] = only(half(pod({ container: crashed(1, "Error", "error: the token may not read a/b") }))).findings;
    for (const finding of [missing, refused])
      assert.match(finding?.todo ?? "", /`pulumi -C workloads config set --secret llmd-workloads:huggingFaceToken`/);
  });

  it("is the system pool's size for a copy that has no node", () => {
    const copy = {
      ...jobPod(container({})),
      spec: { nodeSelector: { "karpenter.sh/nodepool": "system" }, containers: [] },
    };
    const events = [event("Pod", "weights-0a1b-1", "FailedScheduling", "exceed limits for nodepool (NodePool=system)")];
    const [first] = only(half(copy, { jobs: [job("running")], events })).findings;
    assert.deepEqual([first?.cause, first?.what], ["pool-full", 'pool "system" has all the nodes it may have']);
    assert.match(first?.todo ?? "", /llmd-infra:systemPool/);
  });

  it("is why the picker does not run, before that it does not", () => {
    const labels = { "llm-d-router-gateway": "qwen-v1-epp" };
    const broken = { ...pod({ container: crashed(2) }), metadata: { name: "qwen-v1-epp-0", labels } };
    const { findings, stage } = only(snapshot({ pickerReady: 0, pods: [pod(), broken] }));
    assert.equal(stage, "route");
    assert.deepEqual(
      findings.map(({ cause, objects }) => ({ cause, objects })),
      [
        { cause: "crash", objects: ["Pod/qwen-v1-epp-0"] },
        { cause: "picker-not-ready", objects: ["Deployment/qwen-v1-epp"] },
      ],
    );
  });

  it("is said once, however many pods it holds up", () => {
    const pods = ["a", "b", "c"].map(name => pod({ name, container: crashed(137, "OOMKilled") }));
    const { findings } = only(snapshot({ deployments: [deployment(3, 0)], pods }));
    assert.deepEqual(
      findings.map(({ cause, objects }) => ({ cause, objects })),
      [{ cause: "out-of-memory", objects: ["Pod/a", "Pod/b", "Pod/c"] }],
    );
  });

  it("is what is stuck first", () => {
    const pods = [pending("", "a"), pod({ name: "b", container: crashed(137, "OOMKilled") })];
    const events = [event("NodeClaim", "gpu-p5-x7k2q", "InsufficientCapacityError", "InsufficientInstanceCapacity")];
    const { findings } = only(snapshot({ deployments: [deployment(2, 0)], pods, events }));
    assert.deepEqual(
      findings.map(({ cause }) => cause),
      ["out-of-memory", "insufficient-capacity"],
    );
  });

  it("is nothing once AWS starts the node that it refused before", () =>
    assert.deepEqual(
      only(
        half(pending(), {
          nodeClaims: [claim({ Launched: {} }, "gpu-p5-bbbbb")],
          events: [
            event("NodeClaim", "gpu-p5-x7k2q", "InsufficientCapacityError", quota, 3),
            event("Pod", SERVER, "Nominated", "Pod should schedule on: nodeclaim/gpu-p5-bbbbb"),
          ],
        }),
      ).findings,
      [],
    ));

  it("is not what was said long ago, nor of another pool", () => {
    const events = [
      event("NodeClaim", "gpu-p5-x7k2q", "InsufficientCapacityError", quota, 11),
      event("NodeClaim", "gpu-p5-spot-x7k2q", "InsufficientCapacityError", quota),
    ];
    assert.deepEqual(only(half(pending(), { events })).findings, []);
  });

  it("is what the newest pod of a copy says, not those before it", () => {
    const jobs = [job("running")];
    const guarded = pod({
      guard: { ...container({ name: "weights" }), state: { running: {} } },
      container: waiting("PodInitializing"),
    });
    const old = jobPod(container({ state: { terminated: { exitCode: 1 } } }), 9, "old");
    assert.deepEqual(only(half(guarded, { jobs, pods: [guarded, old, jobPod(container({}))] })).findings, []);
    const failed = jobPod(container({ state: { terminated: { exitCode: 1, message: "HTTP 403 for a gated model" } } }));
    const { findings } = only(half(guarded, { jobs, pods: [guarded, old, failed] }));
    assert.deepEqual(
      findings.map(({ cause, objects }) => ({ cause, objects })),
      [{ cause: "hugging-face-token", objects: ["Pod/weights-0a1b-1"] }],
    );
  });

  for (const { message, todo } of [
    { message: "toomanyrequests: rate limit", todo: /limits pulls/ },
    { message: "403 Forbidden", todo: /right to pull/ },
    { message: "manifest unknown", todo: /no such image/ },
    { message: "dial tcp: i/o timeout", todo: /NAT, endpoints/ },
  ])
    it(`has a way out for an image: ${message}`, () =>
      assert.match(only(half(pod({ container: waiting("ErrImagePull", message) }))).findings[0]?.todo ?? "", todo));
});

describe("a roll on a pool that is full", () => {
  const full = event(
    "Pod",
    SERVER,
    "FailedScheduling",
    "Failed to schedule pod, all available instance types exceed limits for nodepool (NodePool=gpu-p5)",
  );
  const quota = event("NodeClaim", "gpu-p5-x7k2q", "InsufficientCapacityError", "VcpuLimitExceeded: limit of 192");
  const rolling = (leaving: readonly ReturnType<typeof pod>[], events = [full]) =>
    only(
      snapshot({
        deployments: [deployment(2, 1)],
        pods: [pod({ name: "qwen-v1-decode-1" }), pending(), ...leaving],
        events: [...events, cluster.schedulerEvent(SERVER, "0/2 nodes are available: 2 Insufficient nvidia.com/gpu.")],
      }),
    );

  for (const { said, events } of [
    { said: "it is full", events: [full] },
    { said: "AWS refuses another node", events: [quota] },
  ])
    it(`is progress as long as the server of before drains, though ${said}`, () => {
      const { state, detail, findings } = rolling([cluster.draining(4)], events);
      assert.deepEqual([state, detail], ["waiting", "waits until qwen-v1-decode-9 has ended"]);
      assert.deepEqual(
        findings.map(({ cause, stuck, what }) => ({ cause, stuck, what })),
        [
          {
            cause: "draining",
            stuck: false,
            what: 'pool "p5" has room for it as soon as pod qwen-v1-decode-9 has ended',
          },
        ],
      );
    });

  for (const { what, leaving } of [
    { what: "none ends", leaving: [] },
    { what: "one should have ended minutes ago", leaving: [cluster.draining(13)] },
    { what: "one ends that had no node", leaving: [{ ...pending("", "b"), metadata: cluster.draining(4).metadata }] },
    {
      what: "one ends on another pool",
      leaving: [
        {
          ...cluster.draining(4),
          spec: { ...pod().spec, nodeSelector: { "karpenter.sh/nodepool": "gpu-spot" }, containers: [] },
        },
      ],
    },
  ])
    it(`is stuck when ${what}`, () => {
      const { state, findings } = rolling(leaving);
      assert.deepEqual([state, findings.map(({ cause }) => cause)], ["stuck", ["pool-full"]]);
    });

  it("is progress for as many servers as drain, and not for those that are asked for on top", () => {
    const pods = [pending("", SERVER), pending("", "b"), cluster.draining(1)];
    const events = [full, { ...full, involvedObject: { kind: "Pod", name: "b" } }];
    const { findings } = only(snapshot({ deployments: [deployment(3, 1)], pods, events }));
    assert.deepEqual(
      findings.map(({ cause, objects }) => ({ cause, objects })),
      [
        { cause: "pool-full", objects: ["Pod/b"] },
        { cause: "draining", objects: [`Pod/${SERVER}`] },
      ],
    );
  });

  it("is progress while the scheduler makes room", () => {
    const waits = pending();
    const nominated = { ...waits, status: { ...waits.status, nominatedNodeName: "i-1" } };
    const { detail, findings } = only(half(nominated, { events: [full] }));
    assert.deepEqual([detail, findings], ["room is made for it on node i-1", []]);
  });
});

describe("a pod on a static pool", () => {
  const incompatible = event(
    "Pod",
    SERVER,
    "FailedScheduling",
    "Failed to schedule pod, incompatible requirements, key karpenter.sh/nodepool, karpenter.sh/nodepool In [gpu-p5] not in karpenter.sh/nodepool In [system]",
  );
  const there = { Launched: {}, Registered: {}, Initialized: {} };
  const nodePools = [cluster.nodePool("gpu-p5", 2)];
  const on = (nodeClaims: readonly object[]) =>
    only(half(pending(), { nodePools, nodeClaims, events: [incompatible] }));

  it("is stuck once all its nodes are there, because no other is started for it", () => {
    const { state, findings } = on([claim(there, "gpu-p5-aaaaa"), claim(there, "gpu-p5-bbbbb")]);
    assert.equal(state, "stuck");
    assert.deepEqual(
      findings.map(({ cause, what }) => [cause, what]),
      [
        [
          "static-pool-full",
          'pool "p5" has the 2 nodes of its staticNodes, starts no other for a pod, and none has room',
        ],
      ],
    );
    assert.match(findings[0]?.todo ?? "", /^Raise the pool's staticNodes .* in llmd-infra:gpuPools/);
  });

  it("waits for those of its nodes that are not there yet", () => {
    const { state, detail, findings } = on([claim(there, "gpu-p5-aaaaa"), claim({ Launched: {} }, "gpu-p5-bbbbb")]);
    assert.deepEqual([state, detail, findings], ["waiting", "waits for a node: 1 of the pool's 2 are there", []]);
  });
});

describe("what has no room on the system pool", () => {
  const labels = { "llm-d-router-gateway": "qwen-v1-epp" };
  const waits = cluster.pendingHelper(labels, "qwen-v1-epp-6d4cf56db9-x7k2q");
  const saysFull = (...nodePools: readonly string[]) =>
    event(
      "Pod",
      "qwen-v1-epp-6d4cf56db9-x7k2q",
      "FailedScheduling",
      `Failed to schedule pod, ${nodePools.map(name => `all available instance types exceed limits for nodepool (NodePool=${name})`).join("; ")}`,
    );
  const without = (events: readonly ReturnType<typeof event>[]) =>
    only(snapshot({ pickerReady: 0, pods: [pod(), pod({ name: "b" }), waits], events })).findings;

  it("is a picker, by the pool's name and with the ceilings to raise", () => {
    const [first, ...others] = without([saysFull("gpu-p5", "system")]);
    assert.deepEqual(
      [first?.cause, first?.stuck, first?.what],
      ["pool-full", true, 'pool "system" has all the nodes it may have'],
    );
    assert.equal(
      first?.todo,
      "Raise maxCpus and maxMemoryGiB in llmd-infra:systemPool, then `pulumi -C infra up`: all but model servers runs there.",
    );
    assert.deepEqual(
      others.map(({ cause }) => cause),
      ["picker-not-ready"],
    );
  });

  it("is not told by a GPU pool that is full, on which no picker runs", () =>
    assert.deepEqual(
      without([saysFull("gpu-p5")]).map(({ cause }) => cause),
      ["picker-not-ready"],
    ));

  it("is a gateway, in whatever namespace it is", () => {
    const name = "inference-istio-6d4cf56db9-x7k2q";
    const gateway = cluster.pendingHelper({ "gateway.networking.k8s.io/gateway-name": "inference" }, name);
    const inItsNamespace = { ...gateway, metadata: { ...gateway.metadata, namespace: "llm-d-gateway" } };
    const gateways = { deployments: [cluster.helper("inference-istio", 0, "llm-d-gateway")], pods: [inItsNamespace] };
    const said = { ...saysFull("system"), involvedObject: { kind: "Pod", name } };
    const { stage, state, findings } = only(snapshot({ gateways, events: [said] }));
    assert.deepEqual([stage, state], ["route", "stuck"]);
    assert.deepEqual(
      findings.map(({ cause, what, objects }) => [cause, what, objects]),
      [
        ["pool-full", 'pool "system" has all the nodes it may have', [`Pod/${name}`]],
        ["gateway-not-ready", "the gateway llm-d-gateway/inference is not ready", ["Deployment/inference-istio"]],
      ],
    );
  });

  it("says nothing of gateways that are ready, or that nobody here runs", () => {
    const gateways = { deployments: [cluster.helper("inference-istio", 1, "llm-d-gateway")], pods: [] };
    assert.deepEqual(only(snapshot({ gateways })).findings, []);
    assert.deepEqual(only(snapshot({ gateways: { deployments: [], pods: [] } })).findings, []);
  });

  it("is a pod that had to make room for a more important one", () => {
    const gone = "weights-0a1b-b4z9c";
    const message = "Preempted by pod 8f14e45f-ceea-467f-a0e6-d4a1b2c3d4e5 on node i-2";
    const copy = { ...waits, metadata: { ...jobPod(container({})).metadata, name: "weights-0a1b-x7k2q" } };
    const events = [event("Pod", gone, "Preempted", message)];
    const { findings } = only(half(copy, { jobs: [job("running")], events }));
    assert.deepEqual(
      findings.map(({ cause, stuck, what }) => ({ cause, stuck, what })),
      [
        {
          cause: "preempted",
          stuck: false,
          what: `pool "system" had no room for all, and a more important pod took its place: Preempted: ${message}`,
        },
      ],
    );
    assert.match(findings[0]?.todo ?? "", /Raise maxCpus and maxMemoryGiB in llmd-infra:systemPool/);
  });

  it("has a quota of its own", () => {
    const refused = event("NodeClaim", "system-x7k2q", "InsufficientCapacityError", "VcpuLimitExceeded: limit of 5");
    const [first] = without([refused]);
    assert.equal(first?.cause, "quota");
    assert.match(first?.todo ?? "", /L-1216C47A, Running On-Demand Standard/);
  });
});

describe("groups of nodes that are made anew", () => {
  const SET = "qwen-v1-decode";
  const recreated = (minutesAgo: number, count = 1) => {
    const message = `Worker pod ${SET}-0-1 failed, deleted leader pod ${SET}-0 to recreate group 0`;
    return event("LeaderWorkerSet", SET, "RecreateGroup", message, minutesAgo, count);
  };
  const of = (events: readonly ReturnType<typeof event>[], rest: cluster.Answers = {}, changes = {}) =>
    only(
      snapshot({
        deployments: [],
        leaderWorkerSets: [cluster.groups(SET, changes)],
        pods: [`${SET}-0`, `${SET}-0-1`].map(name => pod({ name, container: container({}) })),
        events,
        ...rest,
      }),
    );
  const nine = [9, 8, 7, 6, 5, 4, 3, 2, 1].map(minutes => recreated(minutes));

  it("are a loop when they go as fast as they come, with what failed and how to read why", () => {
    const { state, findings } = of(nine);
    assert.equal(state, "stuck");
    assert.deepEqual(
      findings.map(({ cause, stuck, what, objects }) => ({ cause, stuck, what, objects })),
      [
        {
          ...{ cause: "group-recreate-loop", stuck: true, objects: [`LeaderWorkerSet/${SET}`] },
          what:
            "a group of its pods has been ended and made anew 9 times within an hour: " +
            `Worker pod ${SET}-0-1 failed, deleted leader pod ${SET}-0 to recreate group 0`,
        },
      ],
    );
    assert.equal(
      findings[0]?.todo,
      `Read why before the group goes: \`kubectl logs -f --prefix --all-containers -l leaderworkerset.sigs.k8s.io/name=${SET}\`.`,
    );
  });

  it("are counted where the API server has them as one event that repeats itself", () => {
    const [finding] = of([recreated(1, 4)]).findings;
    assert.match(finding?.what ?? "", /made anew 4 times/);
  });

  for (const { what, events } of [
    { what: "once or twice", events: [recreated(3), recreated(1)] },
    {
      what: "often, but not for far longer than before",
      events: nine.slice(0, 5).map((one, index) => ({ ...one, eventTime: recreated(24 + index).eventTime })),
    },
  ])
    it(`may pass: ${what}`, () => {
      const { state, findings } = of(events);
      assert.deepEqual([state, findings.map(({ cause }) => cause)], ["waiting", ["group-recreated"]]);
    });

  it("are nothing to tell once enough of them answer, nor after an hour", () => {
    assert.deepEqual(of(nine, {}, { ready: 1 }).findings, []);
    assert.deepEqual(of([recreated(61), recreated(62), recreated(63)]).findings, []);
  });

  it("come with the last words of the pod that failed, or what its kubelet said of it", () => {
    const failed = pod({ name: `${SET}-0-1`, container: crashed(1, "Error", "NCCL error: unhandled") });
    const leaving = { ...failed, metadata: { ...cluster.draining(1).metadata, name: `${SET}-0-1` } };
    const [first] = of(nine, { pods: [pod({ name: `${SET}-0`, container: container({}) }), leaving] }).findings;
    assert.match(first?.what ?? "", /to recreate group 0 \(NCCL error: unhandled\)$/);
    const logs = new Map([[logKey(`${SET}-0-1`, "modelserver"), "first\nlast words\n"]]);
    const silent = pod({ name: `${SET}-0-1`, container: crashed(1) });
    assert.match(of(nine, { pods: [silent], logs }).findings.at(-1)?.what ?? "", /\(last words\)$/);
    const said = event("Pod", `${SET}-0-1`, "BackOff", "Back-off restarting failed container modelserver");
    assert.match(of([...nine, said]).findings[0]?.what ?? "", /\(Back-off restarting failed container modelserver\)$/);
  });

  it("come with the policy that ends a group only after it has started, where it is another", () => {
    const [finding] = of(nine, {}, { restartPolicy: "RecreateGroupOnPodRestart" }).findings;
    assert.match(finding?.todo ?? "", /`pulumi -C workloads up` sets RecreateGroupAfterStart, which waits for them\.$/);
  });

  it("show what a pod says that has waited in vain for its leader's name", () => {
    const line =
      "llmd: qwen-v1-decode-0.qwen-v1-decode.llm-d has no address after 900 s: its pod has no node yet, or is gone";
    const worker = pod({ name: `${SET}-0-1`, container: crashed(1) });
    const logs = new Map([[logKey(`${SET}-0-1`, "modelserver"), `${line}\n`]]);
    const { findings } = of([], { pods: [pod({ name: `${SET}-0`, container: container({}) }), worker], logs });
    assert.deepEqual(
      findings.map(({ cause, stuck, what }) => [cause, stuck, what]),
      [["group-incomplete", false, `a pod waited in vain for the others of its group: ${line}`]],
    );
  });

  it("are refused pods where LeaderWorkerSet or the StatefulSet of a group says so", () => {
    for (const [kind, name] of [
      ["LeaderWorkerSet", SET],
      ["StatefulSet", SET],
      ["StatefulSet", `${SET}-0`],
    ] as const) {
      const events = [event(kind, name, "FailedCreate", "Failed to create: exceeded quota: a")];
      assert.deepEqual(
        of(events, { pods: [] }).findings.map(({ cause }) => cause),
        ["resource-quota"],
        name,
      );
    }
  });

  it("are not made where LeaderWorkerSet's controllers do not look at them", () => {
    const group = cluster.groups(SET);
    const unseen = {
      ...group,
      metadata: { ...("metadata" in group && (group.metadata as object)), creationTimestamp: ago(7) },
      status: {},
    };
    const { state, findings } = of([], { leaderWorkerSets: [unseen], pods: [] });
    assert.deepEqual(
      [state, findings.map(({ cause, what }) => [cause, what])],
      [
        "stuck",
        [
          [
            "groups-not-made",
            "nobody makes its groups: LeaderWorkerSet's controllers have not looked at it for 7 minutes",
          ],
        ],
      ],
    );
  });
});

describe("which models are told of", () => {
  it("are those that are there, each revision by itself, in order", () => {
    const labels = { ...deployment().metadata?.labels, "llmd/revision": "v0" };
    const canary = deployment(1, 1, { metadata: { name: "qwen-v0-decode", labels } });
    const found = diagnose(snapshot({ deployments: [deployment(), canary] }));
    assert.deepEqual(
      found.map(({ model, revision }) => `${model} ${revision}`),
      ["qwen v0", "qwen v1"],
    );
  });

  it("are the expected ones only, and those of them that are missing are stuck", () => {
    const found = diagnose(snapshot({ expected: ["llama"] }));
    assert.deepEqual(
      found.map(({ model, state, findings }) => ({ model, state, cause: findings[0]?.cause })),
      [{ model: "llama", state: "stuck", cause: "model-missing" }],
    );
  });

  it("are found by the labels that the workloads layer gives", () => {
    const labels = serverSelector({ model: "qwen", revision: "v1", guide: "optimized-baseline" }, "decode");
    const { "llm-d.ai/guide": _, ...found } = labels;
    assert.deepEqual(found, { [LABELS.model]: "qwen", [LABELS.revision]: "v1", [LABELS.role]: "decode" });
  });

  it("do not include what else carries a model's label", () => {
    const { "llm-d.ai/role": _, ...labels } = deployment().metadata?.labels ?? {};
    const other = deployment(1, 0, { metadata: { name: "qwen-v1-epp-proxy", labels } });
    assert.deepEqual(only(snapshot({ deployments: [deployment(), other] })).servers, { ready: 2, wanted: 2 });
  });

  it("cost the same each, however many there are", () => {
    /** How often objects of so many models are looked at. */
    const looksAt = (count: number): number => {
      let looks = 0;
      const counted = <T extends { metadata: object }>(object: T, name: string, model: string): T => {
        const metadata = { name, labels: { ...deployment().metadata?.labels, "llm-d.ai/model": model } };
        return Object.defineProperty({ ...object }, "metadata", {
          get: () => {
            looks++;
            return metadata;
          },
        });
      };
      const models = Array.from({ length: count }, (_, index) => `m${index}`);
      const {
        deployments: [server = assert.fail()],
        pods: [waits = assert.fail()],
        ...rest
      } = half(pending(), { pods: [pending()] });
      const deployments = models.map(model => counted(server, `${model}-v1-decode`, model));
      const pods = models.map(model => counted(waits, `${model}-0`, model));
      assert.equal(diagnose({ ...rest, pods, deployments }).length, count);
      return looks;
    };
    assert.equal(looksAt(100), 10 * looksAt(10));
  });
});

describe("whatever a cluster says", () => {
  const statuses = fc.constantFrom(
    container({}),
    waiting("ContainerCreating"),
    waiting("ImagePullBackOff", "not found"),
    crashed(1),
    crashed(137, "OOMKilled"),
  );
  const pods = fc.array(
    fc.oneof(
      fc.constant(pending()),
      fc.constant(pod()),
      statuses.map(status => pod({ container: status })),
    ),
    { maxLength: 6 },
  );

  it("no more is ready or running than is wanted, and only what is stuck is called so", () =>
    fc.assert(
      fc.property(pods, fc.nat(6), fc.nat(6), (some, replicas, ready) => {
        const progress = only(snapshot({ deployments: [deployment(replicas, Math.min(ready, replicas))], pods: some }));
        assert.ok(progress.servers.ready <= progress.servers.wanted);
        assert.ok(progress.pods.running <= progress.pods.scheduled && progress.pods.scheduled <= progress.pods.wanted);
        assert.equal(
          progress.state === "stuck",
          progress.findings.some(({ stuck }) => stuck),
        );
        if (progress.state === "ready") assert.deepEqual([progress.stage, progress.findings], ["ready", []]);
      }),
    ));
});

describe("which logs are worth reading", () => {
  it("are those of containers that ended badly and of copies that run, twelve at most", () => {
    const wanted = wantedLogs(
      snapshot({
        jobs: [job("running")],
        pods: [
          pod(),
          pod({ name: "a", container: crashed(1) }),
          pod({ name: "b", container: container({ state: { terminated: { exitCode: 1 } } }) }),
          pod({ name: "c", container: crashed(0) }),
          jobPod(container({})),
        ],
      }),
    );
    assert.deepEqual(wanted, [
      { pod: "a", container: "modelserver", previous: true },
      { pod: "b", container: "modelserver", previous: false },
      { pod: "weights-0a1b-1", container: "copy", previous: false },
    ]);
    const many = Array.from({ length: 30 }, (_, index) => pod({ name: `p${index}`, container: crashed(1) }));
    assert.equal(wantedLogs(snapshot({ pods: many })).length, 12);
  });
});
