/**
 * The endpoint picker: the gateway asks it, for each request, which model server shall answer. Objects, names and labels
 * are those of llm-d's chart `llm-d-router-gateway` v0.10.0; of the labels those that something selects by.
 */
import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { IMAGES } from "../catalog/versions";
import { destinationRule, INFERENCE_GROUP } from "./customResources";
import type { ModelContext } from "./modelService";
import { pickerName, revisionName } from "./names";

/** The picker's own configuration: which plugins it has, and which of them choose. */
export interface PickerConfig {
  readonly apiVersion: "llm-d.ai/v1alpha1";
  readonly kind: "EndpointPickerConfig";
  readonly plugins: readonly { readonly type: string }[];
  readonly schedulingProfiles: readonly {
    readonly name: string;
    readonly plugins: readonly { readonly pluginRef: string }[];
  }[];
}

/** Port of the picker's Service where the gateway asks. */
export const PICKER_PORT = 9002;

const HEALTH_PORT = 9003;
const METRICS_PORT = 9090;
const CONFIG_FILE = "picker.yaml";
const CONFIG_FOLDER = "/config";

/** @param pool without which the picker does not become Ready. */
export function createPicker(context: ModelContext, config: PickerConfig, pool: pulumi.Resource): void {
  const account = createAccount(context);
  const rights = createRights(context, account);
  const file = createConfigFile(context, config);
  createDeployment(context, account, file, [...rights, pool]);
  createService(context);
  trustItsCertificate(context);
}

const metadataOf = ({ identity, args }: ModelContext, suffix = "") => ({
  name: `${pickerName(identity)}${suffix}`,
  namespace: args.namespace,
});

function createAccount(context: ModelContext): k8s.core.v1.ServiceAccount {
  const metadata = metadataOf(context);
  return new k8s.core.v1.ServiceAccount(metadata.name, { metadata }, context.opts);
}

const READ = ["get", "watch", "list"];

/** What the picker watches: the pods it chooses among, and what describes its pool. */
const RIGHTS = [
  { suffix: "-sa", rules: [{ apiGroups: [""], resources: ["pods"], verbs: READ }] },
  {
    suffix: "-non-sa",
    rules: [
      {
        apiGroups: ["llm-d.ai", "inference.networking.x-k8s.io"],
        resources: ["inferenceobjectives", "inferencemodelrewrites"],
        verbs: READ,
      },
      { apiGroups: [INFERENCE_GROUP], resources: ["inferencepools"], verbs: READ },
    ],
  },
];

/** Rights in the model's namespace only. */
const createRights = (context: ModelContext, account: k8s.core.v1.ServiceAccount): k8s.rbac.v1.RoleBinding[] =>
  RIGHTS.map(({ suffix, rules }) => {
    const metadata = metadataOf(context, suffix);
    const role = new k8s.rbac.v1.Role(metadata.name, { metadata, rules }, context.opts);
    return new k8s.rbac.v1.RoleBinding(
      metadata.name,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace: metadata.namespace }],
      },
      context.opts,
    );
  });

interface ConfigFile {
  readonly name: pulumi.Output<string>;
  /** Changes when the content does. */
  readonly digest: string;
}

function createConfigFile(context: ModelContext, config: PickerConfig): ConfigFile {
  const metadata = metadataOf(context);
  const content = stringify(config);
  const map = new k8s.core.v1.ConfigMap(metadata.name, { metadata, data: { [CONFIG_FILE]: content } }, context.opts);
  return { name: map.metadata.name, digest: createHash("sha256").update(content).digest("hex") };
}

/** By which the platform's monitor finds every picker. */
const PICKER_LABELS = { "llm-d.ai/igw-mode": "llm-d-router-gateway" };

/** The label by which the picker's Deployment and Service find its pod. */
const selectorOf = ({ identity }: ModelContext) => ({ "llm-d-router-gateway": pickerName(identity) });

