import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { parse } from "yaml";
import { IMAGES } from "../../../catalog/versions";
import { PATHS } from "../../../workloads/paths";
import { createPicker } from "../../../workloads/picker";
import type { PickerConfig } from "../../../workloads/picker/config";
import type { RevisionPlan } from "../../../workloads/plan";
import { only, type Registered } from "../../support/mockedProgram";
import {
  ACCOUNT,
  BINDING,
  CONFIG_MAP,
  containerIn,
  DEPLOYMENT,
  DESTINATION_RULE,
  deploymentIn,
  ROLE,
  SERVICE,
} from "../../support/modelService";
import { BUDGET, onPath, PLAN, poolStandIn, registeredWith, STAND_IN } from "../fixtures";

const NAME = "qwen3-32b-v1-epp";

const metadata = (suffix = "") => ({ name: `${NAME}${suffix}`, namespace: "llm-d" });

const PUBLISHED = PATHS.optimizedBaseline.pickerConfig(PLAN);

const picked = (fields: Partial<RevisionPlan> = {}): Promise<Registered[]> =>
  registeredWith(context => createPicker(context, poolStandIn(context)), fields);

/** The content of the picker's configuration file. */
function fileIn(registered: readonly Registered[]): string {
  const { data } = only(registered, CONFIG_MAP).inputs as { data: Readonly<Record<string, string>> };
  assert.deepEqual(Object.keys(data), ["picker.yaml"]);
  return data["picker.yaml"] ?? "";
}

const templateIn = (registered: readonly Registered[]) => deploymentIn(only(registered, DEPLOYMENT)).spec.template;

