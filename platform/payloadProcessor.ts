/**
 * llm-d's payload processor: reads which model a request names and says so in a header, by which the routes of several
 * models behind one path are told apart. Objects as in its chart. Flags, ports and configuration are those of v0.1.0:
 * pkg/server/options.go, apix/config/v1alpha1.
 */
import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { EXT_PROC_PORT_NAME, PROCESSOR_LABELS, PROCESSOR_PORTS } from "../catalog/serving";
import { GATEWAY_GROUP } from "../contracts/httpRoute";
import type { ObjectName } from "../contracts/outputs";
import { fromField, spreadConstraints } from "../contracts/placement";
import { createExtProcRule, serviceHost } from "../contracts/serviceHost";
import { type ConfigPatch, envoyFilter } from "./gateways/customResources";
import { extension, firstFilter, httpSettings, keepalive, routeSettings } from "./gateways/envoyPatches";
import { REPLICAS, RESOURCES } from "./podSizes";

export interface PayloadProcessorArgs {
  readonly kubernetes: k8s.Provider;
  /**
   * Where the models are: each has a ConfigMap there, labelled `inference.llm-d.ai/ipp-managed: "true"`, with the names it
   * answers to, and the processor may read those of its own namespace only.
   */
  readonly namespace: pulumi.Input<string>;
  /** The Gateway whose requests it reads. */
  readonly gateway: pulumi.Input<ObjectName>;
  /** By version or digest. */
  readonly pinnedImage: string;
  /** Of its pods: no request finds its model by name without them. */
  readonly priorityClass: pulumi.Input<string>;
}

/** Upstream's name. */
const NAME = "payload-processor";

/** Header that holds the model a request names, and the one that holds the model whose adapter that is. */
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

/** Needs the CRDs of Istio and of the Prometheus operator. */
export class PayloadProcessor extends pulumi.ComponentResource {
  constructor(name: string, args: PayloadProcessorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:PayloadProcessor", name, {}, opts);
    const context: Context = { name, args, opts: { parent: this, provider: args.kubernetes } };
    const rights = createRights(context);
    const file = createConfigFile(context);
    const processor = createDeployment(context, file, rights);
    createBudget(context);
    createMonitor(context);
    const service = createService(context);
    createRule(context);
    // Last: from then on requests are read.
    createFilter(context, [processor, service]);
    this.registerOutputs({});
  }
}

interface Context {
  readonly name: string;
  readonly args: PayloadProcessorArgs;
  readonly opts: pulumi.CustomResourceOptions;
}

const metadataOf = ({ args }: Context) => ({ name: NAME, namespace: args.namespace });

/** An account that reads the ConfigMaps of its namespace. */
function createRights(context: Context): k8s.rbac.v1.RoleBinding {
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
  rights: k8s.rbac.v1.RoleBinding,
): k8s.apps.v1.Deployment {
  return new k8s.apps.v1.Deployment(
    `${context.name}-deployment`,
    {
      metadata: metadataOf(context),
      spec: {
        // Each reads for itself; with one, its node's end would be everybody's.
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
            priorityClassName: context.args.priorityClass,
            securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
            topologySpreadConstraints: spreadConstraints(PROCESSOR_LABELS),
            containers: [container(context.args)],
            volumes: [{ name: "config", configMap: { name: file.metadata.name } }],
          },
        },
      },
    },
    { ...context.opts, dependsOn: [rights] },
  );
}

function container({ pinnedImage }: PayloadProcessorArgs) {
  const image = pinnedImage;
  return {
    name: NAME,
    image,
    args: [
      ...["--config-file", `${CONFIG_FOLDER}/${CONFIG_FILE}`],
      "--v=2",
      "--tracing=false",
      "--enable-pprof=false",
      // Who may ask is for the network policies to say.
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

/** The Pulumi name is of the time when the rule was about TLS alone. */
const createRule = (context: Context) => createExtProcRule(`${context.name}-tls`, metadataOf(context), context.opts);

/** Stands before all other filters of the Gateway: routes match on the headers it sets. */
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
 * Asks the processor about requests that no route matches as they arrive, which is what a request at the path that models
 * share does before it has its header. A request at a model's own path matches a route at once, and goes on without the
 * processor, whether it is there or not: Envoy leaves a filter out that the first route disables
 * (config.route.v3.FilterConfig). No client brings the header along: it is gone before the first route is looked for.
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
  // Unread, a request has no header to be routed by and would end as a 404 that nobody can explain.
  failure_mode_allow: false,
  // Not Envoy's 500: nothing is wrong with the request, and asking again helps.
  status_on_error: { code: "ServiceUnavailable" },
  allow_mode_override: true,
  // As llm-d's own Envoy waits for its picker. By itself Envoy waits 0.2 s, and a body may be on its way for longer.
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
