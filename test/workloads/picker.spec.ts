import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import { parse } from "yaml";
import { IMAGES } from "../../catalog/versions";
import { createPicker, type PickerConfig } from "../../workloads/picker";
import { only, type Registered, registeredBy } from "../support/mockedProgram";
import {
  ACCOUNT,
  argsOf,
  BINDING,
  CONFIG_MAP,
  containerIn,
  DEPLOYMENT,
  DESTINATION_RULE,
  deploymentIn,
  POOL,
  ROLE,
  registeredByModel,
  SERVICE,
} from "../support/modelService";

const NAME = "qwen3-32b-v1-epp";

/** As in llm-d v0.9.0, guides/optimized-baseline/router/optimized-baseline.values.yaml. */
const PUBLISHED = {
  apiVersion: "llm-d.ai/v1alpha1",
  kind: "EndpointPickerConfig",
  plugins: [
    { type: "approx-prefix-cache-producer" },
    { type: "inflight-load-producer" },
    { type: "prefix-cache-affinity-filter" },
    { type: "token-load-scorer" },
  ],
  schedulingProfiles: [
    {
      name: "default",
      plugins: [{ pluginRef: "prefix-cache-affinity-filter" }, { pluginRef: "token-load-scorer" }],
    },
  ],
};

const metadata = (suffix = "") => ({ name: `${NAME}${suffix}`, namespace: "llm-d" });

/** The content of the picker's configuration file. */
function fileIn(registered: readonly Registered[]): string {
  const { data } = only(registered, CONFIG_MAP).inputs as { data: Readonly<Record<string, string>> };
  assert.deepEqual(Object.keys(data), ["picker.yaml"]);
  return data["picker.yaml"] ?? "";
}

const templateIn = (registered: readonly Registered[]) =>
  deploymentIn(only(registered, DEPLOYMENT, NAME)).spec.template;

