import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { NAMESPACES, type NamespaceKey, Namespaces } from "../../platform/namespaces";
import { NetworkPolicies, networkPolicies } from "../../platform/networkPolicies";
import { INFRA_OUTPUTS } from "../support/infraOutputs";
import { assertNamed, ofType, only, type Registered, registeredBy } from "../support/mockedProgram";
import { allows, type Flow, type Host, letsIn, type Pod } from "../support/networkPolicies";

const ALL = Object.keys(NAMESPACES) as NamespaceKey[];
const ENTRY = { ports: [8080, 8443], sourceRanges: ["203.0.113.0/24"] };
const POLICIES = networkPolicies(ALL, ENTRY);
const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";

let pods = 0;

/** Each with an address of its own, in the range of the cluster. */
const pod = (namespace: string, labels: Record<string, string>): Pod => ({
  address: `10.40.1.${++pods}`,
  namespace,
  labels,
});
const host = (address: string): Host => ({ address });
const app = (name: string) => ({ app: name, "app.kubernetes.io/name": name });

// Labels as their charts render them, and as the workloads layer sets them.
const ENTRY_POD = pod("llm-d-entry", { "gateway.networking.k8s.io/gateway-name": "llmd-entry" });
const GATEWAY = pod("llm-d-gateway", { "gateway.networking.k8s.io/gateway-name": "llm-d-inference-gateway" });
const ISTIOD = pod("istio-system", { app: "istiod", istio: "pilot" });
const SERVER = pod("llm-d", { "llm-d.ai/role": "decode", "llm-d.ai/model": "qwen" });
const PREFILL = pod("llm-d", { "llm-d.ai/role": "prefill", "llm-d.ai/model": "qwen" });
const GROUPED = { "llm-d.ai/role": "decode", "leaderworkerset.sigs.k8s.io/name": "deepseek" };
const WORKER = pod("llm-d", GROUPED);
const PICKER = pod("llm-d", { "llm-d-router-gateway": "qwen-v1-epp" });
const PROCESSOR = pod("llm-d", { app: "payload-processor" });
const COPY_JOB = pod("llm-d", { "batch.kubernetes.io/job-name": "copy" });
const PROMETHEUS = pod("llm-d-monitoring", app("prometheus"));
const ALERTMANAGER = pod("llm-d-monitoring", app("alertmanager"));
const GRAFANA = pod("llm-d-monitoring", app("grafana"));
const KEDA = pod("keda", app("keda-operator"));
const STRANGER = pod("default", { "app.kubernetes.io/name": "prometheus", "llm-d.ai/role": "decode" });

const API_SERVER = host("10.40.200.7");
const CLIENT = host("203.0.113.77");
const INTERNET = host("198.51.100.20");
const METADATA = host("169.254.169.254");
const DATABASE = host("10.99.0.5");

type Row = readonly [what: string, from: Pod | Host, to: Pod | Host, port: number];

const flowOf = ([, from, to, port]: Row): Flow => ({ from, to, port });

const UNWANTED: readonly Row[] = [
  ["somebody outside the ranges reach the entry", INTERNET, ENTRY_POD, 8443],
  ["a client reach the entry's administration", CLIENT, ENTRY_POD, 15000],
  ["a client reach the entry's metrics", CLIENT, ENTRY_POD, 15020],
  ["a client reach the gateway past the entry", CLIENT, GATEWAY, 80],
  ["another namespace reach the gateway past the entry", STRANGER, GATEWAY, 80],
  ["a model server reach the gateway past the entry", SERVER, GATEWAY, 80],
  ["the entry reach a model server past the gateway", ENTRY_POD, SERVER, 8000],
  ["another namespace reach a model server", STRANGER, SERVER, 8000],
  ["another namespace pose as Prometheus", STRANGER, SERVER, 8200],
  ["another namespace ask a picker", STRANGER, PICKER, 9002],
  ["another namespace ask the payload processor", STRANGER, PROCESSOR, 9004],
  ["another namespace ask Prometheus", STRANGER, PROMETHEUS, 9090],
  ["another namespace reach Grafana", STRANGER, GRAFANA, 3000],
  ["another namespace reach Alertmanager", STRANGER, ALERTMANAGER, 9093],
  ["another namespace ask KEDA's operator", STRANGER, KEDA, 9666],
  ["the gateway reach a model server behind its sidecar", GATEWAY, SERVER, 8200],
  ["a picker ask a model server for a replay of its cache events", PICKER, SERVER, 5559],
  ["a model server tell a picker of its cache", SERVER, PICKER, 5557],
  ["a model server meet another at the port of an old side channel", SERVER, PREFILL, 5557],
  ["Prometheus read a supervisor of ranks", PROMETHEUS, SERVER, 8208],
  ["Prometheus read the gateway's agent", PROMETHEUS, GATEWAY, 15020],
  ["the gateway reach a copy job", GATEWAY, COPY_JOB, 8000],
  ["a model server open channels to one that is in no group", SERVER, PREFILL, 43211],
  ["a model server open channels into a group", SERVER, WORKER, 43211],
  ["a model server reach the node's credentials", SERVER, METADATA, 80],
  ["the gateway reach the node's credentials", GATEWAY, METADATA, 80],
  ["the entry reach the node's credentials", ENTRY_POD, METADATA, 80],
  ["a model server reach a database of the network", SERVER, DATABASE, 5432],
  ["a model server reach a machine of the network", SERVER, DATABASE, 22],
  ["a model server reach Prometheus", SERVER, PROMETHEUS, 9090],
  ["the gateway reach the internet", GATEWAY, INTERNET, 443],
  ["the entry reach the internet", ENTRY_POD, INTERNET, 443],
  ["the gateway reach the API server", GATEWAY, API_SERVER, 443],
  ["a proxy be configured in clear", GATEWAY, ISTIOD, 15010],
  ["anybody debug istiod", STRANGER, ISTIOD, 8080],
  ["Prometheus ask a model", PROMETHEUS, GATEWAY, 80],
];

