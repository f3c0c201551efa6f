/**
 * llm-d's payload processor: copies the model that a request names into a header, which the routes of several models behind one
 * path match on. Objects as in its chart. Flags, ports and configuration are those of v0.1.0: pkg/server/options.go,
 * apix/config/v1alpha1.
 */
import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { EXT_PROC_PORT_NAME, PROCESSOR_LABELS, PROCESSOR_PORTS } from "../catalog/serving";
import { IMAGES } from "../catalog/versions";
import { GATEWAY_GROUP } from "../contracts/httpRoute";
import type { ObjectName } from "../contracts/outputs";
import { fromField, spreadConstraints } from "../contracts/placement";
import { createExtProcRule, serviceHost } from "../contracts/serviceHost";
import type { PartArgs } from "./charts";
import { type ConfigPatch, envoyFilter } from "./gateways/customResources";
import { extension, firstFilter, httpSettings, keepalive, routeSettings } from "./gateways/envoyPatches";
import { REPLICAS, RESOURCES } from "./podSizes";

interface PayloadProcessorArgs extends PartArgs {
  /** Gateway whose requests it reads. */
  readonly gateway: pulumi.Input<ObjectName>;
  /** Image with a digest. @default - the catalogue's release */
  readonly image?: string | undefined;
}

/** Name in upstream's chart. */
const NAME = "payload-processor";

/** Writes the requested model into one header, and the base model of a requested adapter into another. */
const PROCESSING = stringify({
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
const CONFIG_FILE = "processing.yaml";
const CONFIG_FOLDER = "/config";

/**
 * Two replicas in the models' namespace. Each model has a ConfigMap there with the names it answers to, labelled
 * `inference.llm-d.ai/ipp-managed: "true"`; the processor may read ConfigMaps of its own namespace only. Needs the CRDs of Istio
 * and of the Prometheus operator.
 */
export class PayloadProcessor extends pulumi.ComponentResource {
  constructor(name: string, args: PayloadProcessorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:PayloadProcessor", name, {}, opts);
    const context: Context = { name, args, opts: { parent: this, provider: args.kubernetes } };
    const rbac = createRbac(context);
    const file = createConfigFile(context);
    const processor = createDeployment(context, file, rbac);
    createBudget(context);
    createMonitor(context);
    const service = createService(context);
    createRule(context);
    // Last: from here on the gateway sends it requests.
    createFilter(context, [processor, service]);
    this.registerOutputs({});
  }
}

interface Context {
  readonly name: string;
  readonly args: PayloadProcessorArgs;
  readonly opts: pulumi.CustomResourceOptions;
}

const metadataOf = ({ args }: Context) => ({ name: NAME, namespace: args.namespaces.name("models") });

/** Permission to read the ConfigMaps of its namespace. */
function createRbac(context: Context): k8s.rbac.v1.RoleBinding {
  const { name, opts } = context;
  const metadata = metadataOf(context);
  const account = new k8s.core.v1.ServiceAccount(`${name}-account`, { metadata }, opts);
  const role = new k8s.rbac.v1.Role(
    `${name}-role`,
    { metadata, rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] }] },
    opts,
  );
  return new k8s.rbac.v1.RoleBinding(
    `${name}-binding`,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
      subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace: metadata.namespace }],
    },
    opts,
  );
}

const createConfigFile = (context: Context) =>
  new k8s.core.v1.ConfigMap(
    `${context.name}-config`,
    { metadata: metadataOf(context), data: { [CONFIG_FILE]: PROCESSING } },
    context.opts,
  );

function createDeployment(
  context: Context,
  file: k8s.core.v1.ConfigMap,
  rbac: k8s.rbac.v1.RoleBinding,
): k8s.apps.v1.Deployment {
  return new k8s.apps.v1.Deployment(
    `${context.name}-deployment`,
    {
      metadata: metadataOf(context),
      spec: {
        // Each replica is independent. With a single one, the loss of its node would stop requests by name.
        replicas: REPLICAS,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector: { matchLabels: PROCESSOR_LABELS },
        template: {
          metadata: {
            labels: PROCESSOR_LABELS,
            // It reads its configuration only when it starts.
            annotations: { "llmd/config-sha256": createHash("sha256").update(PROCESSING).digest("hex") },
          },
          spec: {
            serviceAccountName: NAME,
            priorityClassName: context.args.priorityClasses.routing,
            securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
            topologySpreadConstraints: spreadConstraints(PROCESSOR_LABELS),
            containers: [container(context.args)],
            volumes: [{ name: "config", configMap: { name: file.metadata.name } }],
          },
        },
      },
    },
    { ...context.opts, dependsOn: [rbac] },
  );
}

