/** The platform's namespaces, their Pod Security levels, and which of them a stack file needs. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { GpuPoolFacts } from "../contracts/outputs";
import { installedFeatures, type PlatformSettings } from "./settings";

/** Names in the cluster, by their content. */
export const NAMESPACES = {
  istio: "istio-system",
  gateway: "llm-d-gateway",
  entry: "llm-d-entry",
  models: "llm-d",
  /** The name in upstream's guides, so that addresses in them are valid. */
  monitoring: "llm-d-monitoring",
  keda: "keda",
  leaderWorkerSet: "lws-system",
  certManager: "cert-manager",
  gpuOperator: "gpu-operator",
} as const;

export type NamespaceKey = keyof typeof NAMESPACES;

const NAMESPACE_KEYS = Object.keys(NAMESPACES) as readonly NamespaceKey[];

/** Levels of the Pod Security standards, strictest last. */
export type PodSecurityLevel = "privileged" | "baseline" | "restricted";

/** Kubernetes version whose Pod Security rules hold, whatever version the cluster has. Raise it after reading the new rules. */
const POD_SECURITY_VERSION = "v1.35";

/** Strictest level at which all pods of the namespace start. */
export const POD_SECURITY_LEVELS: Readonly<Record<NamespaceKey, PodSecurityLevel>> = {
  istio: "restricted",
  gateway: "restricted",
  entry: "restricted",
  // Images of model servers run as root, which "restricted" forbids.
  models: "baseline",
  // node-exporter reads file systems, network and processes of its node. dcgm-exporter needs SYS_ADMIN on Bottlerocket:
  // NVIDIA/dcgm-exporter#279.
  monitoring: "privileged",
  keda: "restricted",
  leaderWorkerSet: "restricted",
  certManager: "restricted",
  // The operator's pods read and write their node's file system.
  gpuOperator: "privileged",
};

/**
 * Level of the models' namespace: "privileged" with an EFA pool, since RDMA locks memory (capability IPC_LOCK), which "baseline"
 * forbids. Warnings and the audit log stay at "baseline".
 */
export const modelsLevel = (gpuPools: readonly Pick<GpuPoolFacts, "efaPerNode">[]): PodSecurityLevel =>
  gpuPools.some(({ efaPerNode }) => efaPerNode > 0) ? "privileged" : POD_SECURITY_LEVELS.models;

/** Keys of the namespaces that a stack file needs. An existing Istio has its own. */
export function neededNamespaces(settings: Pick<PlatformSettings, "istio" | "features" | "entry">): NamespaceKey[] {
  const optional: Partial<Record<NamespaceKey, boolean>> = {
    ...installedFeatures(settings),
    istio: settings.istio.mode === "managed",
    entry: settings.entry.exposure !== "none",
  };
  return NAMESPACE_KEYS.filter(key => optional[key] ?? true);
}

export interface NamespacesArgs {
  /** Provider of the cluster that the namespaces are made in. */
  readonly kubernetes: k8s.Provider;
  /** Keys of the namespaces to make: see `neededNamespaces`. */
  readonly only: readonly NamespaceKey[];
  /** Enforced levels that differ from the table. @default {} */
  readonly levels?: Partial<Readonly<Record<NamespaceKey, pulumi.Input<PodSecurityLevel>>>>;
  /** Pulumi refuses to delete namespaces with data; from `llmd:protect`. */
  readonly protect: boolean;
}

/** Namespaces with data: metrics and silences, account and key of the entry's certificate, models. */
const WITH_DATA: readonly NamespaceKey[] = ["monitoring", "entry", "models"];

/** Namespaces of the platform. Deleting one deletes everything in it. */
export class Namespaces extends pulumi.ComponentResource {
  /** Keys of the namespaces that were made. */
  readonly keys: readonly NamespaceKey[];

  private readonly made: Partial<Record<NamespaceKey, pulumi.Output<string>>> = {};

  constructor(name: string, args: NamespacesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:Namespaces", name, {}, opts);
    const options = { parent: this, provider: args.kubernetes };
    this.keys = args.only;
    for (const key of args.only) {
      const protect = args.protect && WITH_DATA.includes(key);
      this.made[key] = createNamespace(key, args.levels?.[key], { ...options, protect }).metadata.name;
    }
    this.registerOutputs({});
  }

  /**
   * Name of a namespace; what uses it waits for the namespace.
   * @throws Error where the namespace was not made.
   */
  name(key: NamespaceKey): pulumi.Output<string> {
    const name = this.made[key];
    if (!name) throw new Error(`namespace "${NAMESPACES[key]}" is used but not made: add it to neededNamespaces`);
    return name;
  }
}

const FURTHER_LABELS: Readonly<Partial<Record<NamespaceKey, Record<string, string>>>> = {
  // A new pod counts as Ready only when the load balancer sends it connections. EKS Auto Mode's counterpart to a label of the
  // AWS Load Balancer Controller; seen in public repositories, not in AWS's documentation.
  entry: { "eks.amazonaws.com/pod-readiness-gate-inject": "enabled" },
};

function createNamespace(
  key: NamespaceKey,
  level: pulumi.Input<PodSecurityLevel> = POD_SECURITY_LEVELS[key],
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Namespace {
  const name = NAMESPACES[key];
  return new k8s.core.v1.Namespace(
    name,
    {
      metadata: {
        name,
        labels: { "app.kubernetes.io/part-of": "llmd", ...podSecurityLabels(key, level), ...FURTHER_LABELS[key] },
      },
    },
    opts,
  );
}

/** Labels that refuse pods at `level`, and warn and log at the table's level. */
const podSecurityLabels = (key: NamespaceKey, level: pulumi.Input<PodSecurityLevel>) => {
  const prefix = "pod-security.kubernetes.io";
  return {
    [`${prefix}/enforce`]: level,
    [`${prefix}/enforce-version`]: POD_SECURITY_VERSION,
    [`${prefix}/warn`]: POD_SECURITY_LEVELS[key],
    [`${prefix}/warn-version`]: POD_SECURITY_VERSION,
    [`${prefix}/audit`]: POD_SECURITY_LEVELS[key],
    [`${prefix}/audit-version`]: POD_SECURITY_VERSION,
  };
};