describe("the endpoint picker", () => {
  let registered: Registered[];

  before(async () => {
    registered = await picked();
  });

  it("has an account of its own", () =>
    assert.deepEqual(only(registered, ACCOUNT, NAME).inputs, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: metadata(),
    }));

  const READ = ["get", "watch", "list"];
  const roles = [
    { suffix: "-sa", what: "pods", rules: [{ apiGroups: [""], resources: ["pods"], verbs: READ }] },
    {
      suffix: "-non-sa",
      what: "what describes its pool",
      rules: [
        {
          apiGroups: ["llm-d.ai", "inference.networking.x-k8s.io"],
          resources: ["inferenceobjectives", "inferencemodelrewrites"],
          verbs: READ,
        },
        { apiGroups: ["inference.networking.k8s.io"], resources: ["inferencepools"], verbs: READ },
      ],
    },
  ];
  for (const { suffix, what, rules } of roles) {
    it(`may read ${what} in its namespace, and nothing else of it`, () =>
      assert.deepEqual(only(registered, ROLE, `${NAME}${suffix}`).inputs, {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: metadata(suffix),
        rules,
      }));

    it(`reads ${what} through its account`, () =>
      assert.deepEqual(only(registered, BINDING, `${NAME}${suffix}`).inputs, {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "RoleBinding",
        metadata: metadata(suffix),
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: `${NAME}${suffix}` },
        subjects: [{ kind: "ServiceAccount", name: NAME, namespace: "llm-d" }],
      }));
  }

  it("has no rights besides, in its namespace or in the cluster", () => {
    const kinds = registered.filter(({ type }) => type.startsWith("kubernetes:rbac.")).map(({ type }) => type);
    assert.deepEqual(kinds.sort(), [ROLE, ROLE, BINDING, BINDING].sort());
  });

  it("runs once, and never twice at a time: queue, caches and load as it knows them are its own", () => {
    const { inputs } = only(registered, DEPLOYMENT);
    const { replicas, strategy } = deploymentIn(only(registered, DEPLOYMENT)).spec;
    assert.deepEqual(inputs.metadata, metadata());
    assert.equal(replicas, 1);
    assert.deepEqual(strategy, { type: "Recreate" });
  });

  it("does not keep its node from being emptied", () =>
    assert.deepEqual(
      registered.filter(({ type }) => type === BUDGET),
      [],
    ));

  it("is found by its own label, by its Deployment as by its Service", () => {
    const own = { "llm-d-router-gateway": NAME };
    assert.deepEqual(deploymentIn(only(registered, DEPLOYMENT)).spec.selector, { matchLabels: own });
    assert.deepEqual((only(registered, SERVICE).inputs.spec as { selector: object }).selector, own);
    assert.deepEqual(templateIn(registered).metadata.labels, { ...own, "llm-d.ai/igw-mode": "llm-d-router-gateway" });
  });

  it("is told its pool, its configuration and its ports", () =>
    assert.deepEqual(containerIn(only(registered, DEPLOYMENT)).args, [
      "--pool-name",
      "qwen3-32b-v1",
      "--pool-namespace",
      "llm-d",
      "--pool-group",
      "inference.networking.k8s.io",
      "--config-file",
      "/config/picker.yaml",
      "--grpc-port",
      "9002",
      "--grpc-health-port",
      "9003",
      "--metrics-port",
      "9090",
      "--zap-encoder",
      "json",
      "--v=2",
      "--tracing=false",
      "--metrics-endpoint-auth=false",
      "--enable-pprof=false",
      "--enable-grpc-stream-metrics",
    ]));

  it("runs upstream's image before what is less urgent", () => {
    const { name, image } = containerIn(only(registered, DEPLOYMENT));
    assert.equal(name, "epp");
    assert.equal(image, IMAGES.endpointPicker);
    assert.equal(templateIn(registered).spec.priorityClassName, "llmd-routing");
  });

  it("asks for what upstream's recipes ask for", () =>
    assert.deepEqual(containerIn(only(registered, DEPLOYMENT)).resources, {
      requests: { cpu: "3700m", memory: "8Gi" },
      limits: { memory: "16Gi" },
    }));

  it("answers the gateway, health checks and the collection of metrics on a port each", () =>
    assert.deepEqual(containerIn(only(registered, DEPLOYMENT)).ports, [
      { name: "grpc", containerPort: 9002 },
      { name: "grpc-health", containerPort: 9003 },
      { name: "metrics", containerPort: 9090 },
    ]));

  it("is asked for its health over gRPC", () => {
    const { livenessProbe, readinessProbe, startupProbe } = containerIn(only(registered, DEPLOYMENT));
    const grpc = { port: 9003, service: "inference-extension" };
    assert.deepEqual(livenessProbe, { grpc, initialDelaySeconds: 5, periodSeconds: 10 });
    assert.deepEqual(readinessProbe, { grpc, initialDelaySeconds: 5, periodSeconds: 2 });
    assert.equal(startupProbe, undefined);
  });

  it("learns its own pod's name and namespace", () =>
    assert.deepEqual(containerIn(only(registered, DEPLOYMENT)).env, [
      { name: "NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
      { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    ]));

  it("runs without root, privileges and capabilities", () => {
    assert.deepEqual(templateIn(registered).spec.securityContext, {
      runAsNonRoot: true,
      runAsUser: 65532,
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.deepEqual(containerIn(only(registered, DEPLOYMENT)).securityContext, {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("has its account, its configuration and the time it needs to drain", () => {
    const { serviceAccountName, volumes, terminationGracePeriodSeconds } = templateIn(registered).spec;
    assert.equal(serviceAccountName, NAME);
    assert.deepEqual(volumes, [{ name: "config", configMap: { name: NAME } }]);
    assert.deepEqual(containerIn(only(registered, DEPLOYMENT)).volumeMounts, [
      { name: "config", mountPath: "/config", readOnly: true },
    ]);
    assert.equal(terminationGracePeriodSeconds, 130);
  });

  it("starts when it has its rights and its pool, without which it does not become Ready", () =>
    assert.deepEqual(only(registered, DEPLOYMENT).dependencies, [
      `${CONFIG_MAP}::${NAME}`,
      STAND_IN,
      `${ACCOUNT}::${NAME}`,
      `${BINDING}::${NAME}-non-sa`,
      `${BINDING}::${NAME}-sa`,
    ]));

  it("is asked over HTTP/2 in clear as far as its Service knows", () =>
    assert.deepEqual(only(registered, SERVICE).inputs, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { ...metadata(), labels: { "llm-d.ai/igw-mode": "llm-d-router-gateway" } },
      spec: {
        type: "ClusterIP",
        selector: { "llm-d-router-gateway": NAME },
        ports: [
          { name: "grpc-ext-proc", port: 9002, targetPort: 9002, appProtocol: "kubernetes.io/h2c" },
          { name: "http-metrics", port: 9090, targetPort: 9090 },
        ],
      },
    }));

  it("is asked over TLS with the certificate it signs itself, and left alone for 5 s once it fails", () =>
    assert.deepEqual(only(registered, DESTINATION_RULE).inputs, {
      apiVersion: "networking.istio.io/v1",
      kind: "DestinationRule",
      metadata: metadata(),
      spec: {
        host: `${NAME}.llm-d.svc.cluster.local`,
        trafficPolicy: {
          tls: { mode: "SIMPLE", insecureSkipVerify: true },
          connectionPool: { tcp: { connectTimeout: "1s" } },
          outlierDetection: {
            splitExternalLocalOriginErrors: true,
            consecutiveLocalOriginFailures: 1,
            consecutiveGatewayErrors: 1,
            consecutive5xxErrors: 0,
            interval: "1s",
            baseEjectionTime: "5s",
            maxEjectionPercent: 100,
          },
        },
      },
    }));
});

describe("the endpoint picker's file", () => {
  const digestIn = (registered: readonly Registered[]) => templateIn(registered).metadata.annotations;

  const changes: readonly { what: string; fields: Partial<RevisionPlan> }[] = [
    { what: "upstream's", fields: {} },
    { what: "with priorities", fields: { priorities: { premium: 100 } } },
  ];
  for (const { what, fields } of changes)
    it(`restarts the picker when it changes: ${what}`, async () => {
      const registered = await picked(fields);
      assert.deepEqual(digestIn(registered), {
        "llmd/config-sha256": createHash("sha256").update(fileIn(registered)).digest("hex"),
      });
      assert.equal("priorityBands" in parse(fileIn(registered)).flowControl, what === "with priorities");
    });

  it("is the path's, as upstream publishes it, with what reads requests, and with requests that wait in the picker", async () =>
    assert.deepEqual(parse(fileIn(await picked())), {
      ...PUBLISHED,
      plugins: [...PUBLISHED.plugins, { type: "openai-parser" }, { type: "anthropic-parser" }],
      requestHandler: { parsers: [{ pluginRef: "openai-parser" }, { pluginRef: "anthropic-parser" }] },
      featureGates: ["flowControl"],
      flowControl: { defaultRequestTTL: "60s" },
    }));

  it("leaves the picker alone when only the servers change", async () =>
    assert.deepEqual(templateIn(await picked()), templateIn(await picked({ maxModelLen: 4096 }))));

  it("is not written if the picker would not start with it", async () => {
    const broken: PickerConfig = { ...PUBLISHED, plugins: [{ type: "queue-scorer" }, { type: "queue-scorer" }] };
    await assert.rejects(picked(onPath({ pickerConfig: () => broken })), {
      message:
        `the configuration of endpoint picker ${NAME}: there are two plugins "queue-scorer"; ` +
        'profile "default" refers to "prefix-cache-affinity-filter", which is not a plugin of this configuration; ' +
        'profile "default" refers to "token-load-scorer", which is not a plugin of this configuration',
    });
  });
});
