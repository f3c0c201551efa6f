import assert from "node:assert/strict";
import { accessRules, authentications } from "../../../platform/entry/authentication";
import { entryPlan } from "../../../platform/entry/plan";
import { entryPatches } from "../../../platform/entry/protection";
import { PLATFORM_HEADERS } from "../../../platform/entry/stripHeaders";
import type { ConfigPatch, EnvoyConfig } from "../../../platform/gateways/customResources";
import type { OpenEntry } from "../../../platform/settings/entry";
import { AT_LOAD_BALANCER, entryWith, IN_CLEAR, ISSUER } from "./support";

const patchesOf = (settings: OpenEntry): ConfigPatch[] => entryPatches(settings, authentications(settings));

/** The configuration of the one patch that has this name. */
function configOf(patches: readonly ConfigPatch[], name: string): EnvoyConfig {
  const [found, ...others] = patches.filter(({ patch }) => patch.value.name === name);
  assert.ok(found, `no patch of ${name}`);
  assert.deepEqual(others, []);
  return found.patch.value.typed_config as EnvoyConfig;
}

/** Everything that is merged into what reads HTTP. */
const httpSettingsOf = (patches: readonly ConfigPatch[]) =>
  Object.assign(
    {},
    ...patches
      .filter(({ patch, applyTo }) => applyTo === "NETWORK_FILTER" && patch.operation === "MERGE")
      .map(({ patch }) => patch.value.typed_config),
  ) as Record<string, unknown>;

const CONNECTION_MANAGER = "envoy.filters.network.http_connection_manager";

