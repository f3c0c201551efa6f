import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { createEntry, Entry } from "../../../platform/entry";
import { gatewayInfrastructure } from "../../../platform/gateways/pods";
import type { EntrySettings } from "../../../platform/settings/entry";
import { assertNamed, ofType, only, type Registered, registeredBy, settled } from "../../support/mockedProgram";
import { namesOfParts } from "../parts";
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

const argsOf = (kubernetes: k8s.Provider) => ({
  kubernetes,
  revision: pulumi.output(undefined),
  to: pulumi.output({ name: "llm-d-inference-gateway-istio", namespace: "llm-d-gateway" }),
  tags: { owner: "ml" },
});

interface Made {
  readonly registered: readonly Registered[];
  /** Outputs of the layer that describe the entry. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

async function made(settings: EntrySettings): Promise<Made> {
  const outputs: Record<string, unknown> = {};
  const registered = await registeredBy(async () => {
    const args = { ...argsOf(new k8s.Provider("cluster")), ...namesOfParts(), account: new aws.Provider("aws") };
    for (const [key, output] of Object.entries(createEntry(settings, args, [])))
      outputs[key] = await settled(pulumi.output(output));
  }, WITH_LOAD_BALANCER);
  return { registered: registered.filter(({ type }) => !type.startsWith("pulumi:providers:")), outputs };
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

  it("consists of objects named after it, under its component", () => {
    for (const { registered } of [inClear, public_, own]) {
      assertNamed(registered, "entry");
      const parts = registered.filter(({ type }) => type !== COMPONENT);
      assert.deepEqual([...new Set(parts.map(({ parent }) => parent))], [`${COMPONENT}::entry`]);
    }
  });

  it("is not made where the stack file has none", async () =>
    assert.deepEqual(await made({ exposure: "none" }), { registered: [], outputs: {} }));

  it("hands over its URL, the record to make, and how long a stream may pause", async () => {
    assert.deepEqual(inClear.outputs, { entryUrl: `http://${NLB}`, entryLimits: { streamIdleMinutes: 10 } });
    const { outputs } = await made({ ...AT_GATEWAY, streamIdleMinutes: 16 });
    assert.deepEqual(outputs, {
      entryUrl: "https://llm.acme.dev",
      entryRecord: `llm.acme.dev CNAME ${NLB}`,
      entryLimits: { streamIdleMinutes: 16 },
    });
  });

  it("makes the record of its name where the stack file has the zone", async () => {
    const { registered, outputs } = await made({ ...AT_LOAD_BALANCER, hostedZoneId: "Z0123456789ABCDEFGHIJ" });
    const record = only(registered, "aws:route53/record:Record", "entry-record");
    assert.deepEqual(record.inputs, {
      zoneId: "Z0123456789ABCDEFGHIJ",
      name: "llm.acme.dev",
      type: "CNAME",
      ttl: 60,
      records: [NLB],
    });
    assert.equal(record.parent, "llmd:platform:EntryRecord::entry-record");
    assert.equal(record.provider, "pulumi:providers:aws::aws");
    assert.deepEqual(Object.keys(outputs).sort(), ["entryLimits", "entryUrl"]);
  });

  it("has a Gateway of Istio's default revision without a load balancer, with the planned listeners", () => {
    const { gatewayClassName, infrastructure, listeners } = spec(public_.registered, GATEWAY);
    assert.equal(gatewayClassName, "istio");
    assert.deepEqual(infrastructure, gatewayInfrastructure("llmd-entry"));
    assert.deepEqual(
      (listeners as { name: string; port: number }[]).map(({ name, port }) => [name, port]),
      [
        ["main", 8080],
        ["redirect", 80],
      ],
    );
    assert.deepEqual(only(public_.registered, GATEWAY).inputs.metadata, {
      name: "llmd-entry",
      namespace: "llm-d-entry",
    });
  });

  it("sizes its pods by the settings, and gives them as long as a load balancer sends them connections", async () => {
    const size = { replicas: { min: 3, max: 9 }, requestsPerMinute: 384, maxBodyMiB: 100 };
    const { registered } = await made(entryWith(size));
    const { data } = only(registered, CONFIG_MAP).inputs as { data: Record<string, string> };
    const { minReplicas, maxReplicas } = JSON.parse(data.horizontalPodAutoscaler ?? "").spec;
    assert.deepEqual([minReplicas, maxReplicas], [3, 9]);
    const { terminationGracePeriodSeconds, containers } = JSON.parse(data.deployment ?? "").spec.template.spec;
    const [{ resources, env }] = containers;
    assert.deepEqual(resources, { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "8Gi" } });
    assert.deepEqual(env[1], { name: "MINIMUM_DRAIN_DURATION", value: "300s" });
    assert.ok(terminationGracePeriodSeconds > 300);
  });

  it("replaces its load balancer, the old one first, when it moves between internal and internet", async () => {
    const options: pulumi.CustomResourceOptions[] = [];
    const transformation: pulumi.ResourceTransformation = ({ type, opts }) => {
      if (type === SERVICE) options.push(opts);
      return undefined;
    };
    await registeredBy(() => {
      const args = { ...argsOf(new k8s.Provider("cluster")), namespace: "llm-d-entry", settings: IN_CLEAR };
      new Entry("entry", args, { transformations: [transformation] });
    }, WITH_LOAD_BALANCER);
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

  it("has a load balancer of EKS for the Gateway's pods and the allowed source ranges", () => {
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

  it("has its load balancer last, after everything that protects it", () => {
    const before = [AUTHENTICATION, AUTHORIZATION, FILTER, ROUTE].map(type => `${type}::entry`);
    const { dependencies } = only(public_.registered, SERVICE);
    for (const needed of [...before, `${ROUTE}::entry-redirect`]) assert.ok(dependencies.includes(needed), needed);
  });

  it("routes every request of its main listener to the inference gateway, with a ReferenceGrant", () => {
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

  it("redirects port 80 to https where there is TLS", () => {
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

  it("accepts requests with a token of the issuer only, except on the port that redirects", () => {
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

  it("limits requests without authentication too", () => {
    const filter = JSON.stringify(spec(inClear.registered, FILTER));
    for (const part of ["header_mutation", "local_ratelimit", "filters.http.buffer", "connection_limit"])
      assert.ok(filter.includes(part), part);
  });

  it("gets a certificate from Let's Encrypt over port 80, and does not wait for it", () => {
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
    // An `up` must not wait: they are ready once the hostname leads to the load balancer, which the `up` may print first.
    for (const type of [ISSUER_TYPE, CERTIFICATE]) {
      const { annotations } = only(own.registered, type).inputs.metadata as { annotations?: object };
      assert.deepEqual(annotations, { "pulumi.com/skipAwait": "true" }, type);
    }
  });

  it("gets a certificate from an existing issuer, and makes none", async () => {
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
