import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { collector } from "../../cli/wait/collect";
import { REPORT, type Report } from "../../cli/wait/report";
import { freePort } from "../../rehearsal/cluster/cluster";
import { readObjects } from "../../rehearsal/doubles/kubernetes/components";
import type { WireObject } from "../../rehearsal/doubles/protocol/wire";
import type { ClusterAccess, KubernetesApi, KubernetesObject } from "../../rehearsal/kubernetesApi";
import { testCluster } from "../support/apiServer";
import { REPOSITORY } from "../support/command";
import { karpenter, leaderWorkerSet, scheduler } from "./recorded/writers";

const NAMESPACE = "llmd-wait";

const DEFINITIONS = [
  "httproutes.gateway.networking.k8s.io",
  "inferencepools.inference.networking.k8s.io",
  "leaderworkersets.leaderworkerset.x-k8s.io",
];

const LABELS = { "llm-d.ai/model": "qwen", "llmd/revision": "v1", "llm-d.ai/role": "decode" };

const named = (apiVersion: string, kind: string, name: string, rest: object = {}): KubernetesObject => ({
  ...{ apiVersion, kind, metadata: { name, namespace: NAMESPACE } },
  ...rest,
});

const deployment = (name: string, labels: Readonly<Record<string, string>>, pod: object = {}): KubernetesObject =>
  named("apps/v1", "Deployment", name, {
    metadata: { name, namespace: NAMESPACE, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          ...pod,
          containers: [
            {
              ...{ name: "modelserver", image: "example.com/vllm:v1" },
              startupProbe: { httpGet: { path: "/", port: 8000 }, periodSeconds: 30, failureThreshold: 20 },
            },
          ],
        },
      },
    },
  });

const SERVERS = deployment("qwen-v1-decode", LABELS, { nodeSelector: { "karpenter.sh/nodepool": "gpu-wait" } });
const PICKER = deployment("qwen-v1-epp", { "llm-d-router-gateway": "qwen-v1-epp" });
const POOL = named("inference.networking.k8s.io/v1", "InferencePool", "qwen-v1", {
  spec: {
    selector: { matchLabels: LABELS },
    targetPorts: [{ number: 8000 }],
    endpointPickerRef: { name: "qwen-v1-epp", port: { number: 9002 } },
  },
});
const ROUTE = named("gateway.networking.k8s.io/v1", "HTTPRoute", "qwen", {
  spec: {
    parentRefs: [{ name: "gateway" }],
    rules: [{ backendRefs: [{ group: "inference.networking.k8s.io", kind: "InferencePool", name: "qwen-v1" }] }],
  },
});
const NODE_POOL: KubernetesObject = {
  apiVersion: "karpenter.sh/v1",
  kind: "NodePool",
  metadata: { name: "gpu-wait" },
  spec: {
    template: {
      spec: { nodeClassRef: { group: "eks.amazonaws.com", kind: "NodeClass", name: "gpu-wait" }, requirements: [] },
    },
  },
};
const REFUSAL: KubernetesObject = {
  ...{ apiVersion: "v1", kind: "Event", metadata: { name: "gpu-wait-x7k2q.1", namespace: "default" } },
  involvedObject: { apiVersion: "karpenter.sh/v1", kind: "NodeClaim", name: "gpu-wait-x7k2q" },
  reason: "InsufficientCapacityError",
  message: "NodeClaim gpu-wait-x7k2q event: VcpuLimitExceeded: your current vCPU limit of 0",
  type: "Warning",
};

const parents = (controllerName: string, gateway: string) => ({
  parents: [
    {
      ...{ controllerName, parentRef: { name: gateway } },
      conditions: ["Accepted", "ResolvedRefs"].map(type => ({
        ...{ type, status: "True", reason: type, message: "" },
        lastTransitionTime: "2026-11-20T10:00:00Z",
      })),
    },
  ],
});

