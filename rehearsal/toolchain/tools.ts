/** The programs a rehearsal runs that are built from Go modules, one module folder beside this file per entry. */

export type ToolName = "pulumi" | "pulumi-language-yaml" | "etcd" | "kube-apiserver" | "kube-controller-manager";

export interface Tool {
  readonly name: ToolName;
  /** Folder with go.mod and go.sum. */
  readonly module: string;
  /** Go package of the command. */
  readonly command: string;
  readonly linkerFlags?: string;
  /** Seconds of a cold build, downloads included, measured on 2 cores (2026-11); shown as the estimate. */
  readonly coldBuildSeconds: number;
}

/** Oldest engine that runs our SDK; also the one built here. Newer ones are not to be had as Go modules everywhere. */
export const PULUMI_VERSION = "3.250.0";

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
    coldBuildSeconds: 170,
  },
  "kube-controller-manager": {
    name: "kube-controller-manager",
    module: "kubernetes",
    command: "k8s.io/kubernetes/cmd/kube-controller-manager",
    coldBuildSeconds: 60,
  },
};