describe("the network policies", () => {
  for (const row of UNWANTED) it(`do not let ${row[0]}`, () => assert.ok(!allows(POLICIES, flowOf(row))));

  it("let nothing into a namespace that no row is about", () => {
    for (const [key, namespace] of Object.entries(NAMESPACES))
      for (const from of [STRANGER, CLIENT, GATEWAY])
        assert.ok(!letsIn(POLICIES, { from, to: pod(namespace, { app: "new" }), port: 7777 }), key);
  });

  it("let pods of every namespace call the gateway where there is no entry", () => {
    const internal = networkPolicies(ALL.filter(key => key !== "entry"));
    assert.ok(allows(internal, { from: STRANGER, to: GATEWAY, port: 80 }));
    assert.ok(allows(internal, { from: COPY_JOB, to: PICKER, port: 9090 }) === false);
    assert.ok(!allows(internal, { from: CLIENT, to: GATEWAY, port: 80 }));
    assert.ok(!allows(internal, { from: STRANGER, to: GATEWAY, port: 15020 }));
  });

  it("name ports in every rule, and no more than EKS can hold: aws/containers-roadmap#2481", () => {
    for (const { name, spec } of POLICIES) {
      const rules = [...(spec.ingress ?? []), ...(spec.egress ?? [])];
      for (const { ports } of rules) assert.ok(ports.length > 0, name);
      assert.ok(rules.flatMap(({ ports }) => ports).length <= 24, name);
    }
  });

  it("name whom they mean in every rule: without it a rule means everybody", () => {
    for (const { name, spec } of POLICIES) {
      for (const { from } of spec.ingress ?? []) assert.ok(from.length > 0, name);
      for (const { to } of spec.egress ?? []) assert.ok(to.length > 0, name);
    }
  });

  for (const left of ALL)
    it(`are about no namespace that is not there, as without ${NAMESPACES[left]}`, () => {
      const without = networkPolicies(ALL.filter(key => key !== left));
      assert.ok(!JSON.stringify(without).includes(`"${NAMESPACES[left]}"`));
      assert.ok(without.every(({ namespace }) => namespace !== left));
      for (const { name, spec } of without)
        for (const peers of [
          ...(spec.ingress ?? []).map(({ from }) => from),
          ...(spec.egress ?? []).map(({ to }) => to),
        ])
          assert.ok(peers.length > 0, name);
    });

  it("become one object each, in the namespace they are about", async () => {
    const registered = await registeredWith({ entry: ENTRY });
    const objects = ofType(registered, POLICY).map(({ inputs: { metadata, spec } }) => ({ metadata, spec }));
    assert.deepEqual(
      objects.map(({ metadata }) => JSON.stringify(metadata)).sort(),
      POLICIES.map(({ name, namespace }) => JSON.stringify({ name, namespace: NAMESPACES[namespace] })).sort(),
    );
    assert.deepEqual(only(registered, POLICY, "policies-llm-d-to-servers").inputs.spec, {
      podSelector: { matchExpressions: [{ key: "llm-d.ai/role", operator: "Exists" }] },
      policyTypes: ["Ingress"],
      ingress: POLICIES.find(({ name }) => name === "to-servers")?.spec.ingress,
    });
  });

  it("are switched on for the cluster", async () => {
    const { inputs } = only(await registeredWith({}), CONFIG_MAP);
    assert.deepEqual(inputs.metadata, { name: "amazon-vpc-cni", namespace: "kube-system" });
    assert.deepEqual(inputs.data, { "enable-network-policy-controller": "true" });
  });

  it("come after the namespaces they are in", async () => {
    const { dependencies } = only(await registeredWith({}), POLICY, "policies-llm-d-from-all");
    assert.deepEqual(dependencies, ["kubernetes:core/v1:Namespace::llm-d"]);
  });

  it("close a namespace only after every way in and out is open, and open it before they go", async () => {
    const registered = ofType(await registeredWith({}), POLICY);
    const isClosing = ({ name }: Registered) => name.endsWith("-nobody");
    const ways = registered.filter(policy => !isClosing(policy)).map(({ name }) => `${POLICY}::${name}`);
    assert.ok(ways.length > 10);
    for (const { name, dependencies } of registered.filter(isClosing))
      assert.deepEqual(
        ways.filter(way => !dependencies.includes(way)),
        [],
        name,
      );
  });
});

/** What the component makes, its namespaces left out of the names that are checked. */
async function registeredWith({ entry }: { entry?: typeof ENTRY }): Promise<Registered[]> {
  const registered = await registeredBy(() => {
    const kubernetes = new k8s.Provider("cluster", { kubeconfig: INFRA_OUTPUTS.kubeconfig });
    const namespaces = new Namespaces("namespaces", { kubernetes, only: ALL, protect: false });
    new NetworkPolicies("policies", { kubernetes, namespaces, entry });
  });
  assertNamed(
    registered.filter(({ parent }) => parent === "llmd:platform:NetworkPolicies::policies"),
    "policies",
  );
  return registered;
}