describe("the endpoint picker", () => {
  let registered: Registered[];

  before(async () => {
    registered = await registeredByModel();
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

  it("chooses as upstream publishes it for this path", () => {
    assert.deepEqual(parse(fileIn(registered)), PUBLISHED);
    assert.deepEqual(only(registered, CONFIG_MAP).inputs.metadata, metadata());
  });

  it("runs once, and never twice at a time: its view of caches and load is its own", () => {
    const { inputs } = only(registered, DEPLOYMENT, NAME);
    const { replicas, strategy } = deploymentIn(only(registered, DEPLOYMENT, NAME)).spec;
    assert.deepEqual(inputs.metadata, metadata());
    assert.equal(replicas, 1);
    assert.deepEqual(strategy, { type: "Recreate" });
  });

  it("is found by its own label, by its Deployment as by its Service", () => {
    const own = { "llm-d-router-gateway": NAME };
    assert.deepEqual(deploymentIn(only(registered, DEPLOYMENT, NAME)).spec.selector, { matchLabels: own });
    assert.deepEqual((only(registered, SERVICE).inputs.spec as { selector: object }).selector, own);
    assert.deepEqual(templateIn(registered).metadata.labels, { ...own, "llm-d.ai/igw-mode": "llm-d-router-gateway" });
  });

  it("is told its pool, its configuration and its ports", () =>
    assert.deepEqual(containerIn(only(registered, DEPLOYMENT, NAME)).args, [
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
      "--enable-grpc-stream-metrics",
    ]));

  it("runs upstream's image with the sizes of upstream's recipes", () => {
    const { name, image, resources } = containerIn(only(registered, DEPLOYMENT, NAME));
    assert.equal(name, "epp");
    assert.equal(image, IMAGES.endpointPicker);
    assert.deepEqual(resources, { requests: { cpu: "4", memory: "8Gi" }, limits: { memory: "16Gi" } });
  });

  it("answers the gateway, health checks and the collection of metrics on a port each", () =>
    assert.deepEqual(containerIn(only(registered, DEPLOYMENT, NAME)).ports, [
      { name: "grpc", containerPort: 9002 },
      { name: "grpc-health", containerPort: 9003 },
      { name: "metrics", containerPort: 9090 },
    ]));

  it("is asked for its health over gRPC", () => {
    const { livenessProbe, readinessProbe, startupProbe } = containerIn(only(registered, DEPLOYMENT, NAME));
    const grpc = { port: 9003, service: "inference-extension" };
    assert.deepEqual(livenessProbe, { grpc, initialDelaySeconds: 5, periodSeconds: 10 });
    assert.deepEqual(readinessProbe, { grpc, initialDelaySeconds: 5, periodSeconds: 2 });
    assert.equal(startupProbe, undefined);
  });

  it("learns its own pod's name and namespace", () =>
    assert.deepEqual(containerIn(only(registered, DEPLOYMENT, NAME)).env, [
      { name: "NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
      { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    ]));

  it("runs without root, privileges and capabilities", () => {
    assert.deepEqual(templateIn(registered).spec.securityContext, {
      runAsNonRoot: true,
      runAsUser: 65532,
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.deepEqual(containerIn(only(registered, DEPLOYMENT, NAME)).securityContext, {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("has its account, its configuration and the time it needs to drain", () => {
    const { serviceAccountName, volumes, terminationGracePeriodSeconds } = templateIn(registered).spec;
    assert.equal(serviceAccountName, NAME);
    assert.deepEqual(volumes, [{ name: "config", configMap: { name: NAME } }]);
    assert.deepEqual(containerIn(only(registered, DEPLOYMENT, NAME)).volumeMounts, [
      { name: "config", mountPath: "/config", readOnly: true },
    ]);
    assert.equal(terminationGracePeriodSeconds, 130);
  });

  it("starts when it has its rights and its pool, without which it does not become Ready", () =>
    assert.deepEqual(only(registered, DEPLOYMENT, NAME).dependencies, [
      `${CONFIG_MAP}::${NAME}`,
      `${ACCOUNT}::${NAME}`,
      `${POOL}::qwen3-32b-v1`,
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

  it("is asked over TLS, and trusted with the certificate it signs itself", () =>
    assert.deepEqual(only(registered, DESTINATION_RULE).inputs, {
      apiVersion: "networking.istio.io/v1",
      kind: "DestinationRule",
      metadata: metadata(),
      spec: {
        host: `${NAME}.llm-d.svc.cluster.local`,
        trafficPolicy: { tls: { mode: "SIMPLE", insecureSkipVerify: true } },
      },
    }));
});

describe("the endpoint picker's configuration", () => {
  const configs: readonly { what: string; config: PickerConfig }[] = [
    { what: "upstream's", config: PUBLISHED as PickerConfig },
    { what: "another", config: { ...(PUBLISHED as PickerConfig), plugins: [{ type: "queue-scorer" }] } },
  ];

  const withConfig = (config: PickerConfig): Promise<Registered[]> =>
    registeredBy(() => {
      const args = argsOf();
      const opts = { provider: args.kubernetes };
      const identity = { model: args.name, revision: args.revision, guide: "optimized-baseline" };
      createPicker({ identity, args, opts }, config, new k8s.core.v1.ConfigMap("stands-for-the-pool", {}, opts));
    });

  const digestIn = (registered: readonly Registered[]) => templateIn(registered).metadata.annotations;

  for (const { what, config } of configs)
    it(`restarts the picker when it changes: ${what}`, async () => {
      const registered = (await withConfig(config)).filter(({ name }) => name === NAME);
      const file = fileIn(registered);
      assert.deepEqual(parse(file), config);
      assert.deepEqual(digestIn(registered), {
        "llmd/config-sha256": createHash("sha256").update(file).digest("hex"),
      });
    });

  it("leaves the picker alone when only the servers change", async () => {
    const [first, second] = [await registeredByModel(), await registeredByModel(() => ({ maxModelLen: 4096 }))];
    assert.deepEqual(templateIn(first), templateIn(second));
  });
});
