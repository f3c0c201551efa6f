import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { expectedModels } from "../../cli/wait";
import { createCollector } from "../../cli/wait/collect";
import { REPORT, type Report } from "../../cli/wait/report";
import { freePort } from "../../rehearsal/cluster/cluster";
import { readObjects } from "../../rehearsal/doubles/kubernetes/components";
import type { ClusterAccess, KubernetesApi, KubernetesObject } from "../../rehearsal/kubernetesApi";
import { testCluster } from "../support/apiServer";
import { Command } from "../support/command";
import {
  deployment,
  helper,
  modelLabels,
  named,
  nodePool,
  object,
  parents,
  patched,
  podsOf,
  serverPod,
} from "./recorded/scene";
import { karpenter, kubelet, leaderWorkerSet, running, scheduler } from "./recorded/writers";

const NAMESPACE = "llmd-wait";

const DEFINITIONS = [
  "httproutes.gateway.networking.k8s.io",
  "inferencepools.inference.networking.k8s.io",
  "leaderworkersets.leaderworkerset.x-k8s.io",
];

const LABELS = { ...modelLabels("qwen"), "llm-d.ai/role": "decode" };

const inNamespace = named(NAMESPACE);

const SERVERS = deployment("qwen-v1-decode", LABELS, 1, serverPod("gpu-wait"), NAMESPACE);
const PICKER = helper("qwen-v1-epp", { "llm-d-router-gateway": "qwen-v1-epp" }, "epp", NAMESPACE);
const POOL = inNamespace("inference.networking.k8s.io/v1", "InferencePool", "qwen-v1", {
  spec: {
    ...{ selector: { matchLabels: LABELS }, targetPorts: [{ number: 8000 }] },
    endpointPickerRef: { name: "qwen-v1-epp", port: { number: 9002 } },
  },
});
const ROUTE = inNamespace("gateway.networking.k8s.io/v1", "HTTPRoute", "qwen", {
  spec: {
    parentRefs: [{ name: "gateway" }],
    rules: [{ backendRefs: [{ group: "inference.networking.k8s.io", kind: "InferencePool", name: "qwen-v1" }] }],
  },
});
const NODE_POOL = nodePool("gpu-wait", {});
const NAMESPACE_OBJECT = object("v1", "Namespace", NAMESPACE, {});
const REFUSAL: KubernetesObject = {
  ...{ apiVersion: "v1", kind: "Event", metadata: { name: "gpu-wait-x7k2q.1", namespace: "default" } },
  involvedObject: { apiVersion: "karpenter.sh/v1", kind: "NodeClaim", name: "gpu-wait-x7k2q" },
  reason: "InsufficientCapacityError",
  message: "NodeClaim gpu-wait-x7k2q event: VcpuLimitExceeded: your current vCPU limit of 0",
  type: "Warning",
};

describe("the models that llmd wait expects", () => {
  it("are those in the cluster without a stack", () => assert.equal(expectedModels(undefined, undefined), undefined));
  it("are those that are named", () => assert.deepEqual(expectedModels(undefined, ["a"]), ["a"]));
  it("are those of the stack file", () => assert.deepEqual(expectedModels("dev", undefined), ["qwen3-32b"]));
  it("are only models of the stack", () =>
    assert.throws(() => expectedModels("dev", ["qwen3-32b", "llama"]), {
      message: "Pulumi.dev.yaml has no model llama. Its models are: qwen3-32b.",
    }));
});

