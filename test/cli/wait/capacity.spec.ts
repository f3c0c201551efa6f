import assert from "node:assert/strict";
import * as cluster from "./fixtures";

const { causes, claim, deployment, event, half, itFinds, jobPod, only, pending, pod, SERVER, snapshot } = cluster;

const CLAIM = "gpu-p5-x7k2q";
const full = (...nodePools: readonly string[]) =>
  nodePools.map(name => `all available instance types exceed limits for nodepool (NodePool=${name})`).join("; ");
const unplaced = (message: string, name = SERVER) =>
  event("Pod", name, "FailedScheduling", `Failed to schedule pod, ${message}`);
const refused = (message: string, name = CLAIM, minutesAgo = 1) =>
  event("NodeClaim", name, "InsufficientCapacityError", message, minutesAgo);

describe("a pod without a node", () => {
  const pendingWith = (changes: cluster.Answers) => half(pending(), changes);
  /** What AWS says of a NodeClaim, in an event. */
  const onRefusal = (cause: string, sentence: string, message: string): cluster.Row => [
    cause,
    pendingWith({ events: [refused(message)] }),
    `${sentence}: InsufficientCapacityError: ${message}`,
  ];
  /** The same in a condition. */
  const onCondition = (cause: string, sentence: string, reason: string, message: string): cluster.Row => {
    const nodeClaims = [claim({ Launched: { status: "Unknown", reason, message } })];
    return [cause, pendingWith({ nodeClaims }), `${sentence}: Launched: ${reason} ${message}`];
  };
  /** What Karpenter says of the pod. */
  const onEvent = (cause: string, message: string, what: (said: string) => string): cluster.Row => [
    cause,
    pendingWith({ events: [unplaced(message)] }),
    what(`FailedScheduling: Failed to schedule pod, ${message}`),
  ];
  const QUOTA = "AWS refuses the node: a quota of the account is used up";
  const NOT_READY = `NodeClaim ${CLAIM} event: NodeClassNotReady`;
  const FULL = () => 'pool "p5" has as many nodes as its limits allow';

  itFinds("stuck", [
    ["node-pool-missing", half(pending(), { nodePools: [] }), 'NodePool "gpu-p5" does not exist in this cluster'],
    onRefusal("quota", QUOTA, `creating ${CLAIM}, with fleet error(s), VcpuLimitExceeded: vCPU limit of 0`),
    onCondition("quota", QUOTA, "VCPULimitExceeded", "vCPU limit"),
    onRefusal(
      "spot-role",
      "the account has no service-linked role for spot",
      "AuthFailure.ServiceLinkedRoleCreationNotPermitted: no permission",
    ),
    onCondition("launch-refused", "AWS does not allow EKS to start the node", "Unauthorized", "ec2:CreateTags"),
    onRefusal(
      "subnet-full",
      "the pool's subnets have no free addresses",
      "InsufficientFreeAddressesInSubnet: subnet-1",
    ),
    [
      "node-class",
      half(pending(), { events: [event("NodeClaim", CLAIM, "NodeClassNotReady", NOT_READY)] }),
      `the NodeClass is not ready: NodeClassNotReady: ${NOT_READY}`,
    ],
    onEvent("pool-full", `incompatible requirements, key karpenter.sh/nodepool; ${full("gpu-p5")}`, FULL),
    onEvent("pool-full", 'all available instance types exceed limits for nodepool: "gpu-p5"', FULL),
    onEvent(
      "no-node-fits",
      `${full("gpu-p5-spot")}; did not tolerate taint (taint=a:NoSchedule)`,
      said => `no node of any pool fits the pod: ${said}`,
    ),
    onEvent(
      "pod-too-large",
      "no instance type has enough resources, requirements=a",
      said => `the pod requests more than any node of its pool has: ${said}`,
    ),
    [
      "node-not-joined",
      half(pending(), { nodeClaims: [claim({ Launched: { minutesAgo: 12 }, Registered: { status: "Unknown" } })] }),
      "AWS started a node 12 minutes ago, and it has not joined the cluster",
    ],
  ]);

  itFinds("waiting", [
    onRefusal("reservation", "the capacity reservation has no free instance", "ReservationCapacityExceeded: cr-1"),
    onRefusal(
      "insufficient-capacity",
      "AWS has no free instance now, and Karpenter asks again and again",
      "InsufficientInstanceCapacity: p5.48xlarge",
    ),
    onEvent(
      "no-offer",
      "incompatible requirements; no instance type has the required offering, requirements=a",
      () => "none of the pool's zones offers its instance type now",
    ),
  ]);

  it("has no finding once AWS starts the node that it refused before", () => {
    const nodeClaims = [claim({ Launched: {} }, "gpu-p5-bbbbb")];
    const nominated = event("Pod", SERVER, "Nominated", "Pod should schedule on: nodeclaim/gpu-p5-bbbbb");
    const events = [refused("VcpuLimitExceeded", CLAIM, 3), nominated];
    assert.deepEqual(only(half(pending(), { nodeClaims, events })).findings, []);
  });

  it("has no finding from old events, nor from those of another pool", () => {
    const events = [refused("VcpuLimitExceeded", CLAIM, 11), refused("VcpuLimitExceeded", "gpu-p5-spot-x7k2q")];
    assert.deepEqual(only(half(pending(), { events })).findings, []);
  });
});