describe("llmd wait, on an API server", () => {
  let api: KubernetesApi;
  let kubeconfig: string;
  let access: ClusterAccess;
  let installed: KubernetesObject[] = [];
  const files: string[] = [];

  before(async function () {
    this.timeout(0); // the first run on a machine builds the API server
    const cluster = await testCluster();
    ({ api, kubeconfig, access } = cluster);
    const { gatewayApi, inferenceExtension } = cluster.toolchain.crds;
    const leaderWorkerSets = "crds/leaderworkerset.x-k8s.io_leaderworkersets.yaml";
    const sources = [gatewayApi, inferenceExtension, join(cluster.toolchain.charts.leaderWorkerSet, leaderWorkerSets)];
    const published = (await Promise.all(sources.map(readObjects))).flat();
    installed = published.filter(({ metadata }) => DEFINITIONS.includes(String(metadata.name)));
    assert.equal(installed.length, DEFINITIONS.length);
    for (const definition of installed) {
      await api.applyPatiently(definition);
      await api.established(definition);
    }
    await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } }, { dryRun: false });
    for (const object of [NODE_POOL, POOL, ROUTE, SERVERS, PICKER]) await api.applyPatiently(object);
    const now = new Date().toISOString();
    await api.apply({ ...REFUSAL, firstTimestamp: now, lastTimestamp: now }, { dryRun: false });
  });

  after(async () => {
    for (const file of files) rmSync(file);
    await api.delete(SERVERS);
    await api.delete(PICKER);
    // No kubelet ends what is bound to a node.
    await api.call("DELETE", `/api/v1/namespaces/${NAMESPACE}/pods?gracePeriodSeconds=0`);
    for (const object of [NODE_POOL, REFUSAL, POOL, ROUTE]) await api.delete(object);
    await api.delete({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
    for (const definition of installed) await api.delete(definition);
  });

  /** The pod that the controllers made of a Deployment. */
  async function podOf({ metadata }: KubernetesObject): Promise<KubernetesObject> {
    for (;;) {
      const pods = await api.list("v1", "Pod");
      const pod = pods.find(
        ({ metadata: { name, namespace } }) => namespace === NAMESPACE && name.startsWith(metadata.name),
      );
      if (pod) return pod;
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }

  const patchStatus = async (object: KubernetesObject, status: object): Promise<WireObject> =>
    api.call("PATCH", `${await api.pathOf(object)}/status`, { status } as WireObject, "application/merge-patch+json");

  /** What a kubelet would say. */
  const containerIs = (pod: KubernetesObject, ready: boolean, state: object): Promise<WireObject> =>
    patchStatus(pod, {
      phase: "Running",
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      containerStatuses: [
        {
          name: "modelserver",
          image: "example.com/vllm:v1",
          imageID: "",
          ready,
          started: ready,
          restartCount: 0,
          state,
        },
      ],
    });

  const bind = async (pod: KubernetesObject): Promise<WireObject> =>
    api.call("POST", `${await api.pathOf(pod)}/binding`, {
      ...{ apiVersion: "v1", kind: "Binding", metadata: { name: pod.metadata.name } },
      target: { apiVersion: "v1", kind: "Node", name: "i-0" },
    });

  function started(args: readonly string[], config = kubeconfig) {
    const command = [
      join(REPOSITORY, "cli", "main.js"),
      "wait",
      "--namespace",
      NAMESPACE,
      "--kubeconfig",
      config,
      ...args,
    ];
    const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "pipe"] });
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", chunk => {
      output.stdout += String(chunk);
    });
    child.stderr.on("data", chunk => {
      output.stderr += String(chunk);
    });
    const closed = once(child, "close");
    return {
      output,
      child,
      ended: async () => {
        await closed;
        return { ...output, exitCode: child.exitCode };
      },
    };
  }

  const finished = (args: readonly string[], config?: string) => started(args, config).ended();

  async function reported(
    args: readonly string[],
    config?: string,
  ): Promise<{ report: Report; exitCode: number | null }> {
    const { stdout, stderr, exitCode } = await finished(["--json", ...args], config);
    assert.ok(stdout.startsWith("{"), stderr);
    return { report: REPORT.parse(JSON.parse(stdout)), exitCode };
  }

  it("is stuck on a model that is not there", async () => {
    const { report, exitCode } = await reported(["--models", "llama", "--patience", "0s"]);
    assert.equal(exitCode, 1);
    assert.equal(report.outcome, "stuck");
    assert.deepEqual(
      report.models.map(({ model, findings }) => [model, findings[0]?.cause]),
      [["llama", "model-missing"]],
    );
  });

  it("names the quota that keeps nodes away, with the way out, and ends with 1", async () => {
    await podOf(SERVERS);
    const { stdout, stderr, exitCode } = await finished(["--patience", "0s"]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /^Waiting for all models in llmd-wait of rehearsal\nqwen \(v1\): capacity, 0 of 1 ready/);
    assert.match(stdout, /✗ qwen \(v1\): AWS refuses the node because a quota .*VcpuLimitExceeded/);
    assert.match(stdout, /L-417A185B for on-demand P instances/);
    assert.match(stdout, /Waiting longer does not help: llmd-wait of rehearsal, after \d s\./);
  });

  it("reads what the scheduler and Karpenter say of a pod, each in its own API's form", async () => {
    const pod = await podOf(SERVERS);
    const at = new Date();
    const said = await scheduler.failed(api, pod, "0/1 nodes are available: 1 Insufficient nvidia.com/gpu.", at);
    await scheduler.repeated(api, said, 2, at);
    const full = "Failed to schedule pod, all available instance types exceed limits for nodepool (NodePool=gpu-wait)";
    const event = await karpenter.said(api, pod, { type: "Warning", reason: "FailedScheduling", message: full, at });
    await api.delete(REFUSAL);
    const { report, exitCode } = await reported(["--patience", "0s"]);
    assert.equal(exitCode, 1);
    assert.deepEqual(
      report.models.map(({ model, stage, findings }) => [model, stage, findings[0]?.cause, findings[0]?.what]),
      [["qwen", "capacity", "pool-full", 'pool "wait" has all the nodes it may have']],
    );
    for (const { metadata } of [said, event]) {
      const { name } = metadata as { name: string };
      await api.call("DELETE", `/api/v1/namespaces/${NAMESPACE}/events/${name}`);
    }
  });

  it("tells what is left when the time is over", async () => {
    const pod = await podOf(SERVERS);
    await bind(pod);
    await containerIs(pod, false, { running: { startedAt: new Date().toISOString() } });
    const { report, exitCode } = await reported(["--timeout", "0s"]);
    assert.equal(exitCode, 1);
    assert.equal(report.outcome, "timeout");
    const [qwen] = report.models;
    assert.deepEqual([qwen?.stage, qwen?.state, qwen?.detail], ["load", "waiting", "loads since 0 of at most 10 min"]);
    assert.deepEqual(report.unseen, []);
  });

  it("sees groups of nodes as servers, and a copy that somebody suspended", async () => {
    const labels = { ...LABELS, "llm-d.ai/model": "deepseek" };
    const template = {
      metadata: { labels },
      spec: { containers: [{ name: "modelserver", image: "example.com/vllm:v1" }] },
    };
    const groups = named("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", "deepseek-v1-decode", {
      metadata: { name: "deepseek-v1-decode", namespace: NAMESPACE, labels },
      spec: {
        replicas: 1,
        leaderWorkerTemplate: { size: 2, workerTemplate: template },
        startupPolicy: "LeaderCreated",
      },
    });
    const copy = named("batch/v1", "Job", "weights-1", {
      metadata: {
        name: "weights-1",
        namespace: NAMESPACE,
        labels: { "llm-d.ai/model": "deepseek", "llmd/revision": "v1" },
      },
      spec: {
        suspend: true,
        template: { spec: { restartPolicy: "Never", containers: [{ name: "copy", image: "example.com/copy:v1" }] } },
      },
    });
    for (const object of [groups, copy]) await api.applyPatiently(object);
    await patchStatus(groups, { replicas: 1, readyReplicas: 0, updatedReplicas: 1 });
    const set = (await api.get(groups)) ?? assert.fail("no set");
    // Whoever is deleted has the uid of its own in the event: none of these is the other again.
    for (const seconds of [40, 20, 1]) {
      const at = new Date(Date.now() - seconds * 1000);
      await leaderWorkerSet.recreated(api, set, await podOf(SERVERS), "deepseek-v1-decode-0-1", at);
    }
    try {
      const { snapshot } = await collector({ kubeconfig, context: undefined, namespace: NAMESPACE }).read(
        ["deepseek"],
        30_000,
      );
      assert.deepEqual(
        snapshot.leaderWorkerSets.map(({ metadata: { name }, spec, status }) => [
          name,
          spec.leaderWorkerTemplate.size,
          status.updatedReplicas,
        ]),
        [["deepseek-v1-decode", 2, 1]],
      );
      const { report } = await reported(["--models", "deepseek", "--patience", "0s"]);
      const [{ findings, pods, copy: copied } = assert.fail("no model")] = report.models;
      assert.equal(findings.find(({ cause }) => cause === "copy-suspended")?.objects[0], "Job/weights-1");
      assert.match(findings.find(({ cause }) => cause === "group-recreate-loop")?.what ?? "", /made anew 3 times/);
      assert.deepEqual([pods.wanted, copied], [2, "running"]);
    } finally {
      for (const object of [groups, copy]) await api.delete(object);
    }
  });

  it("says what it has no right to see, and does without", async () => {
    const account = named("v1", "ServiceAccount", "reader");
    const role = named("rbac.authorization.k8s.io/v1", "Role", "reader", {
      rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["get", "list"] }],
    });
    const binding = named("rbac.authorization.k8s.io/v1", "RoleBinding", "reader", {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
      subjects: [{ kind: "ServiceAccount", name: "reader", namespace: NAMESPACE }],
    });
    for (const object of [account, role, binding]) await api.applyPatiently(object);
    const { status } = await api.call("POST", `${await api.pathOf(account)}/token`, {
      ...{ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest" },
      spec: { expirationSeconds: 3600 },
    });
    const config = kubeconfigOf(access, (status as { token: string }).token);
    files.push(config);
    const { report } = await reported(["--timeout", "0s"], config);
    assert.deepEqual(report.unseen.toSorted(), ["NodeClaims", "NodePools", "events of nodes", "nodes"]);
    assert.equal(report.models[0]?.stage, "load");

    await api.delete(binding);
    const { stderr, exitCode } = await finished(["--timeout", "0s"], config);
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /llmd wait: the cluster answers 403: .* is forbidden: User "system:serviceaccount:llmd-wait:reader"/,
    );
  });

  it("ends with 0 as soon as everything answers", async () => {
    const { output, child, ended } = started(["--timeout", "50s"]);
    while (!output.stderr.includes("qwen (v1): load")) {
      assert.equal(child.exitCode, null, output.stderr);
      await new Promise(resolve => setTimeout(resolve, 50));
    }
    const picker = await podOf(PICKER);
    await bind(picker);
    for (const pod of [await podOf(SERVERS), picker])
      await containerIs(pod, true, { running: { startedAt: new Date().toISOString() } });
    await patchStatus(ROUTE, parents("istio.io/gateway-controller", "gateway"));
    await patchStatus(POOL, parents("istio.io/inference-pool-controller", "gateway"));
    const { stdout, stderr, exitCode } = await ended();
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /║ qwen \(v1\) │ 1\/1 +│ +│ 1\/1 +│ 1\/1 +│ ✓ answers/);
    assert.match(stdout, /Everything that shall answer does: llmd-wait of rehearsal, after \d+ s\./);
  });

  it("says so when there is no cluster", async () => {
    const port = await freePort();
    const config = kubeconfigOf({ ...access, server: `https://127.0.0.1:${port}` }, "none");
    files.push(config);
    const { stderr, stdout, exitCode } = await finished([], config);
    assert.deepEqual([stdout, exitCode], ["", 1]);
    assert.match(stderr, /llmd wait: the cluster does not answer: connect ECONNREFUSED 127\.0\.0\.1/);
    const other = await finished(["--context", "nope"]);
    assert.match(
      other.stderr,
      /llmd wait: the kubeconfig has no cluster for context "nope": `aws eks update-kubeconfig/,
    );
  });

  /** A kubeconfig of who has only a token. */
  function kubeconfigOf({ server, certificateAuthority }: ClusterAccess, token: string): string {
    const file = join(dirname(kubeconfig) || tmpdir(), `reader-${files.length}`);
    const cluster = { server, "certificate-authority-data": Buffer.from(certificateAuthority).toString("base64") };
    const content = {
      ...{ apiVersion: "v1", kind: "Config", "current-context": "reader" },
      clusters: [{ name: "reader", cluster }],
      users: [{ name: "reader", user: { token } }],
      contexts: [{ name: "reader", context: { cluster: "reader", user: "reader" } }],
    };
    writeFileSync(file, stringify(content), { mode: 0o600 });
    return file;
  }
});
