import assert from "node:assert/strict";
import { UPLOAD_SECONDS } from "../../../platform/entry/rate";
import type { WireObject } from "../../../rehearsal/doubles/protocol/wire";
import { objectsIn, type ProxyConfig } from "../../../rehearsal/istiod/proxy";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import type { EngineUnderTest } from "../../support/engine";
import { ENTRY_SETTINGS, platform } from "../../support/everything";
import {
  accessLogOf,
  ENTRY,
  filterConfig,
  filterNames,
  hostAt,
  INFERENCE_CLUSTER,
  listenerAt,
  managerAt,
  portsOf,
  told,
} from "./told";

/** What the platform adds to Istio's own filters, in the order in which a request meets it. */
const CHECKS = [
  "llmd.strip_platform_headers",
  "envoy.filters.http.jwt_authn",
  "envoy.filters.http.rbac",
  "envoy.filters.http.local_ratelimit",
  "envoy.filters.http.buffer",
  "envoy.filters.http.router",
];

/** Behind the load balancer that ends TLS. */
const MAIN = 8080;
const REDIRECT = 80;

describe("the internet's entry behind a load balancer that ends TLS, as istiod tells its proxy", () => {
  let engine: EngineUnderTest;
  let config: ProxyConfig;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await platform();
    config = await told(engine, ENTRY);
  });

  const main = () => managerAt(config, MAIN);
  const { hostname, jwt, requestsPerMinute, replicas, maxBodyMiB, streamIdleMinutes } = ENTRY_SETTINGS ?? {};

  it("listens in clear, requests and those to be redirected each on a port of their own", () => {
    assert.deepEqual(portsOf(config), [REDIRECT, MAIN]);
    for (const { filterChains } of config.listeners)
      for (const { transportSocket } of filterChains as WireObject[]) assert.equal(transportSocket, undefined);
  });

  it("hands what comes for its name on to the inference gateway, however long that takes", () => {
    const { domains, routes } = hostAt(config, MAIN);
    assert.deepEqual(domains, [hostname]);
    assert.deepEqual(
      routes.map(({ match, route }) => {
        const { cluster, timeout } = route as WireObject;
        return [(match as WireObject).prefix, cluster, timeout];
      }),
      [["/", INFERENCE_CLUSTER, "0s"]],
    );
    assert.ok(config.clusters.some(({ name }) => name === INFERENCE_CLUSTER));
  });

  it("sends whoever calls without TLS to https, for good, and nowhere else", () => {
    const { domains, routes } = hostAt(config, REDIRECT);
    assert.deepEqual(domains, [hostname]);
    assert.deepEqual(
      routes.map(({ match, route, redirect }) => [(match as WireObject).prefix, route, redirect]),
      // Without a code it is 301, without a port that of https.
      [["/", undefined, { schemeRedirect: "https", pathRedirect: "" }]],
    );
  });

  it("strips, authenticates, lets in, counts and measures a request, in this order", () => {
    for (const port of [MAIN, REDIRECT]) {
      const names = filterNames(managerAt(config, port));
      assert.deepEqual(
        names.filter(name => CHECKS.includes(name)),
        CHECKS,
      );
      // Nothing sees a header that the platform alone may set.
      assert.equal(names[0], CHECKS[0]);
    }
  });

  it("strips every header by which a client could choose where its request ends", () => {
    const { mutations } = filterConfig(main(), "llmd.strip_platform_headers");
    const removed = (mutations as { requestMutations: { remove: string }[] }).requestMutations;
    assert.deepEqual(removed.map(({ remove }) => remove).sort(), [
      "x-data-parallel-host-port",
      "x-encoder-hosts-ports",
      "x-gateway-base-model-name",
      "x-gateway-destination-endpoint",
      "x-gateway-model-name",
      "x-gateway-model-name-rewrite",
      "x-kv-cache-source-host-port",
      "x-llm-d-model-name-rewrite",
      "x-llm-d-reserved-host-port",
      "x-prefiller-host-port",
    ]);
    const { commonHttpProtocolOptions } = main();
    assert.equal((commonHttpProtocolOptions as WireObject).headersWithUnderscoresAction, "DROP_HEADER");
  });

  it("takes tokens of the issuer for the audiences, and hands none of them on", () => {
    const { providers } = filterConfig(main(), "envoy.filters.http.jwt_authn");
    const [provider, ...others] = Object.values(providers as Record<string, WireObject>);
    assert.deepEqual(others, []);
    assert.deepEqual([provider?.issuer, provider?.audiences], [jwt?.issuer, jwt?.audiences]);
    assert.equal(provider?.forward ?? false, false);
    // Keys that istiod fetched itself, or its own while it cannot: never none at all.
    assert.ok(provider?.localJwks);
  });

  it("lets in nobody without a subject of that issuer, but to be redirected", () => {
    const { rules } = filterConfig(main(), "envoy.filters.http.rbac") as { rules: WireObject };
    // Without an action it lets in what a policy names, and nothing else.
    assert.equal(rules.action ?? "ALLOW", "ALLOW");
    const [subject, redirected, ...others] = Object.values(rules.policies as Record<string, WireObject>);
    assert.deepEqual(others, []);
    const claims = objectsIn(subject?.principals).filter(({ filter }) => filter === "envoy.filters.http.jwt_authn");
    assert.deepEqual(
      claims.map(({ path, value }) => [(path as WireObject[]).map(({ key }) => key).join("."), value]),
      [
        ["payload.iss", { stringMatch: { exact: jwt?.issuer } }],
        ["payload.sub", { stringMatch: { safeRegex: { regex: ".+" } } }],
      ],
    );
    assert.ok(!objectsIn(subject?.principals).some(each => "any" in each || "orIds" in each));
    const ports = objectsIn(redirected?.permissions).flatMap(({ destinationPort = [] }) => destinationPort);
    assert.deepEqual(ports, [REDIRECT]);
    assert.ok(!objectsIn(redirected?.permissions).some(each => "any" in each));
  });

  it("counts the requests of each subject, a pod its share", () => {
    const limit = filterConfig(main(), "envoy.filters.http.local_ratelimit");
    const { maxTokens, tokensPerFill, fillInterval } = limit.tokenBucket as Record<string, string | number>;
    const perMinute = (Number(tokensPerFill) / Number.parseFloat(String(fillInterval))) * 60;
    const share = (requestsPerMinute ?? 0) / (replicas?.min ?? 0);
    assert.ok(perMinute >= share && perMinute < share + 1, `${perMinute} requests a minute for a share of ${share}`);
    // At once no more than in a minute.
    assert.ok(Number(maxTokens) <= Math.ceil(share));
    assert.deepEqual(limit.descriptors, [{ entries: [{ key: "subject" }], tokenBucket: limit.tokenBucket }]);
    const path = [{ key: "payload" }, { key: "sub" }];
    const metadata = { descriptorKey: "subject", metadataKey: { key: "envoy.filters.http.jwt_authn", path } };
    assert.deepEqual(limit.rateLimits, [{ actions: [{ metadata }] }]);
    assert.equal(limit.maxDynamicDescriptors, 10_000);
    // In force, for every request.
    for (const part of [limit.filterEnabled, limit.filterEnforced])
      assert.deepEqual(part, { defaultValue: { numerator: 100 } });
  });

  it("holds requests to their size, their arrival and silences to their time", () => {
    const { maxRequestBytes } = filterConfig(main(), "envoy.filters.http.buffer");
    assert.equal(maxRequestBytes, (maxBodyMiB ?? 0) * 2 ** 20);
    const { streamIdleTimeout, requestTimeout, requestHeadersTimeout, maxRequestHeadersKb } = main();
    assert.equal(streamIdleTimeout, `${(streamIdleMinutes ?? 0) * 60}s`);
    assert.deepEqual([requestTimeout, requestHeadersTimeout], [`${UPLOAD_SECONDS}s`, "10s"]);
    assert.equal(maxRequestHeadersKb, 32);
  });

  it("limits connections before their first byte is read, and has the kernel keep quiet ones alive", () => {
    for (const port of [MAIN, REDIRECT]) {
      const listener = listenerAt(config, port);
      const [{ filters } = {}] = listener.filterChains as { filters?: { name: string }[] }[];
      assert.deepEqual(
        filters?.map(({ name }) => name),
        ["envoy.filters.network.connection_limit", "envoy.filters.network.http_connection_manager"],
      );
      const options = listener.socketOptions as { description: string; intValue: string }[];
      assert.deepEqual(
        options.map(({ description, intValue }) => `${description} ${intValue}`),
        ["SO_KEEPALIVE 1", "TCP_KEEPIDLE 60", "TCP_KEEPINTVL 20", "TCP_KEEPCNT 5"],
      );
    }
  });

  it("writes down who asked for what, but no query, no token and nothing of a body", () => {
    const fields = accessLogOf(main());
    assert.equal(fields.path, "%REQ_WITHOUT_QUERY(X-ENVOY-ORIGINAL-PATH?:PATH)%");
    assert.equal(fields.subject, "%DYNAMIC_METADATA(envoy.filters.http.jwt_authn:payload:sub)%");
    const { path: _, ...others } = fields;
    const headers = Object.values(others).flatMap(operator => /^%REQ\((.*)\)%$/.exec(operator)?.[1] ?? []);
    assert.deepEqual(headers.sort(), [":AUTHORITY", ":METHOD", "X-REQUEST-ID"]);
    for (const operator of Object.values(others))
      assert.doesNotMatch(operator, /PATH|QUERY|BODY|AUTHORIZATION|COOKIE/i);
  });

  it("has a load balancer that the allowed ranges reach, and its name leads there", async () => {
    const service = await engine.api.call("GET", "/api/v1/namespaces/llm-d-entry/services/llmd-entry");
    const { loadBalancerSourceRanges, ports } = service.spec as Record<string, WireObject[]>;
    assert.deepEqual(loadBalancerSourceRanges, ENTRY_SETTINGS?.sourceRanges);
    assert.deepEqual(
      ports?.map(({ port, targetPort }) => [port, targetPort]),
      [
        [443, MAIN],
        [80, REDIRECT],
      ],
    );
    const { loadBalancer } = service.status as { loadBalancer: { ingress: { hostname: string }[] } };
    const records = engine.account.everything().filter(({ type }) => type === "aws:route53/record:Record");
    assert.deepEqual(
      records.map(({ inputs: { zoneId, name, type, records: targets } }) => [zoneId, name, type, targets]),
      [[ENTRY_SETTINGS?.hostedZoneId, hostname, "CNAME", [loadBalancer.ingress[0]?.hostname]]],
    );
  });
});
