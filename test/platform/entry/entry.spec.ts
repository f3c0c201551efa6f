import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Entry } from "../../../platform/entry";
import { EntryRecord } from "../../../platform/entry/record";
import { gatewayInfrastructure } from "../../../platform/gateways/pods";
import type { OpenEntry } from "../../../platform/settings/entry";
import {
  assertNamed,
  inputsOf,
  ofType,
  only,
  type Registered,
  registeredBy,
  settled,
} from "../../support/mockedProgram";
import { AT_GATEWAY, AT_LOAD_BALANCER, entryWith, IN_CLEAR, ISSUER } from "./support";

const COMPONENT = "llmd:platform:Entry";
const SERVICE = "kubernetes:core/v1:Service";
const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
const GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway";
const ROUTE = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute";
const GRANT = "kubernetes:gateway.networking.k8s.io/v1beta1:ReferenceGrant";
const FILTER = "kubernetes:networking.istio.io/v1alpha3:EnvoyFilter";
const AUTHENTICATION = "kubernetes:security.istio.io/v1:RequestAuthentication";
const AUTHORIZATION = "kubernetes:security.istio.io/v1:AuthorizationPolicy";
const ISSUER_TYPE = "kubernetes:cert-manager.io/v1:Issuer";
const CERTIFICATE = "kubernetes:cert-manager.io/v1:Certificate";

const NLB = "llmd-entry-1.elb.us-east-2.amazonaws.com";
const WITH_LOAD_BALANCER = {
  [`${SERVICE}::entry`]: { status: { loadBalancer: { ingress: [{ hostname: NLB }] } } },
};

interface Made {
  readonly registered: readonly Registered[];
  readonly url: string;
  readonly loadBalancer: string;
}

const entryOf = (settings: OpenEntry, opts: pulumi.ComponentResourceOptions = {}) =>
  new Entry(
    "entry",
    {
      kubernetes: new k8s.Provider("cluster"),
      namespace: "llm-d-entry",
      settings,
      revision: pulumi.output(undefined),
      to: { name: "llm-d-inference-gateway-istio", namespace: "llm-d-gateway" },
      tags: { owner: "ml" },
    },
    opts,
  );

async function made(settings: OpenEntry): Promise<Made> {
  const outputs: { url?: Promise<string>; loadBalancer?: Promise<string> } = {};
  const registered = await registeredBy(() => {
    const entry = entryOf(settings);
    outputs.url = settled(entry.url);
    outputs.loadBalancer = settled(entry.loadBalancer);
  }, WITH_LOAD_BALANCER);
  const own = registered.filter(({ type }) => type !== "pulumi:providers:kubernetes");
  return { registered: own, url: (await outputs.url) ?? "", loadBalancer: (await outputs.loadBalancer) ?? "" };
}

const spec = (registered: readonly Registered[], type: string, name = "entry") =>
  only(registered, type, name).inputs.spec as Record<string, unknown>;

const TARGETS = [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "llmd-entry" }];

