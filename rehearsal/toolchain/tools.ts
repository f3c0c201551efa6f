/** The programs a rehearsal runs that are built from Go modules, one module folder beside this file per entry. */

/** Names of the programs that every rehearsal runs. */
export const REHEARSAL_TOOLS = [
  "pulumi",
  "pulumi-language-yaml",
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "helm",
  "istiod",
] as const;

export type RehearsalTool = (typeof REHEARSAL_TOOLS)[number];
/** `promtool` checks alerting rules in specs only. */
export type ToolName = RehearsalTool | "promtool";

export interface Tool {
  /** Name by which the toolchain refers to the tool. */
  readonly name: ToolName;
  /** Folder with go.mod and go.sum. */
  readonly module: string;
  /** Go package of the command. */
  readonly command: string;
  /** Flags for Go's linker. @default - only those that strip symbols */
  readonly linkerFlags?: string;
  /** Go's build tags, with commas between them. @default - none */
  readonly tags?: string;
  /** Seconds of a cold build, downloads included, measured on 2 cores (2026-11); shown as the estimate. */
  readonly coldBuildSeconds: number;
}

/** Oldest engine that runs our SDK; also the one built here. Newer ones are not to be had as Go modules everywhere. */
export const PULUMI_VERSION = "3.250.0";

/** Version of API server and controllers. */
export const KUBERNETES_VERSION = "v1.35.4";

/** Linker flags of Kubernetes' own release build, which set the version. */
function kubernetesVersionFlags(version: `v${number}.${number}.${number}`): string {
  const [major, minor] = version.slice(1).split(".");
  const stamp = { gitVersion: version, gitMajor: major, gitMinor: minor };
  return Object.entries(stamp)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(" ");
}

export const TOOLS: Readonly<Record<ToolName, Tool>> = {
  pulumi: {
    name: "pulumi",
    module: "pulumi",
    command: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    // Without it the command reports version 3.0.0 and refuses projects that require a newer one.
    linkerFlags: `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${PULUMI_VERSION}`,
    coldBuildSeconds: 265,
  },
  "pulumi-language-yaml": {
    name: "pulumi-language-yaml",
    module: "pulumi-language-yaml",
    command: "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
    coldBuildSeconds: 70,
  },
  etcd: { name: "etcd", module: "etcd", command: "go.etcd.io/etcd/server/v3", coldBuildSeconds: 35 },
  "kube-apiserver": {
    name: "kube-apiserver",
    module: "kubernetes",
    command: "k8s.io/kubernetes/cmd/kube-apiserver",
    // Without it the server calls itself v0.0.0-master, which charts with a `kubeVersion` refuse.
    linkerFlags: kubernetesVersionFlags(KUBERNETES_VERSION),
    coldBuildSeconds: 170,
  },
  "kube-controller-manager": {
    name: "kube-controller-manager",
    module: "kubernetes",
    command: "k8s.io/kubernetes/cmd/kube-controller-manager",
    coldBuildSeconds: 60,
  },
  helm: { name: "helm", module: "helm", command: "helm.sh/helm/v3/cmd/helm", coldBuildSeconds: 80 },
  istiod: {
    name: "istiod",
    module: "istiod",
    command: "istio.io/istio/pilot/cmd/pilot-discovery",
    // As Istio builds it: without them it spends its time on validators that nobody calls.
    tags: "vtprotobuf,disable_pgv",
    coldBuildSeconds: 140,
  },
  promtool: {
    name: "promtool",
    module: "promtool",
    command: "github.com/prometheus/prometheus/cmd/promtool",
    coldBuildSeconds: 200,
  },
};
