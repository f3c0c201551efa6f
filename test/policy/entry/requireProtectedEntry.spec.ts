import assert from "node:assert/strict";
import type { PolicyResource } from "@pulumi/policy";
import { requireProtectedEntry } from "../../../policy/entry/requireProtectedEntry";
import { resource, stackViolations, UNKNOWN } from "../fixtures";

const SERVICE = "kubernetes:core/v1:Service";
const GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway";
const REQUEST_AUTHENTICATION = "kubernetes:security.istio.io/v1:RequestAuthentication";
const AUTHORIZATION_POLICY = "kubernetes:security.istio.io/v1:AuthorizationPolicy";

const SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme";
const CERTIFICATE = "service.beta.kubernetes.io/aws-load-balancer-ssl-cert";
const ARN = "arn:aws:acm:us-east-2:111122223333:certificate/c0ffee";

const PUBLIC = { [SCHEME]: "internet-facing" };
const metadata = { name: "llmd-entry", namespace: "llm-d-entry" };
const targetRefs = [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "llmd-entry" }];

interface ServiceChanges {
  readonly annotations?: object;
  readonly type?: string;
  readonly selector?: object;
  readonly namespace?: string;
}

const service = ({ annotations, type, selector, namespace }: ServiceChanges = {}) =>
  resource(SERVICE, "entry", {
    metadata: {
      ...metadata,
      namespace: namespace ?? metadata.namespace,
      annotations: annotations ?? { ...PUBLIC, [CERTIFICATE]: ARN },
    },
    spec: {
      type: type ?? "LoadBalancer",
      selector: selector ?? { "gateway.networking.k8s.io/gateway-name": "llmd-entry" },
    },
  });

const PLAIN = [{ name: "main", protocol: "HTTP", port: 8080 }];
const WITH_TLS = [
  { name: "main", protocol: "HTTPS", port: 443, tls: { certificateRefs: [{ name: "llmd-entry-tls" }] } },
];

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

const saidOf = (...resources: PolicyResource[]): string[] => stackViolations(requireProtectedEntry, resources);

const without = (what: string, who = `Service "entry"`): string => `${who} is on the internet without ${what}.`;
const NO_TLS = "TLS: give it a certificate, or the Gateway an HTTPS listener with one";
const NO_CHECKS = `token checks: add a RequestAuthentication with jwtRules that targets Gateway "llmd-entry"`;
const NO_POLICY = `a policy that asks for a token: add an AuthorizationPolicy with requestPrincipals that targets Gateway "llmd-entry"`;
const NO_GATEWAY =
  `Service "entry" is on the internet and leads to no Gateway of this stack, so that nothing checks who calls: ` +
  "make it internal, or lead it to a Gateway.";