function createDeployment(
  context: ModelContext,
  account: k8s.core.v1.ServiceAccount,
  config: ConfigFile,
  dependsOn: pulumi.Resource[],
): k8s.apps.v1.Deployment {
  const metadata = metadataOf(context);
  const selector = selectorOf(context);
  return new k8s.apps.v1.Deployment(
    metadata.name,
    {
      metadata,
      spec: {
        // One: its view of caches and load is its own, and standby replicas never become Ready, so an `up` would hang.
        replicas: 1,
        strategy: { type: "Recreate" },
        selector: { matchLabels: selector },
        template: {
          metadata: {
            labels: { ...selector, ...PICKER_LABELS },
            // The picker reads its configuration only when it starts.
            annotations: { "llmd/config-sha256": config.digest },
          },
          spec: {
            serviceAccountName: account.metadata.name,
            // It drains for 30 s at least; upstream's.
            terminationGracePeriodSeconds: 130,
            securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
            containers: [container(context)],
            volumes: [{ name: "config", configMap: { name: config.name } }],
          },
        },
      },
    },
    { ...context.opts, dependsOn },
  );
}

const container = ({ identity, args }: ModelContext) => ({
  name: "epp",
  image: IMAGES.endpointPicker,
  args: [
    ...["--pool-name", revisionName(identity)],
    ...["--pool-namespace", args.namespace],
    ...["--pool-group", INFERENCE_GROUP],
    ...["--config-file", `${CONFIG_FOLDER}/${CONFIG_FILE}`],
    ...["--grpc-port", String(PICKER_PORT)],
    ...["--grpc-health-port", String(HEALTH_PORT)],
    ...["--metrics-port", String(METRICS_PORT)],
    ...["--zap-encoder", "json"],
    "--v=2",
    "--tracing=false",
    // Who may ask is for the network policies to say; upstream's guides have it off, too.
    "--metrics-endpoint-auth=false",
    // For the alert EPPExtProcStreamErrors.
    "--enable-grpc-stream-metrics",
  ],
  ports: [
    { name: "grpc", containerPort: PICKER_PORT },
    { name: "grpc-health", containerPort: HEALTH_PORT },
    { name: "metrics", containerPort: METRICS_PORT },
  ],
  env: [fromField("NAMESPACE", "metadata.namespace"), fromField("POD_NAME", "metadata.name")],
  // Half a core to a core for each request a second; upstream's recipes start with these.
  resources: { requests: { cpu: "4", memory: "8Gi" }, limits: { memory: "16Gi" } },
  livenessProbe: { grpc: HEALTH, initialDelaySeconds: 5, periodSeconds: 10 },
  readinessProbe: { grpc: HEALTH, initialDelaySeconds: 5, periodSeconds: 2 },
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  volumeMounts: [{ name: "config", mountPath: CONFIG_FOLDER, readOnly: true }],
});

const HEALTH = { port: HEALTH_PORT, service: "inference-extension" };

const fromField = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });

function createService(context: ModelContext): k8s.core.v1.Service {
  const metadata = { ...metadataOf(context), labels: PICKER_LABELS };
  return new k8s.core.v1.Service(
    metadata.name,
    {
      metadata,
      spec: {
        type: "ClusterIP",
        selector: selectorOf(context),
        ports: [
          { name: "grpc-ext-proc", port: PICKER_PORT, targetPort: PICKER_PORT, appProtocol: "kubernetes.io/h2c" },
          { name: "http-metrics", port: METRICS_PORT, targetPort: METRICS_PORT },
        ],
      },
    },
    context.opts,
  );
}

/**
 * The picker serves TLS with a certificate it signs itself. Without this rule Istio asks in clear, and every request ends
 * with 500: istio#59577.
 */
function trustItsCertificate(context: ModelContext): k8s.apiextensions.CustomResource {
  const { name, namespace } = metadataOf(context);
  return destinationRule(
    name,
    { name, namespace },
    {
      host: pulumi.interpolate`${name}.${namespace}.svc.cluster.local`,
      trafficPolicy: { tls: { mode: "SIMPLE", insecureSkipVerify: true } },
    },
    context.opts,
  );
}
