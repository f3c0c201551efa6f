/** The namespaces of the platform, made first and removed last, all at once, and what pods in them may ask for. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { GpuPoolFacts } from "../contracts/outputs";

/** Names in the cluster, by what is in them. */
export const NAMESPACES = {
  istio: "istio-system",
  gateway: "llm-d-gateway",
  entry: "llm-d-entry",
  models: "llm-d",
  /** Upstream's, so that the addresses in its guides hold. */
  monitoring: "llm-d-monitoring",
  keda: "keda",
  leaderWorkerSet: "lws-system",
  certManager: "cert-manager",
  gpuOperator: "gpu-operator",
} as const;

export type NamespaceKey = keyof typeof NAMESPACES;

/** Of the Pod Security standards, strictest last. */
export type PodSecurityLevel = "privileged" | "baseline" | "restricted";

/**
 * What the API server refuses pods for. Its rules change with Kubernetes: those of this version hold whatever version the
 * cluster is upgraded to, until somebody has looked at the new ones.
 */
export const POD_SECURITY_VERSION = "v1.35";

/** The strictest level at which everything we put into the namespace still starts. */
export const POD_SECURITY_LEVELS: Readonly<Record<NamespaceKey, PodSecurityLevel>> = {
  istio: "restricted",
  gateway: "restricted",
  entry: "restricted",
  // Images of model servers run as root, which "restricted" refuses.
  models: "baseline",
  // node-exporter reads its node's file systems, network and processes; dcgm-exporter needs SYS_ADMIN on Bottlerocket:
  // NVIDIA/dcgm-exporter#279.
  monitoring: "privileged",
  keda: "restricted",
  leaderWorkerSet: "restricted",
  certManager: "restricted",
  // The operator's pods read and write their node's file system.
  gpuOperator: "privileged",
};

/**
 * The level that model servers need: RDMA locks memory by the capability IPC_LOCK, which "baseline" refuses, so a pool with
 * EFA lets more in. Everything else in the namespace goes on being told of what "baseline" would refuse.
 */
export const modelsLevel = (gpuPools: readonly Pick<GpuPoolFacts, "efaPerNode">[]): PodSecurityLevel =>
  gpuPools.some(({ efaPerNode }) => efaPerNode > 0) ? "privileged" : POD_SECURITY_LEVELS.models;

export interface NamespacesArgs {
  readonly kubernetes: k8s.Provider;
  /** Which of them there are: a part that is left out has none, and an Istio that was there before has its own. */
  readonly only: readonly NamespaceKey[];
  /** Level that pods of a namespace are held to, where it is not the table's. @default {} */
  readonly levels?: Partial<Readonly<Record<NamespaceKey, pulumi.Input<PodSecurityLevel>>>>;
  /** Whether Pulumi refuses to delete those in which something is kept; from `llmd:protect`. */
  readonly protect: boolean;
}

/** In them are metrics and silences, the account and the key of the entry's certificate, and whatever serves. */
const KEEPS: readonly NamespaceKey[] = ["monitoring", "entry", "models"];

/** A namespace that goes takes along everything in it. */
export class Namespaces extends pulumi.ComponentResource {
  /** Which there are. */
  readonly keys: readonly NamespaceKey[];

  private readonly made: Partial<Record<NamespaceKey, pulumi.Output<string>>> = {};

  constructor(name: string, args: NamespacesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:Namespaces", name, {}, opts);
    const options = { parent: this, provider: args.kubernetes };
    this.keys = args.only;
    for (const key of args.only) {
      const protect = args.protect && KEEPS.includes(key);
      this.made[key] = createNamespace(key, args.levels?.[key], { ...options, protect }).metadata.name;
    }
    this.registerOutputs({});
  }

  /**
   * Its name, for what goes into it.
   * @throws Error where it is not one of those that were made.
   */
  name(key: NamespaceKey): pulumi.Output<string> {
    const name = this.made[key];
    if (!name) throw new Error(`there is no namespace "${NAMESPACES[key]}": it is not among those that were asked for`);
    return name;
  }
}

const FURTHER_LABELS: Readonly<Partial<Record<NamespaceKey, Record<string, string>>>> = {
  // A new pod counts as Ready only when the load balancer sends it connections: EKS Auto Mode's form of what the AWS Load
  // Balancer Controller does by another label. Seen in public repositories, in none of AWS's pages.
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

/** Pods are refused at `level`; below the table's level, whoever creates one is warned, and the audit log has it. */
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
