import assert from "node:assert/strict";
import type { WireObject } from "../../rehearsal/doubles/protocol/wire";
import type { KubernetesObject } from "../../rehearsal/kubernetesApi";
import { type RefusedPod, refusedPods } from "../../rehearsal/podSecurity";
import { TestKubernetes } from "../support/kubernetes";

/** What baseline forbids. */
const ON_THE_HOST = { hostNetwork: true };

describe("the pods that the API server refuses", () => {
  const kubernetes = TestKubernetes.forSuite();
  let namespace: string;

  beforeEach(async () => {
    namespace = await kubernetes.namespace();
    const labels = { "pod-security.kubernetes.io/enforce": "baseline" };
    await kubernetes.api.applyPatiently({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace, labels },
    });
  });

  afterEach(() => kubernetes.cleanUp());

  const template = (container: WireObject, more: WireObject = {}): WireObject => ({
    metadata: { labels: { app: "a" } },
    spec: { containers: [{ name: "a", image: "registry.example/a:1", ...container }], ...more },
  });
  const owner = (apiVersion: string, kind: string, spec: WireObject): KubernetesObject => ({
    apiVersion,
    kind,
    metadata: { name: kind.toLowerCase(), namespace },
    spec,
  });
  const selector = { matchLabels: { app: "a" } };
  const deployment = (container: WireObject, more: WireObject = {}) =>
    owner("apps/v1", "Deployment", { replicas: 0, selector, template: template(container, more) });

  /** Other specs' leftovers are not looked at. */
  const refused = async (): Promise<RefusedPod[]> =>
    (await refusedPods(kubernetes.api)).filter(pod => pod.owner.includes(` ${namespace}/`));
  const until = async (holds: () => Promise<boolean>) => {
    while (!(await holds())) await new Promise(resolve => setTimeout(resolve, 50));
  };

  const onceOnly = { ...ON_THE_HOST, restartPolicy: "Never" };
  const kinds = () => [
    deployment({}, ON_THE_HOST),
    owner("apps/v1", "StatefulSet", { selector, serviceName: "a", template: template({}, ON_THE_HOST) }),
    owner("apps/v1", "DaemonSet", { selector, template: template({}, ON_THE_HOST) }),
    owner("batch/v1", "Job", { suspend: true, template: template({}, onceOnly) }),
    owner("batch/v1", "CronJob", {
      schedule: "0 0 1 1 *",
      jobTemplate: { spec: { template: template({}, onceOnly) } },
    }),
  ];

  it("are found in every kind that makes pods, though nobody runs any here", async () => {
    for (const object of kinds()) await kubernetes.apply(object);
    const found = await refused();
    assert.deepEqual(
      found.map(pod => pod.owner),
      kinds().map(({ kind, metadata }) => `${kind} ${namespace}/${metadata.name}`),
    );
    for (const { message } of found)
      assert.match(message, /violates PodSecurity "baseline:latest": host namespaces \(hostNetwork=true\)/);
  });

  it("are none where all are taken", async () => {
    await kubernetes.apply(deployment({}));
    assert.deepEqual(await refused(), []);
  });

  it("are found where their service account is missing", async () => {
    await kubernetes.apply(deployment({}, { serviceAccountName: "nobody" }));
    const [pod] = await refused();
    assert.match(pod?.message ?? "", /service account .*\/nobody not found|serviceaccount "nobody" not found/);
  });

  it("are found where a controller was refused them by a quota, but not where a quota is merely full", async () => {
    await kubernetes.apply({
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "none", namespace },
      spec: { hard: { pods: "0" } },
    });
    await kubernetes.apply(deployment({}));
    assert.deepEqual(await refused(), []);

    const asking = owner("apps/v1", "Deployment", { replicas: 1, selector, template: template({}) });
    await kubernetes.api.applyPatiently(asking);
    await until(async () => (await refused()).length > 0);
    const [pod, ...others] = await refused();
    assert.equal(pod?.owner, `Deployment ${namespace}/deployment`);
    assert.match(pod?.message ?? "", /exceeded quota: none/);
    assert.deepEqual(others, []);
  });
});