describe("the patches of the entry", () => {
  it("strip headers first, and limit rate and size last, after Istio's own filters", () => {
    const filters = patchesOf(AT_LOAD_BALANCER).filter(({ applyTo }) => applyTo === "HTTP_FILTER");
    assert.deepEqual(
      filters.map(({ patch, match }) => [
        patch.value.name,
        patch.operation,
        match.listener?.filterChain.filter.subFilter?.name,
      ]),
      [
        ["llmd.strip_platform_headers", "INSERT_FIRST", undefined],
        ["envoy.filters.http.local_ratelimit", "INSERT_BEFORE", "envoy.filters.http.router"],
        ["envoy.filters.http.buffer", "INSERT_BEFORE", "envoy.filters.http.router"],
      ],
    );
  });

  it("apply to gateways only", () => {
    for (const { match } of patchesOf(AT_LOAD_BALANCER)) assert.equal(match.context, "GATEWAY");
  });

  it("strip every header that decides where a request goes", () => {
    const mutations = PLATFORM_HEADERS.map(remove => ({ remove }));
    assert.deepEqual(configOf(patchesOf(IN_CLEAR), "llmd.strip_platform_headers"), {
      "@type": "type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
      mutations: { request_mutations: mutations },
    });
    for (const header of [
      "x-gateway-destination-endpoint",
      "x-prefiller-host-port",
      "x-data-parallel-host-port",
    ] as const)
      assert.ok(PLATFORM_HEADERS.includes(header), header);
  });

  describe("of the request rate", () => {
    const RATE = "envoy.filters.http.local_ratelimit";

    it("limit each client by its address", () => {
      const bucket = { max_tokens: 25, tokens_per_fill: 25, fill_interval: "5s" };
      const always = { default_value: { numerator: 100 } };
      assert.deepEqual(configOf(patchesOf(IN_CLEAR), RATE), {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
        stat_prefix: "llmd_entry_clients",
        filter_enabled: always,
        filter_enforced: always,
        token_bucket: bucket,
        always_consume_default_token_bucket: false,
        rate_limits: [{ actions: [{ remote_address: {} }] }],
        descriptors: [{ entries: [{ key: "remote_address" }], token_bucket: bucket }],
        max_dynamic_descriptors: 10_000,
        enable_x_ratelimit_headers: "DRAFT_VERSION_03",
        response_headers_to_add: [
          { header: { key: "retry-after", value: "5" }, append_action: "OVERWRITE_IF_EXISTS_OR_ADD" },
        ],
      });
    });

    it("limit each client by the subject of its token", () => {
      const { rate_limits, descriptors } = configOf(patchesOf(AT_LOAD_BALANCER), RATE);
      const metadata_key = { key: "envoy.filters.http.jwt_authn", path: [{ key: "payload" }, { key: "sub" }] };
      assert.deepEqual(rate_limits, [{ actions: [{ metadata: { descriptor_key: "subject", metadata_key } }] }]);
      assert.deepEqual(
        (descriptors as readonly EnvoyConfig[]).map(({ entries }) => entries),
        [[{ key: "subject" }]],
      );
    });

    it("answer with retry-after, in whole seconds", () => {
      const { response_headers_to_add } = configOf(patchesOf(entryWith({ requestsPerMinute: 14 })), RATE);
      const [{ header } = {}] = response_headers_to_add as readonly EnvoyConfig[];
      assert.deepEqual(header, { key: "retry-after", value: "9" });
    });
  });

  it("limit the body size in bytes", () =>
    assert.deepEqual(configOf(patchesOf(entryWith({ maxBodyMiB: 3 })), "envoy.filters.http.buffer"), {
      "@type": "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer",
      max_request_bytes: 3_145_728,
    }));

  it("limit connections before reading them", () => {
    const patches = patchesOf(IN_CLEAR);
    const [inserted] = patches.filter(
      ({ applyTo, patch }) => applyTo === "NETWORK_FILTER" && patch.operation === "INSERT_BEFORE",
    );
    assert.equal(inserted?.match.listener?.filterChain.filter.name, CONNECTION_MANAGER);
    assert.deepEqual(configOf(patches, "envoy.filters.network.connection_limit"), {
      "@type": "type.googleapis.com/envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit",
      stat_prefix: "llmd_entry",
      max_connections: 10_000,
    });
  });

  it("end answers that pause and requests that arrive slowly", () => {
    const settings = httpSettingsOf(patchesOf(entryWith({ streamIdleMinutes: 7 })));
    assert.equal(settings.stream_idle_timeout, "420s");
    assert.equal(settings.request_timeout, "30s");
    assert.equal(settings.request_headers_timeout, "10s");
    assert.deepEqual(settings.common_http_protocol_options, {
      idle_timeout: "3600s",
      max_headers_count: 100,
      headers_with_underscores_action: "DROP_HEADER",
    });
  });

  it("send TCP keepalives before a load balancer drops the connection", () => {
    const [listener] = patchesOf(IN_CLEAR).filter(({ applyTo }) => applyTo === "LISTENER");
    const options = (listener?.patch.value.socket_options ?? []) as readonly EnvoyConfig[];
    assert.deepEqual(
      options.map(({ level, name, int_value }) => [level, name, int_value]),
      [
        [1, 9, 1],
        [6, 4, 60],
        [6, 5, 20],
        [6, 6, 5],
      ],
    );
  });

  it("log neither prompt nor token", () => {
    const text = JSON.stringify(httpSettingsOf(patchesOf(AT_LOAD_BALANCER)).access_log);
    assert.match(text, /"path":"%REQ_WITHOUT_QUERY\(/);
    assert.doesNotMatch(text, /REQ\(:PATH\)|REQUEST_BODY|RESPONSE_BODY|authorization|cookie/i);
  });
});

describe("the authentication of the entry", () => {
  it("is none without jwt", () => assert.deepEqual(authentications(IN_CLEAR), []));

  it("uses the keys at jwksUri", () => {
    const jwksUri = "https://login.acme.dev/keys";
    const [way] = authentications(entryWith({ jwt: { issuer: ISSUER, audiences: ["llm"], jwksUri } }));
    assert.equal(way?.jwtRules[0]?.jwksUri, jwksUri);
  });

  it("covers the only port of an entry without TLS", () => {
    const settings = entryWith({ jwt: { issuer: ISSUER, audiences: ["llm"] } });
    assert.deepEqual(accessRules(authentications(settings), entryPlan(settings)), [
      { from: [{ source: { requestPrincipals: [`${ISSUER}/*`] } }] },
    ]);
  });
});
