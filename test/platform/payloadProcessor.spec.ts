import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { spreadConstraints } from "../../contracts/placement";
import { firstFilter, httpSettings, keepalive, routeSettings } from "../../platform/gateways/envoyPatches";
import { PayloadProcessor } from "../../platform/payloadProcessor";
import { assertNamed, only, type Registered, registeredBy } from "../support/mockedProgram";
import { namesOfParts } from "./parts";

const DIGEST = `sha256:${"ab".repeat(32)}`;
const PINNED = `ghcr.io/llm-d/llm-d-inference-payload-processor@${DIGEST}`;
const COMPONENT = "llmd:platform:PayloadProcessor";
const HOST = "payload-processor.llm-d.svc.cluster.local";

interface Container {
  readonly [key: string]: unknown;
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
}

interface PodSpec {
  readonly [key: string]: unknown;
  readonly containers: readonly Container[];
}

describe("the payload processor", () => {
  let registered: Registered[];

  before(async () => {
    registered = await registeredBy(() => {
      const kubernetes = new k8s.Provider("cluster", { kubeconfig: "{}" });
      new PayloadProcessor("processor", {
        kubernetes,
        ...namesOfParts(),
        gateway: pulumi.output({ name: "llm-d-inference-gateway", namespace: "llm-d-gateway" }),
        image: PINNED,
      });
    });
  });

  const inputs = (type: string) =>
    only(registered, `kubernetes:${type}`).inputs as Record<string, Record<string, unknown>>;
  const deployment = () => inputs("apps/v1:Deployment").spec as unknown as { replicas: number; template: object };
  const podSpec = () => (deployment().template as { spec: PodSpec }).spec;
  const container = (): Container => {
    const [first, ...others] = podSpec().containers;
    assert.ok(first);
    assert.deepEqual(others, []);
    return first;
  };

  it("names its objects after itself, under its component", () => {
    const made = registered.filter(({ parent }) => parent === `${COMPONENT}::processor`);
    assertNamed(made, "processor");
    assert.equal(made.length, 10);
  });

  it("runs in the models' namespace and reads its ConfigMaps, nothing else", () => {
    assert.deepEqual(inputs("rbac.authorization.k8s.io/v1:Role").metadata, {
      name: "payload-processor",
      namespace: "llm-d",
    });
    assert.deepEqual(inputs("rbac.authorization.k8s.io/v1:Role").rules, [
      { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] },
    ]);
    assert.deepEqual(inputs("rbac.authorization.k8s.io/v1:RoleBinding").subjects, [
      { kind: "ServiceAccount", name: "payload-processor", namespace: "llm-d" },
    ]);
    assert.equal(podSpec().serviceAccountName, "payload-processor");
  });

  it("runs two replicas of its image, spread out, with the class of pods that requests depend on", () => {
    assert.equal(container().image, PINNED);
    assert.equal(deployment().replicas, 2);
    assert.equal(podSpec().priorityClassName, "llmd-routing");
    assert.equal(inputs("policy/v1:PodDisruptionBudget").spec?.maxUnavailable, 1);
    assert.deepEqual(podSpec().topologySpreadConstraints, spreadConstraints({ app: "payload-processor" }));
  });

  it("writes the requested model into a header, and the base model of an adapter into another", () => {
    const data = inputs("core/v1:ConfigMap").data as Record<string, string>;
    assert.deepEqual(container().args.slice(0, 2), ["--config-file", "/config/processing.yaml"]);
    assert.deepEqual(parse(data["processing.yaml"] ?? ""), {
      apiVersion: "llm-d.ai/v1alpha1",
      kind: "PayloadProcessorConfig",
      plugins: [
        { type: "body-field-to-header", parameters: { fieldName: "model", headerName: "X-Gateway-Model-Name" } },
        { type: "base-model-to-header" },
      ],
      profiles: [
        {
          name: "default",
          plugins: { request: [{ pluginRef: "body-field-to-header" }, { pluginRef: "base-model-to-header" }] },
        },
      ],
    });
  });

  it("has no privileges", () => {
    assert.deepEqual(podSpec().securityContext, {
      runAsNonRoot: true,
      runAsUser: 65532,
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.deepEqual(container().securityContext, {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("is called by gRPC over TLS with a self-signed certificate, and taken out when it fails", () => {
    assert.deepEqual(inputs("core/v1:Service").spec?.ports, [
      { name: "grpc-ext-proc", port: 9004, targetPort: 9004, appProtocol: "kubernetes.io/h2c" },
    ]);
    const { metadata, spec } = inputs("networking.istio.io/v1:DestinationRule");
    assert.deepEqual(metadata, { name: "payload-processor", namespace: "llm-d" });
    const { host, trafficPolicy } = spec as { host: string; trafficPolicy: Record<string, unknown> };
    const { tls, ...detection } = trafficPolicy;
    assert.equal(host, HOST);
    assert.deepEqual(tls, { mode: "SIMPLE", insecureSkipVerify: true });
    assert.deepEqual(Object.keys(detection), ["connectionPool", "outlierDetection"]);
  });

  const filter = () => only(registered, "kubernetes:networking.istio.io/v1alpha3:EnvoyFilter");
  const patches = () => (filter().inputs.spec as { configPatches: { patch: { value: object } }[] }).configPatches;

  it("is called by its Gateway alone, before all other filters, and its failure fails the request", () => {
    assert.deepEqual(filter().inputs.metadata, { name: "payload-processor", namespace: "llm-d-gateway" });
    const { targetRefs } = filter().inputs.spec as { targetRefs: object };
    assert.deepEqual(targetRefs, [
      { group: "gateway.networking.k8s.io", kind: "Gateway", name: "llm-d-inference-gateway" },
    ]);
    assert.deepEqual(
      patches()[0],
      firstFilter({
        name: "envoy.filters.http.ext_proc.payload-processor",
        typed_config: {
          "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor",
          failure_mode_allow: false,
          status_on_error: { code: "ServiceUnavailable" },
          allow_mode_override: true,
          message_timeout: "1000s",
          processing_mode: {
            request_header_mode: "SEND",
            request_body_mode: "FULL_DUPLEX_STREAMED",
            request_trailer_mode: "SEND",
            response_header_mode: "SEND",
            response_body_mode: "FULL_DUPLEX_STREAMED",
            response_trailer_mode: "SEND",
          },
          grpc_service: { envoy_grpc: { cluster_name: `outbound|9004||${HOST}` } },
        },
      }),
    );
  });

  it("is not called where a route matches without it, so that models stay reachable at their own paths", () =>
    assert.deepEqual(
      patches()[1],
      routeSettings({
        typed_per_filter_config: {
          "envoy.filters.http.ext_proc.payload-processor": {
            "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig",
            disabled: true,
          },
        },
      }),
    ));

  it("has its headers removed from client requests before a route is looked up", () =>
    assert.deepEqual(
      patches()[2],
      httpSettings({
        early_header_mutation_extensions: [
          {
            name: "envoy.http.early_header_mutation.header_mutation",
            typed_config: {
              "@type":
                "type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
              mutations: [{ remove: "x-gateway-model-name" }, { remove: "x-gateway-base-model-name" }],
            },
          },
        ],
      }),
    ));

  it("has its connections closed when it hangs", () => assert.deepEqual(patches().slice(3), [keepalive(9004)]));

  it("is called only after it runs", () =>
    assert.deepEqual(filter().dependencies, [
      "kubernetes:apps/v1:Deployment::processor-deployment",
      "kubernetes:core/v1:Service::processor-service",
    ]));

  it("is scraped at a port of its container", () => {
    const { spec } = inputs("monitoring.coreos.com/v1:PodMonitor");
    assert.deepEqual(spec?.podMetricsEndpoints, [{ port: "metrics", path: "/metrics" }]);
    assert.ok(container().ports.some(({ name, containerPort }) => name === "metrics" && containerPort === 9090));
  });
});
