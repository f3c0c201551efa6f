import assert from "node:assert/strict";
import type { WireObject } from "../../../rehearsal/doubles/protocol/wire";
import { VisibleError } from "../../../rehearsal/errors";
import { istiodTakesAll } from "../../../rehearsal/istiod";
import { refused } from "../../../rehearsal/istiod/admission";
import { issueCertificates } from "../../../rehearsal/istiod/certificates";
import { withoutEffect } from "../../../rehearsal/istiod/envoyFilters";
import { type Istiod, startIstiod } from "../../../rehearsal/istiod/istiod";
import { connectionManagers, type ProxyConfig, proxyConfig } from "../../../rehearsal/istiod/proxy";
import { unresolved } from "../../../rehearsal/istiod/resolution";
import type { KubernetesObject } from "../../../rehearsal/kubernetesApi";
import { isLeftByIstiod } from "../../../rehearsal/leftovers";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import { envoyFilter, GATEWAYS, gateway, HEADER_MUTATION, HTTP, MeshCluster, picker, pool, route } from "./meshCluster";

const QUICK = { settleMs: 500 };
const STRIPPED = { mutations: { request_mutations: [{ remove: "x-gateway-destination-endpoint" }] } };

describe("istiod at the rehearsal's API server", () => {
  let mesh: MeshCluster;
  let bare: ReadonlySet<string>;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    mesh = await MeshCluster.start();
    await mesh.installDefinitionsOf("certManager", { crds: { enabled: true } });
    bare = await mesh.cluster.api.inventory();
  });

  after(() => mesh?.stop());

  afterEach(() => mesh.clear());

  const qwen = () => [picker("qwen"), pool("qwen"), route("qwen")];

  it("has to be installed", () =>
    assert.rejects(
      startIstiod(mesh.istiodArgs),
      new VisibleError("istiod is not installed: there is no Deployment with the label app=istiod"),
    ));

  describe("run as the chart runs it", () => {
    it("has no word on pools where the inference extension is not switched on", async () => {
      await mesh.installIstiod({});
      await mesh.make(gateway("inference"), ...qwen());
      await assert.rejects(istiodTakesAll(mesh.istiodArgs, QUICK), (error: Error) => {
        assert.ok(error instanceof VisibleError);
        assert.equal(
          error.message,
          [
            "istiod does not take everything the stacks made:",
            "  HTTPRoute models/qwen at Gateway gateways/inference: ResolvedRefs is False, InvalidKind: InferencePool is not " +
              "enabled. To enable, set ENABLE_GATEWAY_API_INFERENCE_EXTENSION to true in istiod",
            "  InferencePool models/qwen at Gateway gateways/inference: no word on Accepted",
            "  InferencePool models/qwen at Gateway gateways/inference: no word on ResolvedRefs",
          ].join("\n"),
        );
        return true;
      });
    });

    it("takes a Gateway, its route, its pool and its EnvoyFilter where it is switched on", async () => {
      await mesh.installIstiod({ ENABLE_GATEWAY_API_INFERENCE_EXTENSION: "true" });
      await mesh.make(gateway("inference"), ...qwen(), envoyFilter("first", STRIPPED));
      await istiodTakesAll(mesh.istiodArgs, QUICK);
    });
  });

  describe("says", () => {
    let istiod: Istiod;

    before(async () => {
      istiod = await startIstiod(mesh.istiodArgs);
    });

    after(() => istiod?.stop());

    const says = () => unresolved(mesh.cluster.api, QUICK);

    it("nothing about Gateways and routes that are right", async () => {
      await mesh.make(gateway("inference"), ...qwen());
      assert.deepEqual(await says(), []);
    });

    it("that a route's pool is missing", async () => {
      await mesh.make(gateway("inference"), route("lost"));
      assert.deepEqual(await says(), [
        "HTTPRoute models/lost at Gateway gateways/inference: ResolvedRefs is False, BackendNotFound: " +
          "backend(lost) not found",
      ]);
    });

    it("that a pool's picker is missing", async () => {
      await mesh.make(gateway("inference"), pool("qwen"), route("qwen"));
      assert.deepEqual(await says(), [
        "InferencePool models/qwen at Gateway gateways/inference: ResolvedRefs is False, InvalidExtensionRef: " +
          "Referenced ExtensionRef not found qwen-epp",
      ]);
    });

    it("nothing about a pool that no route leads to, as it looks at no such pool", async () => {
      await mesh.make(gateway("inference"), pool("idle"));
      assert.deepEqual(await says(), []);
    });

    it("which listeners it cannot serve", async () => {
      const odd = { name: "odd", port: 81, protocol: "example.com/odd" };
      const conflict = { name: "conflict", port: 80, protocol: "TCP" };
      await mesh.make(gateway("inference", [HTTP, odd, conflict]));
      const clash = "ProtocolConflict: Listener has a conflict with another listener attached to the same Gateway";
      assert.deepEqual(await says(), [
        'Gateway gateways/inference, listener "odd": Accepted is False, UnsupportedProtocol: ' +
          'protocol "example.com/odd" is unsupported',
        `Gateway gateways/inference, listener "conflict": Accepted is False, ${clash}`,
        `Gateway gateways/inference, listener "conflict": Conflicted is True, ${clash}`,
        `Gateway gateways/inference, listener "conflict": Programmed is False, ${clash}`,
      ]);
    });

    it("that a route's namespace is not let in", async () => {
      const closed = { ...HTTP, allowedRoutes: { namespaces: { from: "Same" } } };
      await mesh.make(gateway("inference", [closed]), ...qwen());
      assert.deepEqual(await says(), [
        "HTTPRoute models/qwen at Gateway gateways/inference: Accepted is False, NotAllowedByListeners: " +
          'hostnames matched parent hostname "", but namespace "models" is not allowed by the parent',
        "InferencePool models/qwen at Gateway gateways/inference: Accepted is False, HTTPRouteNotAccepted: " +
          "Referenced HTTPRoute models/qwen not accepted by Gateway gateways/inference: hostnames matched parent " +
          'hostname "", but namespace "models" is not allowed by the parent',
      ]);
    });

    it("at which listener a route is not let in", async () => {
      const inside = { ...HTTP, name: "inside", port: 8080, hostname: "inside.example.com" };
      const both = route("qwen");
      const [parent] = (both.spec as { parentRefs: WireObject[] }).parentRefs;
      const parentRefs = ["http", "inside"].map(sectionName => ({ ...parent, sectionName }));
      const spec = { ...(both.spec as WireObject), parentRefs, hostnames: ["llm.example.com"] };
      await mesh.make(gateway("inference", [HTTP, inside]), picker("qwen"), pool("qwen"), { ...both, spec });
      assert.deepEqual(await says(), [
        'HTTPRoute models/qwen at Gateway gateways/inference, listener "inside": Accepted is False, ' +
          'NoMatchingListenerHostname: no hostnames matched parent hostname "inside.example.com"',
        "InferencePool models/qwen at Gateway gateways/inference: Accepted is False, HTTPRouteNotAccepted: " +
          "Referenced HTTPRoute models/qwen not accepted by Gateway gateways/inference: " +
          'no hostnames matched parent hostname "inside.example.com"',
      ]);
    });

    it("nothing about a Gateway of another class and the routes below it", async () => {
      const other = gateway("inference");
      await mesh.make({ ...other, spec: { ...(other.spec as WireObject), gatewayClassName: "other" } }, route("lost"));
      assert.deepEqual(await says(), []);
    });

    it("nothing about a route below no Gateway; so we do", async () => {
      await mesh.make(route("qwen", "nowhere"));
      assert.deepEqual(await says(), ["HTTPRoute models/qwen at Gateway gateways/nowhere: there is no such Gateway"]);
    });

    it("that a certificate is missing, until we stand in for cert-manager", async () => {
      const secretName = "entry-tls";
      const tls = { mode: "Terminate", certificateRefs: [{ name: secretName }] };
      await mesh.make(gateway("entry", [{ ...HTTP, name: "https", port: 443, protocol: "HTTPS", tls }]), {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: { name: "entry", namespace: GATEWAYS },
        spec: { secretName, dnsNames: ["llm.example.com"], issuerRef: { name: "acme" } },
      });
      assert.deepEqual(await says(), [
        "Gateway gateways/entry: Accepted is False, ListenersNotValid: None of the Gateway's listeners are valid",
        'Gateway gateways/entry, listener "https": Programmed is False, Invalid: Bad TLS configuration',
        'Gateway gateways/entry, listener "https": ResolvedRefs is False, InvalidCertificateRef: ' +
          "invalid certificate reference /Secret/entry-tls., secret gateways/entry-tls not found",
      ]);
      await issueCertificates(mesh.cluster.api);
      await eventually(async () => assert.deepEqual(await says(), []));
      const { listeners } = await proxyConfig(istiod, { gateway: "entry", namespace: GATEWAYS });
      assert.match(JSON.stringify(listeners), /"kubernetes-gateway:\/\/gateways\/entry-tls"/);
    });

    describe("to a gateway's proxy", () => {
      const told = async (): Promise<ProxyConfig> => {
        assert.deepEqual(await says(), []);
        return proxyConfig(istiod, { gateway: "inference", namespace: GATEWAYS });
      };

      /** Once istiod has read the Service that it makes for a pool. */
      const toldOf = (cluster: RegExp): Promise<ProxyConfig> =>
        eventually(async () => {
          const config = await told();
          const [first] = config.routes.flatMap(routesOf);
          assert.match(String((first?.route as WireObject | undefined)?.cluster), cluster);
          return config;
        });

      it("where a pool's requests go, and which picker is asked first", async () => {
        await mesh.make(gateway("inference"), ...qwen());
        const { routes, clusters } = await toldOf(/^outbound\|54321\|\|qwen-ip-\w+\.models\.svc\.cluster\.local$/);
        const [ours] = routes.flatMap(routesOf);
        const { route: action, match, typedPerFilterConfig } = ours as Record<string, WireObject>;
        assert.ok(clusters.some(({ name }) => name === action?.cluster));
        assert.equal(action?.timeout, "300s");
        assert.equal(match?.pathSeparatedPrefix, "/qwen");
        const picked = typedPerFilterConfig?.["envoy.filters.http.ext_proc"] as WireObject;
        assert.deepEqual((picked.overrides as WireObject).grpcService, {
          envoyGrpc: { clusterName: "outbound|9002||qwen-epp.models.svc.cluster.local" },
        });
      });

      it("an EnvoyFilter's filter before all others", async () => {
        await mesh.make(gateway("inference"), ...qwen(), envoyFilter("first", STRIPPED));
        const first = async () => connectionManagers((await told()).listeners).flatMap(filtersOf)[0];
        await eventually(async () =>
          assert.deepEqual(await first(), {
            name: "llmd.first",
            typedConfig: {
              "@type": HEADER_MUTATION,
              mutations: { requestMutations: [{ remove: "x-gateway-destination-endpoint" }] },
            },
          }),
        );
      });

      it("that tokens are checked, although nobody outside is asked for keys", async () => {
        await mesh.make(gateway("inference"), ...qwen(), {
          apiVersion: "security.istio.io/v1",
          kind: "RequestAuthentication",
          metadata: { name: "tokens", namespace: GATEWAYS },
          spec: {
            targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "inference" }],
            jwtRules: [
              {
                issuer: "https://idp.example.com",
                jwksUri: "https://idp.example.com/keys",
                audiences: ["llm"],
              },
            ],
          },
        });
        const checked = await eventually(async () => {
          const filters = connectionManagers((await told()).listeners).flatMap(filtersOf);
          const jwt = filters.find(({ name }) => name === "envoy.filters.http.jwt_authn");
          assert.ok(jwt);
          return (jwt.typedConfig as WireObject).providers as Record<string, WireObject>;
        });
        const [provider] = Object.values(checked);
        assert.equal(provider?.issuer, "https://idp.example.com");
        assert.deepEqual(provider?.audiences, ["llm"]);
        // Keys of istiod's own, which sign nobody's tokens.
        assert.ok(provider?.localJwks);
      });
    });

    describe("of EnvoyFilters", () => {
      const madeBeside = async (filter: KubernetesObject) => {
        await mesh.make(gateway("inference"), ...qwen(), filter);
        assert.deepEqual(await says(), []);
      };
      const faults = () => refused(istiod, mesh.cluster.api);
      const idle = () => withoutEffect(istiod, mesh.cluster.api);

      it("nothing where they are right and change something", async () => {
        await madeBeside(envoyFilter("right", STRIPPED));
        assert.deepEqual(await faults(), []);
        assert.deepEqual(await idle(), []);
      });

      it("nothing where they change what is there, zeros and all", async () => {
        const type = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3";
        const settings = {
          "@type": `${type}.HttpConnectionManager`,
          merge_slashes: true,
          xff_num_trusted_hops: 0,
          stream_idle_timeout: "1.5s",
          upgrade_configs: [{ upgrade_type: "websocket", enabled: false }],
        };
        const name = "envoy.filters.network.http_connection_manager";
        const match = { context: "GATEWAY", listener: { filterChain: { filter: { name } } } };
        const filter = envoyFilter("merged", {});
        const patch = { operation: "MERGE", value: { name, typed_config: settings } };
        const configPatches = [
          { applyTo: "NETWORK_FILTER", match, patch },
          {
            applyTo: "LISTENER",
            match: { context: "GATEWAY" },
            patch: { operation: "MERGE", value: { per_connection_buffer_limit_bytes: 32768 } },
          },
          {
            applyTo: "CLUSTER",
            match: { context: "GATEWAY" },
            patch: { operation: "MERGE", value: { connect_timeout: "7s" } },
          },
        ];
        await madeBeside({ ...filter, spec: { ...(filter.spec as WireObject), configPatches } });
        assert.deepEqual(await faults(), []);
        assert.deepEqual(await idle(), []);
      });

      it("nothing about routes and clusters until there is a model, then whether they are changed", async () => {
        const filter = envoyFilter("models", {});
        const configPatches = [
          {
            applyTo: "CLUSTER",
            match: { context: "GATEWAY", cluster: { portNumber: 9002 } },
            patch: { operation: "MERGE", value: { connect_timeout: "7s" } },
          },
          {
            applyTo: "CLUSTER",
            match: { context: "GATEWAY", cluster: { portNumber: 9003 } },
            patch: { operation: "MERGE", value: { connect_timeout: "8s" } },
          },
          {
            applyTo: "HTTP_ROUTE",
            match: { context: "GATEWAY" },
            patch: { operation: "MERGE", value: { metadata: { filter_metadata: { llmd: { seen: true } } } } },
          },
        ];
        await mesh.make(gateway("inference"), { ...filter, spec: { ...(filter.spec as WireObject), configPatches } });
        assert.deepEqual(await idle(), []);
        await mesh.make(...qwen());
        await eventually(async () =>
          assert.deepEqual(await idle(), [
            "EnvoyFilter gateways/models: configPatches[1] (MERGE at CLUSTER) changes nothing at any Gateway it is for",
          ]),
        );
      });

      it("which field Envoy does not know", async () => {
        await madeBeside(envoyFilter("misspelt", { mutationz: {} }));
        assert.deepEqual(await faults(), [
          `EnvoyFilter gateways/misspelt: Envoy filter: can't unmarshal Any nested proto ${HEADER_MUTATION}: ` +
            'unknown field "mutationz" in envoy.extensions.filters.http.header_mutation.v3.HeaderMutation',
        ]);
      });

      it("which type Envoy does not have", async () => {
        await madeBeside(envoyFilter("unheard-of", { "@type": `${HEADER_MUTATION}s` }));
        assert.deepEqual(await faults(), [
          "EnvoyFilter gateways/unheard-of is refused: configuration is invalid: referenced type unknown: " +
            `Envoy filter: could not resolve Any message type: ${HEADER_MUTATION}s`,
        ]);
      });

      it("nothing, so that we say it, where they find nothing to change", async () => {
        await madeBeside(envoyFilter("astray", STRIPPED, { portNumber: 81 }));
        assert.deepEqual(await faults(), []);
        assert.deepEqual(await idle(), [
          "EnvoyFilter gateways/astray: configPatches[0] (INSERT_FIRST at HTTP_FILTER) changes nothing at any Gateway it is for",
        ]);
      });
    });

    it("what is wrong with Istio's other objects", async () => {
      await mesh.make({
        apiVersion: "security.istio.io/v1",
        kind: "RequestAuthentication",
        metadata: { name: "tokens", namespace: GATEWAYS },
        spec: { jwtRules: [{ issuer: "https://idp.example.com", jwks: "not a key set" }] },
      });
      assert.deepEqual(await refused(istiod, mesh.cluster.api), [
        "RequestAuthentication gateways/tokens is refused: configuration is invalid: 1 error occurred: * jwks parse " +
          "error: failed to unmarshal JWK set: invalid character 'o' in literal null (expecting 'u')",
      ]);
    });
  });

  describe("when its namespaces are gone", () => {
    before(() => mesh.removeNamespaces());

    it("leaves nothing else than is said", async () => {
      const left = [...(await mesh.cluster.api.inventory())].filter(object => !bare.has(object));
      const unexpected = left.filter(object => !isLeftByIstiod(object));
      assert.deepEqual(unexpected, []);
      assert.deepEqual(left.sort(), [
        "ConfigMap.v1/default/istio-ca-crl",
        "ConfigMap.v1/default/istio-ca-root-cert",
        "ConfigMap.v1/kube-system/istio-ca-crl",
        "ConfigMap.v1/kube-system/istio-ca-root-cert",
        "GatewayClass.gateway.networking.k8s.io/v1//istio",
        "GatewayClass.gateway.networking.k8s.io/v1//istio-remote",
      ]);
    });
  });
});

const routesOf = ({ virtualHosts }: WireObject): WireObject[] =>
  (virtualHosts as WireObject[]).flatMap(({ routes }) => routes as WireObject[]);

const filtersOf = ({ httpFilters }: WireObject): WireObject[] => httpFilters as WireObject[];

/** Tries an assertion until it holds. */
async function eventually<T>(assertion: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise(resolve => setTimeout(resolve, 200));
    }
  }
}
