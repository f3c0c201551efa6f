/**
 * Values of NVIDIA's gpu-operator chart v26.3.2: the keys of `deployments/gpu-operator/values.yaml` on the way to 26.3
 * (as kept in github.com/rahulait/gpu-operator at c60a06a57b69866b96c4cd2d2fe0f83b3f9a7266), and those that 26.3 has
 * beyond it. A component is a container image with switches; its environment and arguments are not checked.
 */
import { z } from "zod";
import { affinity, duration, group, pullPolicy, resources, text, texts, toleration, variable } from "./fields";

const image = {
  repository: text,
  image: text,
  version: text,
  imagePullPolicy: pullPolicy,
  imagePullSecrets: z.array(text),
};
const container = { ...image, env: z.array(variable), resources };
const switched = { enabled: z.boolean(), ...container };
/** An existing ConfigMap, or one that the chart makes. */
const configMap = group({
  create: z.boolean(),
  name: text,
  default: text,
  data: z.union([text, z.record(z.string(), z.unknown())]),
});
const named = group({ name: text });
const driverManager = group({ ...image, env: z.array(variable) });

const operator = group({
  ...image,
  priorityClassName: text,
  runtimeClass: text,
  use_ocp_driver_toolkit: z.boolean(),
  cleanupCRD: z.boolean(),
  upgradeCRD: z.boolean(),
  nodeSelector: texts,
  tolerations: z.array(toleration),
  annotations: texts,
  affinity,
  logging: group({ timeEncoding: text, level: z.union([text, z.int()]), develMode: z.boolean() }),
  resources,
});

const daemonsets = group({
  labels: texts,
  annotations: texts,
  priorityClassName: text,
  tolerations: z.array(toleration),
  updateStrategy: z.enum(["RollingUpdate", "OnDelete"]),
  rollingUpdate: group({ maxUnavailable: text }),
});

const eviction = { force: z.boolean(), timeoutSeconds: z.int().min(0), deleteEmptyDir: z.boolean() };
const upgradePolicy = group({
  autoUpgrade: z.boolean(),
  maxParallelUpgrades: z.int().min(0),
  maxUnavailable: z.union([text, z.int()]),
  waitForCompletion: group({ timeoutSeconds: z.int().min(0), podSelector: text }),
  gpuPodDeletion: group(eviction),
  drain: group({ enable: z.boolean(), podSelector: text, ...eviction }),
});

const driver = group({
  ...switched,
  nvidiaDriverCRD: group({ enabled: z.boolean(), deployDefaultCR: z.boolean(), driverType: text, nodeSelector: texts }),
  kernelModuleType: z.enum(["auto", "open", "proprietary"]),
  usePrecompiled: z.boolean(),
  startupProbe: group({
    initialDelaySeconds: z.int(),
    periodSeconds: z.int(),
    timeoutSeconds: z.int(),
    failureThreshold: z.int(),
  }),
  rdma: group({ enabled: z.boolean(), useHostMofed: z.boolean() }),
  upgradePolicy,
  manager: driverManager,
  repoConfig: group({ configMapName: text }),
  certConfig: named,
  licensingConfig: group({ secretName: text, nlsEnabled: z.boolean() }),
  virtualTopology: group({ config: text }),
  kernelModuleConfig: named,
  secretEnv: text,
});

const dcgmExporter = group({
  ...switched,
  hostPID: z.boolean(),
  hostNetwork: z.boolean(),
  hpcJobMapping: group({ enabled: z.boolean(), directory: text }),
  enablePodLabels: z.boolean(),
  enablePodUID: z.boolean(),
  service: group({ internalTrafficPolicy: z.enum(["Cluster", "Local"]) }),
  serviceMonitor: group({
    enabled: z.boolean(),
    interval: duration,
    honorLabels: z.boolean(),
    additionalLabels: texts,
    // As in the chart's own example, in Prometheus' spelling of the keys.
    relabelings: z.array(z.record(z.string(), z.unknown())),
  }),
  config: configMap,
});

/** A subchart; only these of its keys are checked. */
const nodeFeatureDiscovery = z
  .looseObject({
    enableNodeFeatureApi: z.boolean(),
    priorityClassName: text,
    gc: z.looseObject({ enable: z.boolean() }).partial(),
    worker: z.looseObject({ tolerations: z.array(toleration), nodeSelector: texts }).partial(),
    master: z.looseObject({ tolerations: z.array(toleration), nodeSelector: texts }).partial(),
  })
  .partial();

export const gpuOperatorValues = group({
  platform: group({ openshift: z.boolean() }),
  nfd: group({ enabled: z.boolean(), nodefeaturerules: z.boolean() }),
  psa: group({ enabled: z.boolean() }),
  cdi: group({ enabled: z.boolean(), nriPluginEnabled: z.boolean() }),
  sandboxWorkloads: group({ enabled: z.boolean(), defaultWorkload: text, mode: z.enum(["kubevirt", "kata"]) }),
  hostPaths: group({ rootFS: text, driverInstallDir: text }),
  daemonsets,
  validator: group({
    ...container,
    args: z.array(text),
    plugin: group({ env: z.array(variable) }),
  }),
  operator,
  mig: group({ strategy: z.enum(["none", "single", "mixed"]) }),
  driver,
  toolkit: group({ ...switched, installDir: text }),
  devicePlugin: group({
    ...switched,
    args: z.array(text),
    config: configMap,
    mps: group({ root: text }),
  }),
  dcgm: group({ ...switched, args: z.array(text) }),
  dcgmExporter,
  gfd: group(switched),
  migManager: group({ ...switched, config: configMap, gpuClientsConfig: named }),
  nodeStatusExporter: group(switched),
  gds: group({ ...switched, args: z.array(text) }),
  gdrcopy: group({ ...switched, args: z.array(text) }),
  vgpuManager: group({ ...switched, driverManager, kernelModuleConfig: named }),
  vgpuDeviceManager: group({ ...switched, config: configMap }),
  vfioManager: group({ ...switched, driverManager }),
  kataManager: group({ ...switched, config: z.record(z.string(), z.unknown()) }),
  sandboxDevicePlugin: group({ ...switched, args: z.array(text) }),
  kataSandboxDevicePlugin: group({ ...switched, args: z.array(text) }),
  ccManager: group({ ...switched, defaultMode: text }),
  extraObjects: z.array(z.unknown()),
  "node-feature-discovery": nodeFeatureDiscovery,
});
