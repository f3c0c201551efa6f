/**
 * Changes for which the real provider makes a new object. A table decides, not the API server: a change that the API server
 * forbids fails where the table lacks it, and a change that it allows replaces where the table has it. Learnt from `forceNew` in
 * github.com/pulumi/pulumi-kubernetes, provider/pkg/provider/diff.go.
 */
import { includes, memberAt, parsePath, type Step } from "../protocol/paths";
import type { WireObject } from "../protocol/wire";

export interface Mutability {
  /** `enableConfigMapMutable` of the provider. */
  readonly configMaps: boolean;
  /** `enableSecretMutable` of the provider. */
  readonly secrets: boolean;
}

/** Fields that identify an object of any kind. */
export const IDENTITY = ["metadata.name", "metadata.namespace"];

const SELECTOR = ["spec.selector"];

const CONTAINER_FIELDS = [
  ...["args", "command", "env", "image", "imagePullPolicy", "lifecycle", "livenessProbe", "ports", "readinessProbe"],
  ...[
    "resources",
    "securityContext",
    "stdin",
    "stdinOnce",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "tty",
  ],
  ...["volumeDevices", "volumeMounts", "workingDir"],
];

const POD_FIELDS = [
  ...["affinity", "automountServiceAccountToken", "dnsConfig", "dnsPolicy", "enableServiceLinks", "hostAliases"],
  ...["hostIPC", "hostNetwork", "hostPID", "hostname", "imagePullSecrets", "nodeName", "nodeSelector", "overhead"],
  ...["preemptionPolicy", "priority", "priorityClassName", "readinessGates", "restartPolicy", "runtimeClassName"],
  ...["schedulerName", "securityContext", "serviceAccount", "serviceAccountName", "shareProcessNamespace", "subdomain"],
  ...["terminationGracePeriodSeconds", "volumes"],
];

const VOLUME_SOURCES = [
  ...["awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "fc", "flexVolume", "flocker"],
  ...["gcePersistentDisk", "glusterfs", "hostPath", "iscsi", "local", "nfs", "photonPersistentDisk", "portworxVolume"],
  ...["quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume"],
];

/** Fields by `apiVersion/kind`; an object of another kind is replaced only when its name or namespace changes. */
const REPLACING: Readonly<Record<string, readonly string[]>> = {
  "apps/v1/DaemonSet": SELECTOR,
  "apps/v1/Deployment": SELECTOR,
  "apps/v1/StatefulSet": [
    ...SELECTOR,
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "batch/v1/Job": [...SELECTOR, "spec.completions", "spec.parallelism", "spec.template"],
  "policy/v1beta1/PodDisruptionBudget": ["spec"],
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/v1/RoleBinding": ["roleRef"],
  "storage.k8s.io/v1/StorageClass": ["parameters", "provisioner"],
  "v1/PersistentVolume": VOLUME_SOURCES.map(source => `spec.${source}`),
  "v1/PersistentVolumeClaim": [...SELECTOR, "spec.accessModes", "spec.storageClassName", "spec.volumeName"],
  "v1/Pod": [
    ...POD_FIELDS.map(field => `spec.${field}`),
    ...["containers", "initContainers"].flatMap(list => CONTAINER_FIELDS.map(field => `spec.${list}[*].${field}`)),
  ],
  "v1/ResourceQuota": ["spec.scopes"],
  "v1/Secret": ["type"],
  "v1/Service": ["spec.clusterIP"],
};

/** @returns the `changed` paths for which the provider makes a new object. */
export function replacingChanges(inputs: WireObject, changed: readonly string[], mutability: Mutability): string[] {
  const fields = replacingFields(inputs, mutability).map(parsePath);
  return changed.filter(path => fields.some(field => touches(parsePath(path), field, inputs)));
}

function replacingFields(inputs: WireObject, { configMaps, secrets }: Mutability): readonly string[] {
  const kind = `${inputs.apiVersion}/${inputs.kind}`;
  const isImmutable = inputs.immutable === true;
  if (kind === "v1/Secret" && (isImmutable || !secrets)) return [...IDENTITY, "type", "stringData", "data"];
  if (kind === "v1/ConfigMap" && (isImmutable || !configMaps)) return [...IDENTITY, "binaryData", "data"];
  return [...IDENTITY, ...(REPLACING[kind] ?? [])];
}

/** True where a change at `path` changes `field`: at it, below it, or in a new value that contains it. */
const touches = (path: readonly Step[], field: readonly Step[], inputs: WireObject): boolean =>
  includes(field, path) || (includes(path, field) && memberAt(inputs, field) !== undefined);
