import assert from "node:assert/strict";
import type { PolicyResource } from "@pulumi/policy";
import { requireProtectedEntry } from "../../../policy/entry/requireProtectedEntry";
import { resource, stackViolations, UNKNOWN } from "../fixtures";

const SERVICE = "kubernetes:core/v1:Service";
const GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway";
const REQUEST_AUTHENTICATION = "kubernetes:security.istio.io/v1:RequestAuthentication";
const AUTHORIZATION_POLICY = "kubernetes:security.istio.io/v1:AuthorizationPolicy";
const ROUTE = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute";
const GRPC_ROUTE = "kubernetes:gateway.networking.k8s.io/v1:GRPCRoute";

const SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme";
const CERTIFICATE = "service.beta.kubernetes.io/aws-load-balancer-ssl-cert";
const TLS_PORTS = "service.beta.kubernetes.io/aws-load-balancer-ssl-ports";
const ARN = "arn:aws:acm:us-east-2:111122223333:certificate/c0ffee";

const GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name";

const PUBLIC = { [SCHEME]: "internet-facing" };
const AT_LOAD_BALANCER = { ...PUBLIC, [CERTIFICATE]: ARN, [TLS_PORTS]: "443" };
const metadata = { name: "llmd-entry", namespace: "llm-d-entry" };
const targetRefs = [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "llmd-entry" }];

interface ServiceChanges {
  readonly annotations?: object;
  readonly type?: string;
  readonly selector?: object;
  readonly namespace?: string;
  readonly ports?: readonly object[];
}

const HTTPS = { name: "https", port: 443, targetPort: 8080 };
const HTTP = { name: "redirect", port: 80, targetPort: 80 };

/** 443 with TLS of the load balancer's to the main listener, 80 to the one that redirects. */
const service = ({ annotations, type, selector, namespace, ports }: ServiceChanges = {}) =>
  resource(SERVICE, "entry", {
    metadata: {
      ...metadata,
      namespace: namespace ?? metadata.namespace,
      annotations: annotations ?? AT_LOAD_BALANCER,
    },
    spec: {
      type: type ?? "LoadBalancer",
      selector: selector ?? { [GATEWAY_NAME]: "llmd-entry" },
      ports: ports ?? [HTTPS, HTTP],
    },
  });

const REDIRECT = { name: "redirect", protocol: "HTTP", port: 80 };
const PLAIN = [{ name: "main", protocol: "HTTP", port: 8080 }, REDIRECT];
const TLS = { protocol: "HTTPS", port: 443, tls: { certificateRefs: [{ name: "llmd-entry-tls" }] } };
const WITH_TLS = [{ name: "main", ...TLS }, REDIRECT];

const gateway = (spec: object = {}, changes: object = {}) =>
  resource(GATEWAY, "entry", { metadata: { ...metadata, ...changes }, spec: { listeners: PLAIN, ...spec } });

const tokenChecks = (spec: object = {}, changes: object = {}) =>
  resource(REQUEST_AUTHENTICATION, "entry", {
    metadata: { ...metadata, ...changes },
    spec: { targetRefs, jwtRules: [{ issuer: "https://login.acme.dev/" }], ...spec },
  });

const TOKEN = { from: [{ source: { requestPrincipals: ["https://login.acme.dev//*"] } }] };

const access = (spec: object = {}, changes: object = {}) =>
  resource(AUTHORIZATION_POLICY, "entry", {
    metadata: { ...metadata, ...changes },
    spec: { targetRefs, action: "ALLOW", rules: [TOKEN], ...spec },
  });

const route = (spec: object, type = ROUTE, namespace = metadata.namespace) =>
  resource(type, "route", { metadata: { name: "route", namespace }, spec });
