/** A cluster of its own with what a Gateway needs, for the specs of istiod. */
import { mkdirSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { CHARTS } from "../../../catalog/versions";
import { type Cluster, startCluster } from "../../../rehearsal/cluster/cluster";
import { readObjects } from "../../../rehearsal/doubles/kubernetes/components";
import { renderChart } from "../../../rehearsal/doubles/kubernetes/helm";
import type { WireObject } from "../../../rehearsal/doubles/protocol/wire";
import type { IstiodArgs } from "../../../rehearsal/istiod/istiod";
import type { KubernetesObject } from "../../../rehearsal/kubernetesApi";
import { Processes } from "../../../rehearsal/processes";
import type { Toolchain } from "../../../rehearsal/toolchain";
import type { RenderedChart } from "../../../rehearsal/toolchain/charts";
import { toolchain } from "../../support/apiServer";
import { Scratch } from "../../support/scratch";

export const GATEWAYS = "gateways";
export const MODELS = "models";

export class MeshCluster {
  private readonly made: KubernetesObject[] = [];

  private constructor(
    readonly cluster: Cluster,
    /** What istiod starts with. */
    readonly istiodArgs: IstiodArgs,
    private readonly tools: Toolchain,
    private readonly processes: Processes,
    private readonly scratch: Scratch,
  ) {}

  static async start(): Promise<MeshCluster> {
    const tools = await toolchain();
    const scratch = new Scratch();
    const processes = new Processes(scratch.path("logs"), scratch.path("pids"));
    const cluster = await startCluster(scratch.path("cluster"), tools.binaries, processes, []);
    const folder = scratch.path("run");
    mkdirSync(folder);
    const args = { folder, binary: tools.binaries.istiod, cluster, processes };
    const mesh = new MeshCluster(cluster, args, tools, processes, scratch);
    const { gatewayApi, inferenceExtension, istio } = tools.crds;
    const objects = await Promise.all([gatewayApi, inferenceExtension, istio].map(file => readObjects(file)));
    await mesh.keep(objects.flat());
    await mesh.keep(NAMESPACES);
    return mesh;
  }

  async stop(): Promise<void> {
    await this.cluster.api.close();
    await this.processes.killAll();
    this.scratch.remove();
  }

  /** As the platform installs it. */
  async installIstiod(env: Readonly<Record<string, string>>): Promise<void> {
    const objects = await this.rendered("istiod", { pilot: { env } });
    await this.keep(objects.filter(({ kind }) => kind === "ConfigMap" || kind === "Deployment"));
  }

  /** The CRDs in a chart. */
  async installDefinitionsOf(chart: RenderedChart, values: WireObject): Promise<void> {
    const objects = await this.rendered(chart, values);
    await this.keep(objects.filter(({ kind }) => kind === "CustomResourceDefinition"));
  }

  /** Makes objects, in order, which `clear` removes. */
  async make(...objects: readonly KubernetesObject[]): Promise<void> {
    for (const object of objects) {
      this.made.push(object);
      await this.cluster.api.applyPatiently(object);
    }
  }

  async clear(): Promise<void> {
    for (const object of this.made.splice(0).reverse()) await this.cluster.api.delete(object);
  }

  async removeNamespaces(): Promise<void> {
    await Promise.all(NAMESPACES.map(namespace => this.cluster.api.delete(namespace)));
  }

  private async keep(objects: readonly KubernetesObject[]): Promise<void> {
    const { api } = this.cluster;
    await Promise.all(
      objects.map(async object => {
        await api.applyPatiently(object);
        if (object.kind === "CustomResourceDefinition") await api.established(object);
      }),
    );
  }

  private async rendered(chart: RenderedChart, values: WireObject): Promise<KubernetesObject[]> {
    const { api, kubeconfig } = this.cluster;
    const release = CHARTS[chart].chart;
    const args = { release, namespace: "istio-system", folder: this.tools.charts[chart], values };
    const text = await renderChart({ binary: this.tools.binaries.helm, kubeconfig }, api, args);
    return parseAllDocuments(text)
      .map(document => document.toJS() as KubernetesObject | null)
      .filter(object => object !== null);
  }
}

const NAMESPACES = ["istio-system", GATEWAYS, MODELS].map(
  (name): KubernetesObject => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }),
);

/** A Gateway inside the cluster that hands requests to pickers. */
export const gateway = (name: string, listeners: WireObject[] = [HTTP]): KubernetesObject => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "Gateway",
  metadata: {
    name,
    namespace: GATEWAYS,
    labels: { "istio.io/enable-inference-extproc": "true" },
    annotations: { "networking.istio.io/service-type": "ClusterIP" },
  },
  spec: { gatewayClassName: "istio", listeners },
});

export const HTTP: WireObject = {
  name: "http",
  port: 80,
  protocol: "HTTP",
  allowedRoutes: { namespaces: { from: "All" } },
};

/** The Service of a pool's picker. */
export const picker = (pool: string): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: `${pool}-epp`, namespace: MODELS },
  spec: { selector: { app: "epp" }, ports: [{ name: "grpc", port: 9002, appProtocol: "http2" }] },
});

export const pool = (name: string): KubernetesObject => ({
  apiVersion: "inference.networking.k8s.io/v1",
  kind: "InferencePool",
  metadata: { name, namespace: MODELS },
  spec: {
    selector: { matchLabels: { app: name } },
    targetPorts: [{ number: 8000 }],
    endpointPickerRef: { name: `${name}-epp`, port: { number: 9002 }, failureMode: "FailClose" },
  },
});

/** A route of its name's path from a Gateway to the pool of its name. */
export const route = (name: string, to = "inference"): KubernetesObject => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name, namespace: MODELS },
  spec: {
    parentRefs: [{ name: to, namespace: GATEWAYS }],
    rules: [
      {
        matches: [{ path: { type: "PathPrefix", value: `/${name}` } }],
        backendRefs: [{ group: "inference.networking.k8s.io", kind: "InferencePool", name }],
        timeouts: { request: "300s" },
      },
    ],
  },
});

/** Inserts the filter before all others at the Gateway `inference`, where the match holds. */
export const envoyFilter = (name: string, config: WireObject, listener: WireObject = {}): KubernetesObject => ({
  apiVersion: "networking.istio.io/v1alpha3",
  kind: "EnvoyFilter",
  metadata: { name, namespace: GATEWAYS },
  spec: {
    targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "inference" }],
    configPatches: [
      {
        applyTo: "HTTP_FILTER",
        match: {
          context: "GATEWAY",
          listener: { filterChain: { filter: { name: "envoy.filters.network.http_connection_manager" } }, ...listener },
        },
        patch: {
          operation: "INSERT_FIRST",
          value: { name: `llmd.${name}`, typed_config: { "@type": HEADER_MUTATION, ...config } },
        },
      },
    ],
  },
});

export const HEADER_MUTATION = "type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation";
