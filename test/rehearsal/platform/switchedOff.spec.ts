import assert from "node:assert/strict";
import { keptCrds } from "../../../rehearsal/doubles/kubernetes/charts";
import type { WireObject } from "../../../rehearsal/doubles/protocol/wire";
import { refused } from "../../../rehearsal/istiod/admission";
import { withoutEffect } from "../../../rehearsal/istiod/envoyFilters";
import type { ProxyConfig } from "../../../rehearsal/istiod/proxy";
import { istioGateways } from "../../../rehearsal/istiod/resolution";
import type { KubernetesApi } from "../../../rehearsal/kubernetesApi";
import { refusedPods } from "../../../rehearsal/podSecurity";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import type { EngineUnderTest, StateResource } from "../../support/engine";
import { AT_GATEWAY, BARE, IN_CLEAR, platform, runningIstiod } from "../../support/everything";
import { ENTRY, filterNames, hostAt, INFERENCE, INFERENCE_CLUSTER, listenerAt, managerAt, portsOf, told } from "./told";

/** Components of what can be left out, and the namespaces that are theirs alone. */
const OPTIONAL = /llmd:platform:(Entry|EntryRecord|Keda|LeaderWorkerSet|GpuOperator|CertManager|PayloadProcessor)\$/;
const NAMESPACES = ["llm-d-entry", "keda", "lws-system", "cert-manager", "gpu-operator"];

const isOptional = ({ urn, id = "" }: StateResource): boolean =>
  OPTIONAL.test(urn) || NAMESPACES.includes(id.split("/")[0] ?? "");

/** What of the API server's inventory is named after something that can be left out. */
const OPTIONAL_OBJECT =
  /llm-d-entry|llmd-entry|keda|lws|leaderworkerset|disaggregatedset|cert-manager|gpu-operator|payload-processor/;

/** Kubernetes names them itself, at times of its own. */
const FLEETING = /^(Pod|ReplicaSet|EndpointSlice|IPAddress)\./;

describe("a platform whose entry and parts are switched off again", () => {
  let engine: EngineUnderTest;
  let api: KubernetesApi;
  let whole: { readonly state: readonly StateResource[]; readonly objects: readonly string[] };
  let bare: typeof whole;

  const inventory = async (): Promise<string[]> =>
    [...(await api.inventory())].filter(object => !FLEETING.test(object)).sort();

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await platform(AT_GATEWAY);
    api = engine.api;
    whole = { state: engine.standing("platform"), objects: await inventory() };
    await platform(BARE);
    bare = { state: engine.standing("platform"), objects: await inventory() };
  });

  it("has lost all that is theirs, and nothing else", () => {
    const urns = (resources: readonly StateResource[]) => resources.map(({ urn }) => urn).sort();
    assert.ok(whole.state.filter(isOptional).length > 40);
    assert.deepEqual(urns(bare.state), urns(whole.state.filter(resource => !isOptional(resource))));
  });

  it("leaves the rest of the cluster as it was", () => {
    const lost = whole.objects.filter(object => !bare.objects.includes(object));
    assert.deepEqual(
      lost.filter(object => !OPTIONAL_OBJECT.test(object)),
      [],
    );
    assert.deepEqual(
      bare.objects.filter(object => !whole.objects.includes(object)),
      [],
    );
  });

  it("has nothing of theirs in the cluster, but definitions that Helm keeps for the objects there may be", async () => {
    const left = bare.objects.filter(object => OPTIONAL_OBJECT.test(object));
    const kept = await keptCrds(api, engine.environment.charts);
    assert.ok(left.some(object => kept.has(object)));
    assert.deepEqual(
      left.filter(object => !kept.has(object)),
      // It lets in to pods that there are none of.
      ["NetworkPolicy.networking.k8s.io/v1/llm-d/to-payload-processor"],
    );
  });

  it("has neither a load balancer nor a name in DNS", async () => {
    const services = await api.list("v1", "Service");
    assert.deepEqual(
      services.filter(({ spec }) => (spec as WireObject).type === "LoadBalancer"),
      [],
    );
    const types = engine.account.everything().map(({ type }) => type);
    assert.ok(!types.includes("aws:route53/record:Record"));
  });

  it("goes on with the inference gateway, where nobody is asked about a request any more", async () => {
    assert.deepEqual(await istioGateways(api), [INFERENCE]);
    const config = await told(engine, INFERENCE, each => !filterNames(managerAt(each, 80))[0]?.includes("ext_proc"));
    assert.deepEqual(portsOf(config), [80]);
  });

  describe("with an internal entry after that, without TLS and tokens", () => {
    let config: ProxyConfig;

    before(async function () {
      this.timeout(TOOLCHAIN_TIMEOUT_MS);
      await platform(IN_CLEAR);
      config = await told(engine, ENTRY);
    });

    it("is taken by istiod and by the API server", async () => {
      const istiod = await runningIstiod(engine);
      assert.deepEqual(await refused(istiod, api), []);
      assert.deepEqual(await withoutEffect(istiod, api), []);
      assert.deepEqual(await refusedPods(api), []);
    });

    it("listens in clear on one port, for any name", () => {
      assert.deepEqual(portsOf(config), [80]);
      const [{ transportSocket } = {}, ...others] = listenerAt(config, 80).filterChains as WireObject[];
      assert.deepEqual([transportSocket, others], [undefined, []]);
      const { domains, routes } = hostAt(config, 80);
      assert.deepEqual(domains, ["*"]);
      assert.deepEqual(
        routes.map(({ route }) => (route as WireObject | undefined)?.cluster),
        [INFERENCE_CLUSTER],
      );
    });

    it("asks for no token, but strips and limits as any other", () => {
      const names = filterNames(managerAt(config, 80));
      assert.ok(!names.includes("envoy.filters.http.jwt_authn") && !names.includes("envoy.filters.http.rbac"));
      assert.equal(names[0], "llmd.strip_platform_headers");
      assert.deepEqual(names.slice(-3), [
        "envoy.filters.http.local_ratelimit",
        "envoy.filters.http.buffer",
        "envoy.filters.http.router",
      ]);
    });
  });
});