describe("llmd wait, on an API server", () => {
  let api: KubernetesApi;
  let kubeconfig: string;
  let access: ClusterAccess;
  let installed: KubernetesObject[] = [];
  const files: string[] = [];
  const commands: Command[] = [];

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
    for (const each of [NAMESPACE_OBJECT, NODE_POOL, POOL, ROUTE, SERVERS, PICKER]) await api.applyPatiently(each);
    const now = new Date().toISOString();
    await api.apply({ ...REFUSAL, firstTimestamp: now, lastTimestamp: now }, { dryRun: false });
  });

  after(async () => {
    for (const file of files) rmSync(file);
    for (const command of commands) command.remove();
    await api.delete(SERVERS);
    await api.delete(PICKER);
    // No kubelet ends what is bound to a node.
    await api.call("DELETE", `/api/v1/namespaces/${NAMESPACE}/pods?gracePeriodSeconds=0`);
    for (const each of [NODE_POOL, REFUSAL, POOL, ROUTE, NAMESPACE_OBJECT]) await api.delete(each);
    for (const definition of installed) await api.delete(definition);
  });

  const podOf = async (of: KubernetesObject): Promise<KubernetesObject> => (await podsOf(api, of, 1))[0];

  function started(args: readonly string[], config = kubeconfig): Command {
    const command = new Command(["--namespace", NAMESPACE, "--kubeconfig", config, ...args], undefined, "wait");
    commands.push(command);
    return command;
  }

  const finished = (args: readonly string[], config?: string) => started(args, config).end();

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

  it("names the quota that keeps nodes away, with the remedy, and ends with 1", async () => {
    await podOf(SERVERS);
    const { stdout, stderr, exitCode } = await finished(["--patience", "0s"]);
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /^Waiting for all models \(namespace llmd-wait, context rehearsal\)\nqwen \(v1\): capacity, 0 of 1 ready/,
    );
    assert.match(stdout, /✗ qwen \(v1\): AWS refuses the node: a quota .*VcpuLimitExceeded/);
    assert.match(stdout, /--quota-code L-417A185B .* for on-demand P instances/);
    assert.match(stdout, /Stuck: waiting longer does not help \(namespace llmd-wait, context rehearsal, \d s\)\./);
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
      [["qwen", "capacity", "pool-full", 'pool "wait" has as many nodes as its limits allow']],
    );
    for (const { metadata } of [said, event]) {
      const { name } = metadata as { name: string };
      await api.call("DELETE", `/api/v1/namespaces/${NAMESPACE}/events/${name}`);
    }
  });

  it("reports what is left when the time is over", async () => {
    const pod = await podOf(SERVERS);
    await scheduler.bind(api, pod, "i-0");
    const now = new Date();
    const containers = { "routing-proxy": { ready: true, state: running(now) }, modelserver: { state: running(now) } };
    await kubelet.reports(api, pod, "Running", containers, now);
    const { report, exitCode } = await reported(["--timeout", "0s"]);
    assert.equal(exitCode, 1);
    assert.equal(report.outcome, "timeout");
    const [qwen] = report.models;
    assert.deepEqual([qwen?.stage, qwen?.state, qwen?.detail], ["load", "waiting", "loads for 0 of at most 13 min"]);
    assert.deepEqual(report.unseen, []);
  });

  it("counts groups of nodes as replicas, and sees a suspended copy", async () => {
    const labels = { ...LABELS, "llm-d.ai/model": "deepseek" };
    const workerTemplate = { metadata: { labels }, spec: serverPod("gpu-wait") };
    const groups = inNamespace("leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", "deepseek-v1-decode", {
      metadata: { labels },
      spec: { replicas: 1, leaderWorkerTemplate: { size: 2, workerTemplate }, startupPolicy: "LeaderCreated" },
    });
    const containers = [{ name: "copy", image: "example.com/copy:v1" }];
    const copy = inNamespace("batch/v1", "Job", "weights-1", {
      metadata: { labels: modelLabels("deepseek") },
      spec: { suspend: true, template: { spec: { restartPolicy: "Never", containers } } },
    });
    for (const each of [groups, copy]) await api.applyPatiently(each);
    await patched(api, groups, { replicas: 1, readyReplicas: 0, updatedReplicas: 1 });
    const set = (await api.get(groups)) ?? assert.fail("no set");
    // An event has the uid of the deleted pod: these are three events, not one that repeats itself.
    for (const seconds of [40, 20, 1]) {
      const at = new Date(Date.now() - seconds * 1000);
      await leaderWorkerSet.recreated(api, set, await podOf(SERVERS), "deepseek-v1-decode-0-1", at);
    }
    try {
      const { snapshot } = await createCollector({ kubeconfig, context: undefined, namespace: NAMESPACE }).read(
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
      assert.match(findings.find(({ cause }) => cause === "group-recreate-loop")?.what ?? "", /was recreated 3 times/);
      assert.deepEqual([pods.wanted, copied], [2, "running"]);
    } finally {
      for (const each of [groups, copy]) await api.delete(each);
    }
  });

  it("says what it has no permission to read, and works without it", async () => {
    const account = inNamespace("v1", "ServiceAccount", "reader", {});
    const role = inNamespace("rbac.authorization.k8s.io/v1", "Role", "reader", {
      rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["get", "list"] }],
    });
    const binding = inNamespace("rbac.authorization.k8s.io/v1", "RoleBinding", "reader", {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
      subjects: [{ kind: "ServiceAccount", name: "reader", namespace: NAMESPACE }],
    });
    for (const each of [account, role, binding]) await api.applyPatiently(each);
    const { status } = await api.call("POST", `${await api.pathOf(account)}/token`, {
      ...{ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest" },
      spec: { expirationSeconds: 3600 },
    });
    const config = kubeconfigOf(access, { token: (status as { token: string }).token });
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
    const command = started(["--timeout", "50s"]);
    await command.until(/qwen \(v1\): load/);
    const now = new Date();
    const [server, picker] = [await podOf(SERVERS), await podOf(PICKER)];
    await scheduler.bind(api, picker, "i-0");
    const ready = { ready: true, state: running(now) };
    for (const pod of [server, picker])
      await kubelet.reports(api, pod, "Running", { "routing-proxy": ready, modelserver: ready, epp: ready }, now);
    await patched(api, ROUTE, parents("istio.io/gateway-controller", now));
    await patched(api, POOL, parents("istio.io/inference-pool-controller", now));
    const { stdout, stderr, exitCode } = await command.end();
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /║ qwen \(v1\) │ 1\/1 +│ +│ 1\/1 +│ 1\/1 +│ ✓ answers/);
    assert.match(
      stdout,
      /Every model answers or sleeps on purpose \(namespace llmd-wait, context rehearsal, \d+ s\)\./,
    );
  });

  it("says so when there is no cluster", async () => {
    const port = await freePort();
    const config = kubeconfigOf({ ...access, server: `https://127.0.0.1:${port}` }, { token: "none" });
    files.push(config);
    const { stderr, stdout, exitCode } = await finished([], config);
    assert.deepEqual([stdout, exitCode], ["", 1]);
    assert.match(stderr, /llmd wait: the cluster does not answer: connect ECONNREFUSED 127\.0\.0\.1/);
    const other = await finished(["--context", "nope"]);
    assert.match(
      other.stderr,
      /llmd wait: the kubeconfig has no cluster for context "nope"\. Run `aws eks update-kubeconfig/,
    );
  });

  it("does not outlive its time-out by a credential plugin that hangs", async function () {
    this.timeout(60_000);
    const exec = {
      command: "sleep",
      args: ["50"],
      apiVersion: "client.authentication.k8s.io/v1",
      interactiveMode: "Never",
    };
    const config = kubeconfigOf(access, { exec });
    files.push(config);
    const began = Date.now();
    const { stderr, exitCode } = await finished(["--timeout", "1s"], config);
    assert.equal(exitCode, 1);
    assert.match(stderr, /llmd wait: the cluster did not answer in time/);
    assert.ok(Date.now() - began < 40_000);
  });

  /** A kubeconfig whose user has a token or a plugin. */
  function kubeconfigOf({ server, certificateAuthority }: ClusterAccess, user: object): string {
    const file = join(dirname(kubeconfig) || tmpdir(), `reader-${files.length}`);
    const cluster = { server, "certificate-authority-data": Buffer.from(certificateAuthority).toString("base64") };
    const content = {
      ...{ apiVersion: "v1", kind: "Config", "current-context": "reader" },
      clusters: [{ name: "reader", cluster }],
      users: [{ name: "reader", user }],
      contexts: [{ name: "reader", context: { cluster: "reader", user: "reader" } }],
    };
    writeFileSync(file, stringify(content), { mode: 0o600 });
    return file;
  }
});