describe("the progress of a node", () => {
  const nominated = event("Pod", SERVER, "Nominated", `Pod should schedule on: nodeclaim/${CLAIM}`);
  for (const [conditions, detail] of [
    [{ Launched: { status: "Unknown" } }, "is requested from AWS"],
    [{ Launched: {} }, "starts"],
    [{ Launched: {}, Registered: {} }, "has joined and becomes ready"],
    [{ Launched: {}, Registered: {}, Initialized: {} }, "is ready"],
  ] as const)
    it(`is that it ${detail}`, () => {
      const progress = only(half(pending(), { nodeClaims: [claim(conditions)], events: [nominated] }));
      assert.deepEqual(
        [progress.stage, progress.state, progress.detail],
        ["capacity", "waiting", `node ${CLAIM} ${detail}`],
      );
    });
});

describe("a rollout on a pool that is full", () => {
  const rolling = (leaving: readonly ReturnType<typeof pod>[], events = [unplaced(full("gpu-p5"))]) =>
    only(
      snapshot({
        deployments: [deployment(2, 1)],
        pods: [pod({ name: "qwen-v1-decode-1" }), pending(), ...leaving],
        events: [...events, cluster.schedulerEvent(SERVER, "0/2 nodes are available: 2 Insufficient nvidia.com/gpu.")],
      }),
    );

  for (const [reason, events] of [
    ["it is full", [unplaced(full("gpu-p5"))]],
    ["AWS refuses another node", [refused("VcpuLimitExceeded: limit of 192")]],
  ] as const)
    it(`progresses while the old server drains, although ${reason}`, () => {
      const { state, detail, findings } = rolling([cluster.draining(4)], [...events]);
      assert.deepEqual([state, detail], ["waiting", "waits until qwen-v1-decode-9 has ended"]);
      assert.deepEqual(
        findings.map(({ cause, stuck, what }) => [cause, stuck, what]),
        [["draining", false, 'pool "p5" has room for the pod once pod qwen-v1-decode-9 has ended']],
      );
    });

  const elsewhere = { ...pod().spec, nodeSelector: { "karpenter.sh/nodepool": "gpu-spot" }, containers: [] };
  for (const [what, leaving] of [
    ["no server drains", []],
    ["the server should have ended minutes ago", [cluster.draining(13)]],
    ["the one that drains had no node", [{ ...pending("", "b"), metadata: cluster.draining(4).metadata }]],
    ["the one that drains is on another pool", [{ ...cluster.draining(4), spec: elsewhere }]],
  ] as const)
    it(`is stuck when ${what}`, () => {
      const progress = rolling(leaving);
      assert.deepEqual([progress.state, causes(progress)], ["stuck", ["pool-full"]]);
    });

  it("progresses for as many servers as drain, and not for further ones", () => {
    const pods = [pending("", SERVER), pending("", "b"), cluster.draining(1)];
    const events = [unplaced(full("gpu-p5")), unplaced(full("gpu-p5"), "b")];
    assert.deepEqual(cluster.objectsByCause(only(snapshot({ deployments: [deployment(3, 1)], pods, events }))), [
      ["pool-full", ["Pod/b"]],
      ["draining", [`Pod/${SERVER}`]],
    ]);
  });

  it("progresses while the scheduler makes room", () => {
    const waits = pending();
    const nominated = { ...waits, status: { ...waits.status, nominatedNodeName: "i-1" } };
    const { detail, findings } = only(half(nominated, { events: [unplaced(full("gpu-p5"))] }));
    assert.deepEqual([detail, findings], ["node i-1 makes room for it", []]);
  });
});