describe("the entry", () => {
  let inClear: Made;
  let public_: Made;
  let own: Made;

  before(async () => {
    inClear = await made(IN_CLEAR);
    public_ = await made(AT_LOAD_BALANCER);
    own = await made(AT_GATEWAY);
  });

  it("consists of objects named after it, in the cluster and parts of it", () => {
    for (const { registered } of [inClear, public_, own]) {
      assertNamed(registered, "entry");
      const parts = registered.filter(({ type }) => type !== COMPONENT);
      assert.deepEqual([...new Set(parts.map(({ parent }) => parent))], [`${COMPONENT}::entry`]);
    }
  });

  it("is called by its own name, or by its load balancer's", () => {
    assert.equal(inClear.url, `http://${NLB}`);
    assert.equal(public_.url, "https://llm.acme.dev");
    assert.equal(own.url, "https://llm.acme.dev");
    assert.equal(public_.loadBalancer, NLB);
  });

  it("has a Gateway of Istio's without a load balancer, with the planned listeners", () => {
    const gateway = spec(public_.registered, GATEWAY);
    assert.equal(gateway.gatewayClassName, "istio");
    assert.deepEqual(gateway.infrastructure, gatewayInfrastructure("llmd-entry"));
    assert.deepEqual(
      (gateway.listeners as { name: string; port: number }[]).map(({ name, port }) => [name, port]),
      [
        ["main", 8080],
        ["redirect", 80],
      ],
    );
    const { data } = only(public_.registered, CONFIG_MAP).inputs as { data: Record<string, string> };
    assert.deepEqual(JSON.parse(data.service ?? ""), { spec: { type: "ClusterIP" } });
  });

  it("has as many pods as the settings say", async () => {
    const { registered } = await made(entryWith({ replicas: { min: 3, max: 9 } }));
    const { data } = only(registered, CONFIG_MAP).inputs as { data: Record<string, string> };
    const { minReplicas, maxReplicas } = JSON.parse(data.horizontalPodAutoscaler ?? "").spec;
    assert.deepEqual([minReplicas, maxReplicas], [3, 9]);
  });

  it("gives its pods the memory that one client's bodies may fill, and the time that a load balancer takes to forget them", async () => {
    const { registered } = await made(entryWith({ requestsPerMinute: 256, maxBodyMiB: 100 }));
    const { data } = only(registered, CONFIG_MAP).inputs as { data: Record<string, string> };
    const { terminationGracePeriodSeconds, containers } = JSON.parse(data.deployment ?? "").spec.template.spec;
    const [{ resources, env }] = containers;
    assert.deepEqual(resources, { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "8Gi" } });
    assert.deepEqual(env[1], { name: "MINIMUM_DRAIN_DURATION", value: "300s" });
    assert.ok(terminationGracePeriodSeconds > 300);
  });

  it("is given another load balancer, the first being gone, where internal and internet change places", async () => {
    const options: pulumi.CustomResourceOptions[] = [];
    const transformation: pulumi.ResourceTransformation = ({ type, opts }) => {
      if (type === SERVICE) options.push(opts);
      return undefined;
    };
    await registeredBy(() => entryOf(IN_CLEAR, { transformations: [transformation] }), WITH_LOAD_BALANCER);
    assert.deepEqual(
      options.map(({ replaceOnChanges, deleteBeforeReplace }) => ({ replaceOnChanges, deleteBeforeReplace })),
      [
        {
          replaceOnChanges: ['metadata.annotations["service.beta.kubernetes.io/aws-load-balancer-scheme"]'],
          deleteBeforeReplace: true,
        },
      ],
    );
  });

  it("has a load balancer of its own, of EKS, for the Gateway's pods and the allowed ranges", () => {
    assert.deepEqual(spec(public_.registered, SERVICE), {
      type: "LoadBalancer",
      loadBalancerClass: "eks.amazonaws.com/nlb",
      loadBalancerSourceRanges: ["0.0.0.0/0"],
      allocateLoadBalancerNodePorts: false,
      selector: { "gateway.networking.k8s.io/gateway-name": "llmd-entry" },
      ports: [
        { name: "https", port: 443, targetPort: 8080, protocol: "TCP" },
        { name: "redirect", port: 80, targetPort: 80, protocol: "TCP" },
      ],
    });
    assert.deepEqual(spec(inClear.registered, SERVICE).loadBalancerSourceRanges, [
      "10.0.0.0/8",
      "172.16.0.0/12",
      "192.168.0.0/16",
    ]);
  });

  it("is open only after everything that protects it is there", () => {
    const before = [AUTHENTICATION, AUTHORIZATION, FILTER, ROUTE].map(type => `${type}::entry`);
    const { dependencies } = only(public_.registered, SERVICE);
    for (const needed of [...before, `${ROUTE}::entry-redirect`]) assert.ok(dependencies.includes(needed), needed);
  });

  it("leads every request of its main listener on to the inference gateway, which allows that", () => {
    for (const { registered } of [inClear, public_, own])
      assert.deepEqual(spec(registered, ROUTE), {
        parentRefs: [{ name: "llmd-entry", sectionName: "main" }],
        rules: [
          {
            backendRefs: [{ name: "llm-d-inference-gateway-istio", namespace: "llm-d-gateway", port: 80 }],
            timeouts: { request: "0s" },
          },
        ],
      });
    const grant = only(public_.registered, GRANT).inputs;
    assert.deepEqual(grant.metadata, { name: "llmd-entry", namespace: "llm-d-gateway" });
    assert.deepEqual(grant.spec, {
      from: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: "llm-d-entry" }],
      to: [{ group: "", kind: "Service", name: "llm-d-inference-gateway-istio" }],
    });
  });

  it("sends port 80 to https where there is TLS, and only there", () => {
    assert.deepEqual(spec(public_.registered, ROUTE, "entry-redirect"), {
      parentRefs: [{ name: "llmd-entry", sectionName: "redirect" }],
      rules: [
        {
          filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", port: 443, statusCode: 301 } }],
        },
      ],
    });
    assert.equal(ofType(inClear.registered, ROUTE).length, 1);
  });

  it("protects its own Gateway and no other", () => {
    for (const type of [FILTER, AUTHENTICATION, AUTHORIZATION]) {
      assert.deepEqual(spec(public_.registered, type).targetRefs, TARGETS);
      assert.deepEqual(only(public_.registered, type).inputs.metadata, {
        name: "llmd-entry",
        namespace: "llm-d-entry",
      });
    }
  });

  it("asks for a token where the settings do, and refuses what has none", () => {
    assert.deepEqual(spec(public_.registered, AUTHENTICATION).jwtRules, [
      { issuer: ISSUER, audiences: ["llm"], forwardOriginalToken: false },
    ]);
    const { action, rules } = spec(public_.registered, AUTHORIZATION);
    assert.equal(action, "ALLOW");
    assert.deepEqual(rules, [
      { from: [{ source: { requestPrincipals: [`${ISSUER}/*`] } }] },
      { to: [{ operation: { ports: ["80"] } }] },
    ]);
    assert.deepEqual([...ofType(inClear.registered, AUTHENTICATION), ...ofType(inClear.registered, AUTHORIZATION)], []);
  });

  it("limits requests also where it asks for no token", () => {
    const filter = JSON.stringify(spec(inClear.registered, FILTER));
    for (const part of ["header_mutation", "local_ratelimit", "filters.http.buffer", "connection_limit"])
      assert.ok(filter.includes(part), part);
  });

  it("has Let's Encrypt prove its name on port 80, by an issuer of its own", () => {
    const { acme } = spec(own.registered, ISSUER_TYPE) as { acme: Record<string, unknown> };
    assert.equal(acme.email, "team@acme.dev");
    assert.equal(acme.server, "https://acme-v02.api.letsencrypt.org/directory");
    assert.deepEqual(acme.solvers, [
      { http01: { gatewayHTTPRoute: { parentRefs: [{ ...TARGETS[0], sectionName: "redirect" }] } } },
    ]);
    assert.deepEqual(spec(own.registered, CERTIFICATE), {
      secretName: "llmd-entry-tls",
      dnsNames: ["llm.acme.dev"],
      issuerRef: { group: "cert-manager.io", kind: "Issuer", name: "llmd-entry-acme" },
      privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
    });
    assert.ok(only(own.registered, CERTIFICATE).dependencies.includes(`${ISSUER_TYPE}::entry`));
  });

  it("takes a certificate of an issuer that is there, and makes none", async () => {
    const certManager = { issuer: { kind: "ClusterIssuer" as const, name: "company-ca" } };
    const { registered } = await made(entryWith({ hostname: "llm.acme.dev", certManager }));
    assert.deepEqual(spec(registered, CERTIFICATE).issuerRef, {
      group: "cert-manager.io",
      kind: "ClusterIssuer",
      name: "company-ca",
    });
    assert.deepEqual(ofType(registered, ISSUER_TYPE), []);
  });

  it("makes no certificate where the load balancer has one", () =>
    assert.deepEqual([...ofType(public_.registered, CERTIFICATE), ...ofType(public_.registered, ISSUER_TYPE)], []));
});

describe("the entry's record", () => {
  const RECORD = "aws:route53/record:Record";
  let registered: Registered[];

  before(async () => {
    registered = await registeredBy(
      () =>
        new EntryRecord(
          "entry-record",
          { hostname: "llm.acme.dev", hostedZoneId: "Z0123456789ABCDEFGHIJ", target: NLB },
          { provider: new aws.Provider("entry-record-aws") },
        ),
    );
  });

  it("leads the name to the load balancer", () =>
    assert.deepEqual(inputsOf(registered, RECORD), [
      { zoneId: "Z0123456789ABCDEFGHIJ", name: "llm.acme.dev", type: "CNAME", ttl: 60, records: [NLB] },
    ]));

  it("is the component's own", () => {
    assertNamed(registered, "entry-record");
    assert.equal(only(registered, RECORD).parent, "llmd:platform:EntryRecord::entry-record");
  });
});
