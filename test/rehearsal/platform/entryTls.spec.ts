import assert from "node:assert/strict";
import type { WireObject } from "../../../rehearsal/doubles/protocol/wire";
import { refused } from "../../../rehearsal/istiod/admission";
import { issueCertificates } from "../../../rehearsal/istiod/certificates";
import { withoutEffect } from "../../../rehearsal/istiod/envoyFilters";
import { objectsIn, type ProxyConfig } from "../../../rehearsal/istiod/proxy";
import { unresolved } from "../../../rehearsal/istiod/resolution";
import type { KubernetesApi } from "../../../rehearsal/kubernetesApi";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import type { EngineUnderTest } from "../../support/engine";
import { AT_GATEWAY, ENTRY_SETTINGS, platform, runningIstiod } from "../../support/everything";
import { ENTRY, filterNames, hostAt, INFERENCE_CLUSTER, listenerAt, managerAt, portsOf, told } from "./told";

const hostname = ENTRY_SETTINGS?.hostname;

/** As istiod names the Secret with the certificate to a proxy. */
const SECRET = "kubernetes-gateway://llm-d-entry/llmd-entry-tls";

describe("the internet's entry that ends TLS itself", () => {
  let engine: EngineUnderTest;
  let api: KubernetesApi;
  let config: ProxyConfig;

  /** What istiod misses while nobody has issued the certificate. */
  let missing: string;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await platform(AT_GATEWAY);
    api = engine.api;
    const istiod = await runningIstiod(engine);
    missing = (await unresolved(api, { settleMs: 500 })).join("\n");
    await issueCertificates(api);
    // Listeners and routes come one after the other.
    config = await told(
      engine,
      ENTRY,
      ({ listeners, routes }) =>
        JSON.stringify(listeners).includes(SECRET) && JSON.stringify(routes).includes(INFERENCE_CLUSTER),
    );
    assert.deepEqual([...(await refused(istiod, api)), ...(await withoutEffect(istiod, api))], []);
  });

  const specOf = async (kind: string, name: string) =>
    (await api.call("GET", `/apis/cert-manager.io/v1/namespaces/llm-d-entry/${kind}/${name}`)).spec;

  it("has cert-manager's own definitions take its certificate and its issuer", async () => {
    assert.deepEqual(await specOf("certificates", "llmd-entry"), {
      secretName: "llmd-entry-tls",
      dnsNames: [hostname],
      issuerRef: { group: "cert-manager.io", kind: "Issuer", name: "llmd-entry-acme" },
      privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
    });
    const { acme } = (await specOf("issuers", "llmd-entry-acme")) as { acme: WireObject };
    assert.equal(acme.email, "ml-platform@acme.dev");
    const parent = { group: "gateway.networking.k8s.io", kind: "Gateway", name: "llmd-entry" };
    const [{ http01 } = {}] = acme.solvers as { http01?: { gatewayHTTPRoute: { parentRefs: WireObject[] } } }[];
    // The authority asks on port 80.
    assert.deepEqual(http01?.gatewayHTTPRoute.parentRefs, [{ ...parent, sectionName: "redirect" }]);
  });

  it("is not served before its certificate is issued, while redirects are", () => {
    assert.match(
      missing,
      /listener "main": ResolvedRefs is False, InvalidCertificateRef: .* secret llm-d-entry\/llmd-entry-tls not found/,
    );
    assert.doesNotMatch(missing, /listener "redirect"/);
  });

  it("shows the issued certificate to those who ask for its name, by TLS 1.2 or newer", () => {
    assert.deepEqual(portsOf(config), [80, 443]);
    const [chain, ...others] = listenerAt(config, 443).filterChains as WireObject[];
    assert.deepEqual(others, []);
    assert.deepEqual(chain?.filterChainMatch, { serverNames: [hostname] });
    const [context = {}] = objectsIn(chain?.transportSocket).filter(each => "tlsCertificateSdsSecretConfigs" in each);
    const [{ name } = {}] = context.tlsCertificateSdsSecretConfigs as WireObject[];
    assert.equal(name, SECRET);
    // Envoy's servers take nothing older unless they are told to.
    assert.equal(context.tlsParams, undefined);
  });

  it("checks requests as it does behind a load balancer, and hands them on", () => {
    const names = filterNames(managerAt(config, 443));
    for (const name of ["jwt_authn", "rbac", "local_ratelimit", "buffer"].map(each => `envoy.filters.http.${each}`))
      assert.ok(names.includes(name), name);
    assert.equal(names[0], "llmd.strip_platform_headers");
    const { domains, routes } = hostAt(config, 443);
    assert.deepEqual(domains, [hostname]);
    assert.deepEqual(
      routes.map(({ route }) => (route as WireObject).cluster),
      [INFERENCE_CLUSTER],
    );
  });

  it("sends whoever calls without TLS to https", () => {
    const { routes } = hostAt(config, 80);
    assert.deepEqual(
      routes.map(({ redirect }) => (redirect as WireObject).schemeRedirect),
      ["https"],
    );
  });
});
