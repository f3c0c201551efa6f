import assert from "node:assert/strict";
import { kubernetesDouble } from "../../../../rehearsal/doubles/kubernetes";
import type { ProviderDouble } from "../../../../rehearsal/doubles/protocol/double";
import { UNKNOWN, type WireObject } from "../../../../rehearsal/doubles/protocol/wire";
import { deployment, identity, TestKubernetes } from "../../../support/kubernetes";

const SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme";

const service = (namespace: string, type: string, scheme?: string): WireObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "llmd-entry", namespace, ...(scheme && { annotations: { [SCHEME]: scheme } }) },
  spec: { type, ports: [{ name: "http", port: 80 }] },
});

describe("the kubernetes double's Services", () => {
  const kubernetes = TestKubernetes.forSuite();
  let double: ProviderDouble;
  let namespace: string;

  before(async () => {
    double = kubernetesDouble({ api: kubernetes.api, charts: [], region: "us-east-2", resolveUrl: String });
    await double.configure?.({ kubeconfig: kubernetes.kubeconfig });
  });

  beforeEach(async () => {
    namespace = await kubernetes.namespace();
  });

  const create = async (object: WireObject, preview = false) => {
    const request = { ...identity(object, "entry"), inputs: object, preview };
    return { ...request, id: `${namespace}/llmd-entry`, state: (await double.create(request)).outputs };
  };
  const hostNames = ({ status }: WireObject): string[] => {
    const { loadBalancer } = status as { loadBalancer: { ingress?: { hostname: string }[] } };
    return (loadBalancer.ingress ?? []).map(({ hostname }) => hostname);
  };

  it("of type LoadBalancer have one's host name, in the cluster and in the state", async () => {
    const { state } = await create(service(namespace, "LoadBalancer"));
    const [hostname = ""] = hostNames(state);
    assert.match(hostname, /^k8s-spec[0-9a-f]{4}-llmdentr-[0-9a-f]{10}\.elb\.us-east-2\.amazonaws\.com$/);
    const live = (await kubernetes.live(service(namespace, "LoadBalancer"))) as WireObject;
    assert.deepEqual(hostNames(live), [hostname]);
    assert.equal((state.metadata as WireObject).resourceVersion, (live.metadata as WireObject).resourceVersion);
    assert.equal((state.metadata as WireObject).managedFields, undefined);
  });

  it("do not know it in a preview", async () => {
    const { state } = await create(service(namespace, "LoadBalancer"), true);
    assert.equal(state.status, UNKNOWN);
  });

  it("get it with an update, keep it through others, and lose it with their type", async () => {
    const made = await create(service(namespace, "ClusterIP"));
    assert.deepEqual(hostNames(made.state), []);
    const updated = async (inputs: WireObject) => double.update({ ...made, inputs, preview: false });
    const first = hostNames(await updated(service(namespace, "LoadBalancer")));
    assert.equal(first.length, 1);
    const annotated = { ...service(namespace, "LoadBalancer") };
    annotated.metadata = { ...(annotated.metadata as WireObject), annotations: { colour: "red" } };
    assert.deepEqual(hostNames(await updated(annotated)), first);
    assert.deepEqual(hostNames(await updated(service(namespace, "ClusterIP"))), []);
  });

  it("keep it where another load balancer takes over, and have another once they are created again", async () => {
    const made = await create(service(namespace, "LoadBalancer", "internal"));
    const [internal = ""] = hostNames(made.state);
    const inputs = service(namespace, "LoadBalancer", "internet-facing");
    assert.deepEqual(hostNames(await double.update({ ...made, inputs, preview: false })), [internal]);

    await double.delete(made);
    const [public_ = ""] = hostNames((await create(inputs)).state);
    assert.match(public_, /^k8s-spec[0-9a-f]{4}-llmdentr-/);
    assert.notEqual(public_, internal);
  });

  it("wait for it where no region is said", async () => {
    const { state } = await kubernetes.make("entry", service(namespace, "LoadBalancer"));
    assert.deepEqual(hostNames(state), []);
  });
});

describe("what the kubernetes double looks up without having made it", () => {
  const kubernetes = TestKubernetes.forSuite();
  let namespace: string;

  before(async () => {
    namespace = await kubernetes.namespace();
  });

  /** As `Deployment.get(…)` and an import ask. */
  const read = async (type: string, id: string) =>
    kubernetes.double.read?.({ type, name: "theirs", urn: "", id, inputs: {}, state: {} });

  it("has the live state, and as inputs what it was asked by", async () => {
    await kubernetes.make("theirs", deployment(namespace));
    const found = await read("kubernetes:apps/v1:Deployment", `${namespace}/router`);
    assert.deepEqual(found?.inputs, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "router", namespace },
    });
    const { spec, metadata } = found?.outputs ?? {};
    assert.deepEqual((spec as WireObject).selector, { matchLabels: { app: "router" } });
    assert.ok((metadata as WireObject).uid);
  });

  it("is found in the core group, and without a namespace", async () => {
    const found = await read("kubernetes:core/v1:Namespace", namespace);
    assert.equal((found?.outputs.metadata as WireObject | undefined)?.name, namespace);
  });

  it("is missing where it is not there, as with the real provider", async () => {
    assert.equal(await read("kubernetes:apps/v1:Deployment", `${namespace}/nobody`), undefined);
    assert.equal(await read("kubernetes:example.org/v1:Gadget", "nobody"), undefined);
  });
});