function container({ image = IMAGES.payloadProcessor }: PayloadProcessorArgs) {
  return {
    name: NAME,
    image,
    args: [
      ...["--config-file", `${CONFIG_FOLDER}/${CONFIG_FILE}`],
      "--v=2",
      "--tracing=false",
      "--enable-pprof=false",
      // Access is restricted by network policies.
      "--metrics-endpoint-auth=false",
    ],
    env: [fromField("NAMESPACE", "metadata.namespace")],
    ports: [
      { name: "grpc", containerPort: PROCESSOR_PORTS.extProc },
      { name: "grpc-health", containerPort: PROCESSOR_PORTS.health },
      { name: "metrics", containerPort: PROCESSOR_PORTS.metrics },
    ],
    resources: RESOURCES.payloadProcessor,
    readinessProbe: { grpc: { port: PROCESSOR_PORTS.health }, initialDelaySeconds: 5, periodSeconds: 10 },
    livenessProbe: { grpc: { port: PROCESSOR_PORTS.health }, initialDelaySeconds: 15, periodSeconds: 20 },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    volumeMounts: [{ name: "config", mountPath: CONFIG_FOLDER, readOnly: true }],
  };
}

const createBudget = (context: Context) =>
  new k8s.policy.v1.PodDisruptionBudget(
    `${context.name}-budget`,
    { metadata: metadataOf(context), spec: { maxUnavailable: 1, selector: { matchLabels: PROCESSOR_LABELS } } },
    context.opts,
  );

const createMonitor = (context: Context) =>
  new k8s.apiextensions.CustomResource(
    `${context.name}-monitor`,
    {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PodMonitor",
      metadata: metadataOf(context),
      spec: {
        selector: { matchLabels: PROCESSOR_LABELS },
        podMetricsEndpoints: [{ port: "metrics", path: "/metrics" }],
      },
    },
    context.opts,
  );

const createService = (context: Context) =>
  new k8s.core.v1.Service(
    `${context.name}-service`,
    {
      metadata: metadataOf(context),
      spec: {
        type: "ClusterIP",
        selector: PROCESSOR_LABELS,
        ports: [
          {
            name: EXT_PROC_PORT_NAME,
            port: PROCESSOR_PORTS.extProc,
            targetPort: PROCESSOR_PORTS.extProc,
            appProtocol: "kubernetes.io/h2c",
          },
        ],
      },
    },
    context.opts,
  );

/** The resource keeps the name from when the rule was about TLS alone. */
const createRule = (context: Context) => createExtProcRule(`${context.name}-tls`, metadataOf(context), context.opts);

/** Filter before all others of the Gateway, since routes match on the headers it sets. */
function createFilter(context: Context, dependsOn: pulumi.Resource[]): k8s.apiextensions.CustomResource {
  const gateway = pulumi.output(context.args.gateway);
  return envoyFilter(
    `${context.name}-filter`,
    // A filter reaches Gateways of its own namespace only.
    { name: NAME, namespace: gateway.namespace },
    {
      targetRefs: [{ group: GATEWAY_GROUP, kind: "Gateway", name: gateway.name }],
      configPatches: processorPatches(context),
    },
    { ...context.opts, dependsOn },
  );
}

const FILTER = "envoy.filters.http.ext_proc.payload-processor";

/**
 * Patches that send requests to the processor when no route matches them on arrival: a request at the shared path has no header
 * yet. A request at a model's own path matches a route at once, and that route disables the filter
 * (config.route.v3.FilterConfig), so it does not need the processor. Headers from clients are removed before the first route is
 * looked up.
 */
const processorPatches = (context: Context): ConfigPatch[] => [
  firstFilter({ name: FILTER, typed_config: filterConfig(context) }),
  routeSettings({ typed_per_filter_config: { [FILTER]: SKIPPED } }),
  httpSettings({ early_header_mutation_extensions: [WITHOUT_MODEL_HEADERS] }),
  keepalive(PROCESSOR_PORTS.extProc),
];

const SKIPPED = { "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", disabled: true };

const WITHOUT_MODEL_HEADERS = {
  name: "envoy.http.early_header_mutation.header_mutation",
  typed_config: {
    ...extension("http.early_header_mutation.header_mutation.v3.HeaderMutation"),
    mutations: ["x-gateway-model-name", "x-gateway-base-model-name"].map(remove => ({ remove })),
  },
};

const filterConfig = (context: Context) => ({
  ...extension("filters.http.ext_proc.v3.ExternalProcessor"),
  // Without its header a request would end with an unexplained 404.
  failure_mode_allow: false,
  // Not Envoy's 500: the request is valid, and a retry helps.
  status_on_error: { code: "ServiceUnavailable" },
  allow_mode_override: true,
  // As llm-d's own Envoy waits for its endpoint picker. Envoy's default is 0.2 s, and a body may take longer to arrive.
  message_timeout: "1000s",
  processing_mode: {
    request_header_mode: "SEND",
    request_body_mode: "FULL_DUPLEX_STREAMED",
    request_trailer_mode: "SEND",
    response_header_mode: "SEND",
    response_body_mode: "FULL_DUPLEX_STREAMED",
    response_trailer_mode: "SEND",
  },
  grpc_service: {
    envoy_grpc: {
      cluster_name: pulumi.interpolate`outbound|${PROCESSOR_PORTS.extProc}||${serviceHost(metadataOf(context))}`,
    },
  },
});
