/**
 * The endpoint picker: the gateway asks it, for each request, which model server shall answer. Objects, names and labels
 * are those of llm-d's chart `llm-d-router-gateway` v0.10.0; of the labels those that something selects by.
 */
import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import {
  EXT_PROC_PORT_NAME,
  LABELS,
  PICKER_LABELS,
  PICKER_METRICS_PORT_NAME,
  PICKER_PORTS,
} from "../../catalog/serving";
import { IMAGES } from "../../catalog/versions";
import { INFERENCE_GROUP } from "../../contracts/httpRoute";
import { fromField } from "../../contracts/placement";
import { createExtProcRule } from "../../contracts/serviceHost";
import type { RevisionContext } from "../context";
import { pickerName, type RevisionKey, revisionName } from "../names";
import { configProblems } from "./config";
import { modelConfig } from "./modelConfig";
import { createRbac, type PickerRbac, pickerMetadata } from "./rbac";
import { pickerResources } from "./resources";

const CONFIG_FILE = "picker.yaml";
const CONFIG_FOLDER = "/config";

/**
 * No budget of disruptions stands before its one pod: a budget would keep the pod's node from ever being emptied. While the
 * pod moves, the pool's `failureMode` says what becomes of requests.
 * @param pool without which the picker does not become Ready.
 * @throws Error if the configuration could not be read by the picker: a mistake in a path.
 */
export function createPicker(context: RevisionContext, pool: pulumi.Resource): k8s.apps.v1.Deployment {
  const rbac = createRbac(context);
  const file = createConfigFile(context);
  createService(context);
  createExtProcRule(pickerName(context.key), pickerMetadata(context), context.opts);
  return createDeployment(context, { rbac, file, pool });
}

interface ConfigFile {
  readonly name: pulumi.Output<string>;
  /** Changes when the content does. */
  readonly digest: string;
}

function createConfigFile(context: RevisionContext): ConfigFile {
  const metadata = pickerMetadata(context);
  const config = modelConfig(context.plan);
  const problems = configProblems(config);
  if (problems.length > 0)
    throw new Error(`the configuration of endpoint picker ${metadata.name}: ${problems.join("; ")}`);
  const content = stringify(config);
  const map = new k8s.core.v1.ConfigMap(metadata.name, { metadata, data: { [CONFIG_FILE]: content } }, context.opts);
  return { name: map.metadata.name, digest: createHash("sha256").update(content).digest("hex") };
}

interface Needs {
  readonly rbac: PickerRbac;
  readonly file: ConfigFile;
  readonly pool: pulumi.Resource;
}

function createDeployment(context: RevisionContext, { rbac, file, pool }: Needs): k8s.apps.v1.Deployment {
  const metadata = pickerMetadata(context);
  const selector = pickerSelector(context.key);
  return new k8s.apps.v1.Deployment(
    metadata.name,
    {
      metadata,
      spec: {
        // One, whatever the configuration: the requests that wait, the load it has handed out and what it knows of caches
        // are in its memory, so two would each see half. Standby replicas never become Ready, and an `up` would hang.
        replicas: 1,
        strategy: { type: "Recreate" },
        selector: { matchLabels: selector },
        template: {
          metadata: {
            labels: { ...selector, ...PICKER_LABELS },
            // The picker reads its configuration only when it starts.
            annotations: { "llmd/config-sha256": file.digest },
          },
          spec: {
            serviceAccountName: rbac.account.metadata.name,
            // Variables for every Service of the namespace would be more with each model.
            enableServiceLinks: false,
            priorityClassName: pulumi.output(context.cluster.priorityClasses).routing,
            // It drains for 30 s at least; upstream's.
            terminationGracePeriodSeconds: 130,
            securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
            containers: [container(context)],
            volumes: [{ name: "config", configMap: { name: file.name } }],
          },
        },
      },
    },
    { ...context.opts, dependsOn: [...rbac.bindings, pool] },
  );
}

const container = ({ key, plan, cluster }: RevisionContext) => ({
  name: "epp",
  image: IMAGES.endpointPicker,
  args: [
    ...["--pool-name", revisionName(key)],
    ...["--pool-namespace", cluster.namespace],
    ...["--pool-group", INFERENCE_GROUP],
    ...["--config-file", `${CONFIG_FOLDER}/${CONFIG_FILE}`],
    ...["--grpc-port", String(PICKER_PORTS.extProc)],
    ...["--grpc-health-port", String(PICKER_PORTS.health)],
    ...["--metrics-port", String(PICKER_PORTS.metrics)],
    ...["--zap-encoder", "json"],
    "--v=2",
    "--tracing=false",
    // Who may ask is for the network policies to say; upstream's guides have it off, too.
    "--metrics-endpoint-auth=false",
    // On by default, at the port of the metrics, for whoever reaches that.
    "--enable-pprof=false",
    // For the alert EPPExtProcStreamErrors.
    "--enable-grpc-stream-metrics",
  ],
  ports: [
    { name: "grpc", containerPort: PICKER_PORTS.extProc },
    { name: "grpc-health", containerPort: PICKER_PORTS.health },
    { name: "metrics", containerPort: PICKER_PORTS.metrics },
  ],
  env: [fromField("NAMESPACE", "metadata.namespace"), fromField("POD_NAME", "metadata.name")],
  resources: pickerResources(plan),
  livenessProbe: { grpc: HEALTH, initialDelaySeconds: 5, periodSeconds: 10 },
  readinessProbe: { grpc: HEALTH, initialDelaySeconds: 5, periodSeconds: 2 },
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  volumeMounts: [{ name: "config", mountPath: CONFIG_FOLDER, readOnly: true }],
});

const HEALTH = { port: PICKER_PORTS.health, service: "inference-extension" };

function createService(context: RevisionContext): k8s.core.v1.Service {
  const metadata = { ...pickerMetadata(context), labels: PICKER_LABELS };
  return new k8s.core.v1.Service(
    metadata.name,
    {
      metadata,
      spec: {
        type: "ClusterIP",
        selector: pickerSelector(context.key),
        ports: [
          {
            name: EXT_PROC_PORT_NAME,
            port: PICKER_PORTS.extProc,
            targetPort: PICKER_PORTS.extProc,
            appProtocol: "kubernetes.io/h2c",
          },
          { name: PICKER_METRICS_PORT_NAME, port: PICKER_PORTS.metrics, targetPort: PICKER_PORTS.metrics },
        ],
      },
    },
    context.opts,
  );
}

/** Label by which the picker's Deployment and Service find its pod. */
const pickerSelector = (key: RevisionKey) => ({ [LABELS.picker]: pickerName(key) });