describe("stack-entry-require-tls-and-authentication", () => {
  it("is mandatory and critical", () => {
    assert.equal(requireProtectedEntry.name, "stack-entry-require-tls-and-authentication");
    assert.equal(requireProtectedEntry.enforcementLevel, "mandatory");
    assert.equal(requireProtectedEntry.severity, "critical");
  });

  it("accepts an entry whose load balancer ends TLS", () =>
    assert.deepEqual(saidOf(service(), gateway(), tokenChecks(), access()), []));

  it("accepts an entry whose gateway ends TLS", () =>
    assert.deepEqual(
      saidOf(service({ annotations: PUBLIC }), gateway({ listeners: WITH_TLS }), tokenChecks(), access()),
      [],
    ));

  it("accepts a policy that allows without saying so, and one that has an open port beside", () => {
    assert.deepEqual(saidOf(service(), gateway(), tokenChecks(), access({ action: undefined })), []);
    const rules = [{ to: [{ operation: { ports: ["80"] } }] }, TOKEN];
    assert.deepEqual(saidOf(service(), gateway(), tokenChecks(), access({ rules })), []);
  });

  it("names everything at once that an entry lacks", () =>
    assert.deepEqual(saidOf(service({ annotations: PUBLIC }), gateway()), [
      without(NO_TLS),
      without(NO_CHECKS),
      without(NO_POLICY),
    ]));

  const rows: readonly { what: string; resources: readonly PolicyResource[]; said: readonly string[] }[] = [
    {
      what: "an entry in clear",
      resources: [service({ annotations: PUBLIC }), gateway(), tokenChecks(), access()],
      said: [without(NO_TLS)],
    },
    {
      what: "an HTTPS listener without a certificate",
      resources: [
        service({ annotations: PUBLIC }),
        gateway({ listeners: [{ protocol: "HTTPS", tls: { certificateRefs: [] } }] }),
        tokenChecks(),
        access(),
      ],
      said: [without(NO_TLS)],
    },
    {
      what: "an entry that checks no tokens",
      resources: [service(), gateway(), access()],
      said: [without(NO_CHECKS)],
    },
    {
      what: "token checks without a rule",
      resources: [service(), gateway(), tokenChecks({ jwtRules: [] }), access()],
      said: [without(NO_CHECKS)],
    },
    {
      what: "token checks of another Gateway",
      resources: [service(), gateway(), tokenChecks({ targetRefs: [{ kind: "Gateway", name: "other" }] }), access()],
      said: [without(NO_CHECKS)],
    },
    {
      what: "token checks in another namespace",
      resources: [service(), gateway(), tokenChecks({}, { namespace: "llm-d" }), access()],
      said: [without(NO_CHECKS)],
    },
    {
      what: "an entry that lets in without a token",
      resources: [service(), gateway(), tokenChecks()],
      said: [without(NO_POLICY)],
    },
    {
      what: "a policy that only refuses",
      resources: [service(), gateway(), tokenChecks(), access({ action: "DENY" })],
      said: [without(NO_POLICY)],
    },
    {
      what: "a policy that asks for nothing",
      resources: [service(), gateway(), tokenChecks(), access({ rules: [{}] })],
      said: [without(NO_POLICY)],
    },
    {
      what: "a policy that lets everything in beside",
      resources: [service(), gateway(), tokenChecks(), access({ rules: [TOKEN, {}] })],
      said: [without(NO_POLICY)],
    },
    {
      what: "a rule for tokens or for anything",
      resources: [service(), gateway(), tokenChecks(), access({ rules: [{ from: [...TOKEN.from, { source: {} }] }] })],
      said: [without(NO_POLICY)],
    },
    {
      what: "a policy that opens a path on every port",
      resources: [service(), gateway(), tokenChecks(), access({ rules: [TOKEN, { to: [{ operation: {} }] }] })],
      said: [without(NO_POLICY)],
    },
    {
      what: "a policy of another Gateway",
      resources: [service(), gateway(), tokenChecks(), access({ targetRefs: [] })],
      said: [without(NO_POLICY)],
    },
    {
      what: "a load balancer of something else",
      resources: [service({ selector: { app: "grafana" } }), gateway(), tokenChecks(), access()],
      said: [NO_GATEWAY],
    },
    {
      what: "a load balancer of a Gateway that is not there",
      resources: [service(), tokenChecks(), access()],
      said: [NO_GATEWAY],
    },
    {
      what: "a load balancer in another namespace than its Gateway",
      resources: [service({ namespace: "llm-d" }), gateway(), tokenChecks(), access()],
      said: [NO_GATEWAY],
    },
    {
      what: "a Gateway that has Istio put it on the internet",
      resources: [gateway({ infrastructure: { annotations: PUBLIC } })],
      said: [NO_TLS, NO_CHECKS, NO_POLICY].map(lack => without(lack, `Gateway "entry"`)),
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

  it("refuses what cannot be told at preview, which later runs could not stop", () =>
    assert.deepEqual(saidOf(service({ annotations: { [SCHEME]: UNKNOWN } })), [
      `Whether "entry" is protected cannot be told: string value at .metadata.annotations.${SCHEME} can't be known during preview`,
    ]));
});
