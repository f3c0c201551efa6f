/** Renders charts with Helm itself, as an installation into this cluster would. */
import { execFile } from "node:child_process";
import type { KubernetesApi } from "../../kubernetesApi";
import type { WireObject } from "../protocol/wire";

export interface Helm {
  /** Path of Helm 3. */
  readonly binary: string;
  /** Path of a kubeconfig, for charts that look things up in the cluster. */
  readonly kubeconfig: string;
}

interface RenderArgs {
  /** Name of the Helm release. */
  readonly release: string;
  /** Namespace of the release. */
  readonly namespace: string;
  /** Folder of the chart. */
  readonly folder: string;
  /** May hold secrets: they reach Helm by its standard input, never a file or a command line. */
  readonly values: WireObject;
}

// kube-prometheus-stack with its CRDs is 5 MB.
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * Objects that the chart would install, as YAML.
 * @throws Error with Helm's own message: a template that fails, values that the chart's schema rejects, ….
 */
export async function renderChart(
  { binary, kubeconfig }: Helm,
  api: KubernetesApi,
  { release, namespace, folder, values }: RenderArgs,
): Promise<string> {
  const { kubeVersion, apiVersions } = await api.capabilities();
  const args = [
    "template",
    release,
    folder,
    `--namespace=${namespace}`,
    `--kube-version=${kubeVersion}`,
    `--api-versions=${apiVersions.join(",")}`,
    // Lets `lookup` see the cluster, as in an installation; nothing is stored.
    "--dry-run=server",
    `--kubeconfig=${kubeconfig}`,
    "--include-crds",
    "--values=-",
  ];
  return run(binary, args, JSON.stringify(values));
}

function run(binary: string, args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env: { PATH: process.env.PATH }, maxBuffer: MAX_OUTPUT_BYTES };
    const child = execFile(binary, args, options, (error, stdout, stderr) =>
      error ? reject(new Error(helmMessage(stderr) || error.message)) : resolve(stdout),
    );
    // A Helm that ends before it has read its values says why by itself.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

/** Error text of Helm without its advice on flags, which nobody can set here. */
const helmMessage = (stderr: string): string =>
  stderr
    .trim()
    .replace(/^Error: /, "")
    .replace(/\s+Use --debug flag to render out invalid YAML$/, "");