const parent = (sectionName: string) => [{ name: "llmd-entry", sectionName }];
const TO_HTTPS = { filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https" } }] };
const TO_MODELS = { backendRefs: [{ name: "models", port: 80 }] };

/** What both listeners do with requests. */
const ROUTES = [
  route({ parentRefs: parent("main"), rules: [TO_MODELS] }),
  route({ parentRefs: parent("redirect"), rules: [TO_HTTPS] }),
];

type Resources = PolicyResource | readonly PolicyResource[];

/** An entry in which everything is right, but for what is given. */
const entry = (
  changes: Readonly<Partial<Record<"service" | "gateway" | "checks" | "access" | "more", Resources>>> = {},
) =>
  [
    ROUTES,
    ...Object.values({ service: service(), gateway: gateway(), checks: tokenChecks(), access: access(), ...changes }),
  ].flat() as PolicyResource[];

const saidOf = (...resources: PolicyResource[]): string[] => stackViolations(requireProtectedEntry, resources);

const without = (what: string, who = `Service "entry"`): string => `${who} is on the internet without ${what}.`;
const noTls = (port: number): string =>
  `TLS on port ${port}: give it a certificate and name the port in its ssl-ports, or Gateway "llmd-entry" an HTTPS ` +
  "listener there with one, or HTTPRoutes there that only redirect to https";
const open = (port: string): string =>
  `a required token on port ${port} of Gateway "llmd-entry": remove the port from the AuthorizationPolicy, or have ` +
  "HTTPRoutes there only redirect to https";
const noListener = (port: number): string =>
  `a listener behind port ${port}: lead it to the port of one of Gateway "llmd-entry"`;
const NO_CHECKS = `token checks: add a RequestAuthentication with jwtRules that targets Gateway "llmd-entry"`;
const NO_POLICY = `a policy that requires a token: add an AuthorizationPolicy with requestPrincipals that targets Gateway "llmd-entry"`;
const NO_GATEWAY =
  `Service "entry" is on the internet and leads to no Gateway of this stack, so nothing checks its callers: ` +
  "make it internal, or lead it to a Gateway.";

describe("stack-entry-require-tls-and-authentication", () => {
  const PROTECTION = [...ROUTES, tokenChecks(), access()];
  const AT_GATEWAY = [
    service({ annotations: PUBLIC, ports: [{ ...HTTPS, targetPort: 443 }, HTTP] }),
    gateway({ listeners: WITH_TLS }),
  ];
  const OPEN_80 = { to: [{ operation: { ports: ["80"] } }] };

  const good: readonly { what: string; resources: readonly PolicyResource[] }[] = [
    { what: "whose load balancer ends TLS", resources: entry() },
    { what: "whose gateway ends TLS", resources: [...AT_GATEWAY, ...PROTECTION] },
    {
      what: "whose load balancer ends TLS on every port, said by nobody or by a star",
      resources: entry({
        service: service({ annotations: { ...PUBLIC, [CERTIFICATE]: ARN } }),
        more: [resource(SERVICE, "other", service({ annotations: { ...AT_LOAD_BALANCER, [TLS_PORTS]: "*" } }).props)],
      }),
    },
    {
      what: "whose port with TLS is called by its name",
      resources: entry({ service: service({ annotations: { ...AT_LOAD_BALANCER, [TLS_PORTS]: "8443, https" } }) }),
    },
    {
      what: "whose policy allows without saying so",
      resources: entry({ access: access({ action: undefined }) }),
    },
    {
      what: "whose policy leaves the port open that only redirects",
      resources: entry({ access: access({ rules: [OPEN_80, TOKEN] }) }),
    },
    {
      what: "beside whose policy there is one of other pods",
      resources: entry({
        more: [access({ targetRefs: undefined, selector: { matchLabels: { [GATEWAY_NAME]: "other" } }, rules: [{}] })],
      }),
    },
    {
      what: "beside whose routes there are some of other Gateways, of the same name too",
      resources: entry({
        more: [
          route({ parentRefs: parent("redirect"), rules: [TO_MODELS] }, ROUTE, "shop"),
          route({ parentRefs: [{ name: "other", sectionName: "redirect" }], rules: [TO_MODELS] }),
        ],
      }),
    },
  ];
  for (const { what, resources } of good)
    it(`accepts an entry ${what}`, () => assert.deepEqual(saidOf(...resources), []));

  it("names everything at once that an entry lacks", () =>
    assert.deepEqual(saidOf(service({ annotations: PUBLIC }), gateway(), ...ROUTES), [
      without(noTls(443)),
      without(NO_CHECKS),
      without(NO_POLICY),
    ]));

  const rows: readonly { what: string; resources: readonly PolicyResource[]; said: readonly string[] }[] = [
    {
      what: "an entry in clear",
      resources: entry({ service: service({ annotations: PUBLIC }) }),
      said: [without(noTls(443))],
    },
    ...[
      { what: "the other port of which leads on in clear", port: { ...HTTP, targetPort: 8080 } },
      { what: "a third port of which leads on in clear", port: { name: "third", port: 8081, targetPort: 8080 } },
    ].map(({ what, port }) => ({
      what: `an entry with TLS on 443, ${what}`,
      resources: entry({ service: service({ ports: [HTTPS, port] }) }),
      said: [without(noTls(port.port))],
    })),
    {
      what: "a certificate on another port than the one that leads on",
      resources: entry({ service: service({ annotations: { ...AT_LOAD_BALANCER, [TLS_PORTS]: "8443" } }) }),
      said: [without(noTls(443))],
    },
    {
      what: "ports with TLS without a certificate",
      resources: entry({ service: service({ annotations: { ...PUBLIC, [TLS_PORTS]: "443" } }) }),
      said: [without(noTls(443))],
    },
    ...[
      { what: "an HTTPS listener without a certificate", main: [{ ...TLS, tls: { certificateRefs: [] } }] },
      { what: "an HTTPS listener beside one in clear on its port", main: [TLS, { ...TLS, protocol: "HTTP" }] },
    ].map(({ what, main }) => ({
      what,
      resources: entry({
        gateway: gateway({ listeners: [...main, REDIRECT] }),
        service: [],
        more: [AT_GATEWAY[0] ?? service()],
      }),
      said: [without(noTls(443))],
    })),
    ...[
      { what: "leads on", rules: [TO_MODELS] },
      { what: "redirects some requests and leads others on", rules: [TO_HTTPS, TO_MODELS] },
      { what: "redirects to http", rules: [{ filters: [{ type: "RequestRedirect", requestRedirect: { path: {} } }] }] },
      { what: "has rules that nobody wrote", rules: undefined },
    ].flatMap(({ what, rules }) =>
      [
        { at: "the listener", parentRefs: parent("redirect") },
        { at: "the port", parentRefs: [{ name: "llmd-entry", port: 80 }] },
        { at: "every listener", parentRefs: [{ name: "llmd-entry", namespace: "llm-d-entry" }] },
      ].map(({ at, parentRefs }) => ({
        what: `a port in clear where a route of ${at} ${what}`,
        resources: entry({ more: [route({ parentRefs, rules })] }),
        said: [without(noTls(80))],
      })),
    ),
    {
      what: "a port in clear with a route of another kind",
      resources: entry({ more: [route({ parentRefs: parent("redirect"), rules: [{}] }, GRPC_ROUTE)] }),
      said: [without(noTls(80))],
    },
    ...[8081, 15090, "http-envoy-prom"].map(targetPort => ({
      what: `a port of the pods that is no listener's: ${targetPort}`,
      resources: entry({ service: service({ ports: [HTTPS, { name: "more", port: 90, targetPort }] }) }),
      said: [without(noListener(90))],
    })),
    {
      what: "a policy that leaves the main listener open",
      resources: entry({ access: access({ rules: [TOKEN, { to: [{ operation: { ports: ["8080", "80"] } }] }] }) }),
      said: [without(open("8080"))],
    },
    {
      what: "a policy that leaves a port open that no listener has yet",
      resources: entry({ more: [access({ rules: [{ to: [{ operation: { ports: ["9090"] } }] }] })] }),
      said: [without(open("9090"))],
    },
    ...[
      { what: "of the Gateway", spec: {} },
      { what: "of the Gateway by its old field", spec: { targetRefs: undefined, targetRef: targetRefs[0] } },
      { what: "of the whole namespace", spec: { targetRefs: undefined } },
      {
        what: "of the Gateway's pods",
        spec: { targetRefs: undefined, selector: { matchLabels: { [GATEWAY_NAME]: "llmd-entry" } } },
      },
    ].map(({ what, spec }) => ({
      what: `a second policy ${what} that lets everything in`,
      resources: entry({ more: [access({ ...spec, rules: [{}] })] }),
      said: [without(NO_POLICY)],
    })),
    {
      what: "an entry that checks no tokens",
      resources: entry({ checks: [] }),
      said: [without(NO_CHECKS)],
    },
    {
      what: "token checks without a rule",
      resources: entry({ checks: tokenChecks({ jwtRules: [] }) }),
      said: [without(NO_CHECKS)],
    },
    {
      what: "token checks of another Gateway",
      resources: entry({ checks: tokenChecks({ targetRefs: [{ kind: "Gateway", name: "other" }] }) }),
      said: [without(NO_CHECKS)],
    },
    {
      what: "token checks in another namespace",
      resources: entry({ checks: tokenChecks({}, { namespace: "llm-d" }) }),
      said: [without(NO_CHECKS)],
    },
    {
      what: "an entry that lets in without a token",
      resources: entry({ access: [] }),
      said: [without(NO_POLICY)],
    },
    {
      what: "a policy that only refuses",
      resources: entry({ access: access({ action: "DENY" }) }),
      said: [without(NO_POLICY)],
    },
    {
      what: "a policy that asks for nothing",
      resources: entry({ access: access({ rules: [{}] }) }),
      said: [without(NO_POLICY)],
    },
    {
      what: "a policy that lets everything in beside",
      resources: entry({ access: access({ rules: [TOKEN, {}] }) }),
      said: [without(NO_POLICY)],
    },
    {
      what: "a rule for tokens or for anything",
      resources: entry({ access: access({ rules: [{ from: [...TOKEN.from, { source: {} }] }] }) }),
      said: [without(NO_POLICY)],
    },
    {
      what: "a policy that opens a path on every port",
      resources: entry({ access: access({ rules: [TOKEN, { to: [{ operation: {} }] }] }) }),
      said: [without(NO_POLICY)],
    },
    {
      what: "a policy of another Gateway",
      resources: entry({ access: access({ targetRefs: [] }) }),
      said: [without(NO_POLICY)],
    },
    {
      what: "a load balancer of something else",
      resources: entry({ service: service({ selector: { app: "grafana" } }) }),
      said: [NO_GATEWAY],
    },
    {
      what: "a load balancer of a Gateway that is not there",
      resources: [service(), tokenChecks(), access()],
      said: [NO_GATEWAY],
    },
    {
      what: "a load balancer in another namespace than its Gateway",
      resources: entry({ service: service({ namespace: "llm-d" }) }),
      said: [NO_GATEWAY],
    },
    {
      what: "a Gateway that has Istio put it on the internet",
      resources: [gateway({ infrastructure: { annotations: PUBLIC } })],
      said: [noTls(8080), noTls(80), NO_CHECKS, NO_POLICY].map(lack => without(lack, `Gateway "entry"`)),
    },
  ];
  for (const { what, resources, said } of rows)
    it(`refuses ${what}`, () => assert.deepEqual(saidOf(...resources), said));

  const inside: readonly { what: string; resource: PolicyResource }[] = [
    { what: "an internal load balancer", resource: service({ annotations: { [SCHEME]: "internal" } }) },
    { what: "a load balancer that says nothing, which is internal", resource: service({ annotations: {} }) },
    { what: "a Service without a load balancer", resource: service({ type: "ClusterIP" }) },
    { what: "a Gateway inside the cluster", resource: gateway() },
    { what: "an empty Service, as in the preview of a new cluster", resource: resource(SERVICE, "entry", {}) },
    { what: "anything else", resource: resource("aws:ec2/vpc:Vpc", "vpc", { metadata: UNKNOWN }) },
  ];
  for (const { what, resource: one } of inside) it(`asks nothing of ${what}`, () => assert.deepEqual(saidOf(one), []));

  it("refuses what is unknown at preview, which later runs could not stop", () =>
    assert.deepEqual(saidOf(service({ annotations: { [SCHEME]: UNKNOWN } })), [
      `It is unknown whether "entry" is protected: string value at .metadata.annotations.${SCHEME} can't be known during preview`,
    ]));

  it("fails on an object that it cannot read, and does not take that for an unknown", () =>
    assert.throws(() => saidOf(...entry({ service: service({ ports: 443 as unknown as object[] }) })), TypeError));
});
