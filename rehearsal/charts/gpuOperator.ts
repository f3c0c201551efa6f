/**
 * Values of NVIDIA's gpu-operator chart v26.3.2: the keys of `deployments/gpu-operator/values.yaml` on the way to 26.3
 * (as kept in github.com/rahulait/gpu-operator at c60a06a57b69866b96c4cd2d2fe0f83b3f9a7266), and those that 26.3 has
 * beyond it. A component is a container image with switches; its environment and arguments are not checked.
 */
import { z } from "zod";
import { affinity, duration, pullPolicy, resources, text, texts, toleration, variable } from "./fields";

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
const configMap = z
  .strictObject({
    create: z.boolean(),
    name: text,
    default: text,
    data: z.union([text, z.record(z.string(), z.unknown())]),
  })
  .partial();
const named = z.strictObject({ name: text }).partial();
const driverManager = z.strictObject({ ...image, env: z.array(variable) }).partial();

const operator = z
  .strictObject({
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
    logging: z.strictObject({ timeEncoding: text, level: z.union([text, z.int()]), develMode: z.boolean() }).partial(),
    resources,
  })
  .partial();

const daemonsets = z
  .strictObject({
    labels: texts,
    annotations: texts,
    priorityClassName: text,
    tolerations: z.array(toleration),
    updateStrategy: z.enum(["RollingUpdate", "OnDelete"]),
    rollingUpdate: z.strictObject({ maxUnavailable: text }).partial(),
  })
  .partial();

const eviction = {
  force: z.boolean(),
  timeoutSeconds: z.int().min(0),
  deleteEmptyDir: z.boolean(),
};
const upgradePolicy = z
  .strictObject({
    autoUpgrade: z.boolean(),
    maxParallelUpgrades: z.int().min(0),
    maxUnavailable: z.union([text, z.int()]),
    waitForCompletion: z.strictObject({ timeoutSeconds: z.int().min(0), podSelector: text }).partial(),
    gpuPodDeletion: z.strictObject(eviction).partial(),
    drain: z.strictObject({ enable: z.boolean(), podSelector: text, ...eviction }).partial(),
  })
  .partial();

const driver = z
  .strictObject({
    ...switched,
    nvidiaDriverCRD: z
      .strictObject({
        enabled: z.boolean(),
        deployDefaultCR: z.boolean(),
        driverType: text,
        nodeSelector: texts,
      })
      .partial(),
    kernelModuleType: z.enum(["auto", "open", "proprietary"]),
    usePrecompiled: z.boolean(),
    startupProbe: z
      .strictObject({
        initialDelaySeconds: z.int(),
        periodSeconds: z.int(),
        timeoutSeconds: z.int(),
        failureThreshold: z.int(),
      })
      .partial(),
    rdma: z.strictObject({ enabled: z.boolean(), useHostMofed: z.boolean() }).partial(),
    upgradePolicy,
    manager: driverManager,
    repoConfig: z.strictObject({ configMapName: text }).partial(),
    certConfig: named,
    licensingConfig: z.strictObject({ secretName: text, nlsEnabled: z.boolean() }).partial(),
    virtualTopology: z.strictObject({ config: text }).partial(),
    kernelModuleConfig: named,
    secretEnv: text,
  })
  .partial();

const dcgmExporter = z
  .strictObject({
    ...switched,
    hostPID: z.boolean(),
    hostNetwork: z.boolean(),
    hpcJobMapping: z.strictObject({ enabled: z.boolean(), directory: text }).partial(),
    enablePodLabels: z.boolean(),
    enablePodUID: z.boolean(),
    service: z.strictObject({ internalTrafficPolicy: z.enum(["Cluster", "Local"]) }).partial(),
    serviceMonitor: z
      .strictObject({
        enabled: z.boolean(),
        interval: duration,
        honorLabels: z.boolean(),
        additionalLabels: texts,
        // As in the chart's own example, in Prometheus' spelling of the keys.
        relabelings: z.array(z.record(z.string(), z.unknown())),
      })
      .partial(),
    config: configMap,
  })
  .partial();

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

export const gpuOperatorValues = z
  .strictObject({
    platform: z.strictObject({ openshift: z.boolean() }).partial(),
    nfd: z.strictObject({ enabled: z.boolean(), nodefeaturerules: z.boolean() }).partial(),
    psa: z.strictObject({ enabled: z.boolean() }).partial(),
    cdi: z.strictObject({ enabled: z.boolean(), nriPluginEnabled: z.boolean() }).partial(),
    sandboxWorkloads: z
      .strictObject({ enabled: z.boolean(), defaultWorkload: text, mode: z.enum(["kubevirt", "kata"]) })
      .partial(),
    hostPaths: z.strictObject({ rootFS: text, driverInstallDir: text }).partial(),
    daemonsets,
    validator: z
      .strictObject({
        ...container,
        args: z.array(text),
        plugin: z.strictObject({ env: z.array(variable) }).partial(),
      })
      .partial(),
    operator,
    mig: z.strictObject({ strategy: z.enum(["none", "single", "mixed"]) }).partial(),
    driver,
    toolkit: z.strictObject({ ...switched, installDir: text }).partial(),
    devicePlugin: z
      .strictObject({
        ...switched,
        args: z.array(text),
        config: configMap,
        mps: z.strictObject({ root: text }).partial(),
      })
      .partial(),
    dcgm: z.strictObject({ ...switched, args: z.array(text) }).partial(),
    dcgmExporter,
    gfd: z.strictObject(switched).partial(),
    migManager: z.strictObject({ ...switched, config: configMap, gpuClientsConfig: named }).partial(),
    nodeStatusExporter: z.strictObject(switched).partial(),
    gds: z.strictObject({ ...switched, args: z.array(text) }).partial(),
    gdrcopy: z.strictObject({ ...switched, args: z.array(text) }).partial(),
    vgpuManager: z.strictObject({ ...switched, driverManager, kernelModuleConfig: named }).partial(),
    vgpuDeviceManager: z.strictObject({ ...switched, config: configMap }).partial(),
    vfioManager: z.strictObject({ ...switched, driverManager }).partial(),
    kataManager: z.strictObject({ ...switched, config: z.record(z.string(), z.unknown()) }).partial(),
    sandboxDevicePlugin: z.strictObject({ ...switched, args: z.array(text) }).partial(),
    kataSandboxDevicePlugin: z.strictObject({ ...switched, args: z.array(text) }).partial(),
    ccManager: z.strictObject({ ...switched, defaultMode: text }).partial(),
    extraObjects: z.array(z.unknown()),
    "node-feature-discovery": nodeFeatureDiscovery,
  })
  .partial();