describe("a pod on a static pool", () => {
  const ready = { Launched: {}, Registered: {}, Initialized: {} };
  const on = (nodeClaims: readonly object[]) => {
    const events = [unplaced("incompatible requirements, key karpenter.sh/nodepool In [gpu-p5] not in [system]")];
    return only(half(pending(), { nodePools: [cluster.nodePool("gpu-p5", 2)], nodeClaims, events }));
  };

  it("is stuck once all its nodes are ready, because no other one starts for it", () => {
    const { state, findings } = on([claim(ready, "gpu-p5-aaaaa"), claim(ready, "gpu-p5-bbbbb")]);
    assert.equal(state, "stuck");
    assert.deepEqual(
      findings.map(({ cause, what }) => [cause, what]),
      [["static-pool-full", 'pool "p5" has the 2 nodes of its staticNodes and starts no more, and none has room']],
    );
    assert.match(findings[0]?.todo ?? "", /^Raise the pool's staticNodes .* in llmd-infra:gpuPools/);
  });

  it("waits for those of its nodes that are not ready yet", () => {
    const { state, detail, findings } = on([claim(ready, "gpu-p5-aaaaa"), claim({ Launched: {} }, "gpu-p5-bbbbb")]);
    assert.deepEqual([state, detail, findings], ["waiting", "waits for a node: 1 of the pool's 2 are ready", []]);
  });
});

describe("a pod for which the system pool has no room", () => {
  const PICKER = "qwen-v1-epp-6d4cf56db9-x7k2q";
  const waits = cluster.pendingHelper({ "llm-d-router-gateway": "qwen-v1-epp" }, PICKER);
  const withPicker = (events: readonly ReturnType<typeof event>[]) =>
    only(snapshot({ pickerReady: 0, pods: [pod(), pod({ name: "b" }), waits], events }));
  const FULL = 'pool "system" has as many nodes as its limits allow';

  it("is a picker's, with the name of the pool and the limits to raise", () => {
    const progress = withPicker([unplaced(full("gpu-p5", "system"), PICKER)]);
    const [first] = progress.findings;
    assert.deepEqual(causes(progress), ["pool-full", "picker-not-ready"]);
    assert.deepEqual([first?.stuck, first?.what], [true, FULL]);
    assert.equal(
      first?.todo,
      "Raise maxCpus and maxMemoryGiB in llmd-infra:systemPool, then run `pulumi -C infra up`. " +
        "Everything except model servers runs on this pool.",
    );
  });

  it("is not a picker's where only a GPU pool is full, on which no picker runs", () =>
    assert.deepEqual(causes(withPicker([unplaced(full("gpu-p5"), PICKER)])), ["picker-not-ready"]));

  it("is a gateway's, in any namespace", () => {
    const name = "inference-istio-6d4cf56db9-x7k2q";
    const gateway = cluster.pendingHelper({ "gateway.networking.k8s.io/gateway-name": "inference" }, name);
    const inItsNamespace = { ...gateway, metadata: { ...gateway.metadata, namespace: "llm-d-gateway" } };
    const gateways = { deployments: [cluster.helper("inference-istio", 0, "llm-d-gateway")], pods: [inItsNamespace] };
    const { stage, state, findings } = only(snapshot({ gateways, events: [unplaced(full("system"), name)] }));
    assert.deepEqual([stage, state], ["route", "stuck"]);
    assert.deepEqual(
      findings.map(({ cause, what, objects }) => [cause, what, objects]),
      [
        ["pool-full", FULL, [`Pod/${name}`]],
        ["gateway-not-ready", "the gateway llm-d-gateway/inference is not ready", ["Deployment/inference-istio"]],
      ],
    );
  });

  it("is a copy's", () => {
    const copy = {
      ...jobPod(cluster.container({})),
      spec: { nodeSelector: { "karpenter.sh/nodepool": "system" }, containers: [] },
    };
    const events = [unplaced(full("system"), "weights-0a1b-1")];
    const [first] = only(half(copy, { jobs: [cluster.job("running")], events })).findings;
    assert.deepEqual([first?.cause, first?.what], ["pool-full", FULL]);
    assert.match(first?.todo ?? "", /llmd-infra:systemPool/);
  });

  it("was preempted by one of higher priority", () => {
    const message = "Preempted by pod 8f14e45f-ceea-467f-a0e6-d4a1b2c3d4e5 on node i-2";
    const copy = { ...waits, metadata: { ...jobPod(cluster.container({})).metadata, name: "weights-0a1b-x7k2q" } };
    const events = [event("Pod", "weights-0a1b-b4z9c", "Preempted", message)];
    const { findings } = only(half(copy, { jobs: [cluster.job("running")], events }));
    const what = `pool "system" has too little room, and a pod of higher priority took its place: Preempted: ${message}`;
    assert.deepEqual(
      findings.map(({ cause, stuck, what: said }) => [cause, stuck, said]),
      [["preempted", false, what]],
    );
    assert.match(findings[0]?.todo ?? "", /Raise maxCpus and maxMemoryGiB in llmd-infra:systemPool/);
  });

  it("has a quota of its own", () => {
    const [first] = withPicker([refused("VcpuLimitExceeded: limit of 5", "system-x7k2q")]).findings;
    assert.equal(first?.cause, "quota");
    assert.match(first?.todo ?? "", /--quota-code L-1216C47A .*Running On-Demand Standard/);
  });
});
