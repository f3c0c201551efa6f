/** The kubernetes double on the specs' API server, used as the engine uses it, without a provider server between. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { kubernetesDouble } from "../../rehearsal/doubles/kubernetes";
import type { DiffResult, ProviderDouble } from "../../rehearsal/doubles/protocol/double";
import { changesOf } from "../../rehearsal/doubles/protocol/server";
import type { WireObject } from "../../rehearsal/doubles/protocol/wire";
import type { KubernetesApi, KubernetesObject } from "../../rehearsal/kubernetesApi";
import { testCluster } from "./apiServer";

export interface Made {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly id: string;
  readonly inputs: WireObject;
  readonly state: WireObject;
}

export class TestKubernetes {
  private readonly made: KubernetesObject[] = [];
  private readonly namespaces: string[] = [];

  api!: KubernetesApi;
  double!: ProviderDouble;
  kubeconfig!: string;

  /** A connected double for the tests of the surrounding `describe`, cleaned up after them. */
  static forSuite(): TestKubernetes {
    const kubernetes = new TestKubernetes();
    before(async function () {
      this.timeout(0); // the first run on a machine builds the API server
      await kubernetes.start();
      await kubernetes.double.configure?.({ kubeconfig: kubernetes.kubeconfig });
    });
    after(() => kubernetes.cleanUp());
    return kubernetes;
  }

  /** A double that was given no kubeconfig. */
  static async unconnected(): Promise<TestKubernetes> {
    const kubernetes = new TestKubernetes();
    await kubernetes.start();
    return kubernetes;
  }

  private async start(): Promise<void> {
    const { api, kubeconfig } = await testCluster();
    this.api = api;
    this.double = kubernetesDouble({ api, resolveUrl: noUrl, charts: [] });
    this.kubeconfig = readFileSync(kubeconfig, "utf8");
  }

  /** A namespace for one test, deleted by `cleanUp`. */
  async namespace(): Promise<string> {
    const name = `spec-${randomUUID().slice(0, 8)}`;
    this.namespaces.push(name);
    await this.api.applyPatiently({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    return name;
  }

  /** Applies past the double; gone after `cleanUp`. */
  async apply(object: KubernetesObject): Promise<KubernetesObject> {
    this.made.push(object);
    return this.api.applyPatiently(object);
  }

  /** Checks and creates, as the engine does for a new resource. */
  async make(name: string, object: WireObject): Promise<Made> {
    const resource = identity(object, name);
    const inputs = await this.check(resource, object);
    const { id, outputs } = await this.double.create({ ...resource, inputs, preview: false });
    this.made.push(outputs as KubernetesObject);
    return { ...resource, id, inputs, state: outputs };
  }

  async preview(name: string, object: WireObject): Promise<WireObject> {
    const resource = identity(object, name);
    const inputs = await this.check(resource, object);
    return (await this.double.create({ ...resource, inputs, preview: true })).outputs;
  }

  /** Paths that the engine is told to have changed. */
  async changed(made: Made, object: WireObject, ignoreChanges: readonly string[] = []): Promise<string[]> {
    const newInputs = await this.check(made, object, made.inputs);
    return [...(await changesOf(this.double, { ...made, oldInputs: made.inputs, newInputs }, ignoreChanges)).keys()];
  }

  /** What the engine is told about new inputs of a resource; nothing where they change nothing. */
  async diff(made: Made, object: WireObject): Promise<DiffResult | undefined> {
    const newInputs = await this.check(made, object, made.inputs);
    const changed = await this.changed(made, object);
    return changed.length === 0 ? undefined : this.double.diff({ ...made, oldInputs: made.inputs, newInputs, changed });
  }

  async update(
    made: Made,
    object: WireObject,
    preview = false,
    ignoreChanges: readonly string[] = [],
  ): Promise<WireObject> {
    const inputs = await this.check(made, object, made.inputs);
    return this.double.update({ ...made, inputs, preview, ignoreChanges });
  }

  async refresh(made: Made): Promise<{ inputs: WireObject; outputs: WireObject } | undefined> {
    return this.double.read?.(made);
  }

  async remove(made: Made): Promise<void> {
    await this.double.delete(made);
  }

  live(object: WireObject): Promise<WireObject | undefined> {
    return this.api.get(object as KubernetesObject);
  }

  /** Removes whatever of this is still there. Namespaces take seconds to go; nobody else uses theirs, so none waits. */
  async cleanUp(): Promise<void> {
    await Promise.all(this.made.splice(0).map(object => this.api.delete(object)));
    await Promise.all(this.namespaces.splice(0).map(name => this.api.call("DELETE", `/api/v1/namespaces/${name}`)));
  }

  private async check(resource: ReturnType<typeof identity>, object: WireObject, old?: WireObject) {
    return (await this.double.check(resource, object, old)).inputs;
  }
}

const noUrl = (url: string): string => {
  throw new Error(`no file for ${url}`);
};

export function identity({ apiVersion, kind }: WireObject, name: string) {
  const version = String(apiVersion);
  const type = `kubernetes:${version.includes("/") ? version : `core/${version}`}:${kind}`;
  return { type, name, urn: `urn:pulumi:dev::llmd-platform::${type}::${name}` };
}

export const configMap = (namespace: string, data: WireObject, more: WireObject = {}): WireObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "settings", namespace },
  data,
  ...more,
});

/**
 * Defines Widgets, whose `spec.size` cannot change, in a group that looks like one of Kubernetes' own but is not built in.
 */
export const widgetCrd: WireObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: {
    name: "widgets.inference.networking.k8s.io",
    annotations: { "api-approved.kubernetes.io": "unapproved, for a spec" },
  },
  spec: {
    group: "inference.networking.k8s.io",
    scope: "Namespaced",
    names: { kind: "Widget", plural: "widgets", singular: "widget" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: widgetSchema() } }],
  },
};

function widgetSchema(): WireObject {
  const rule = { rule: "self == oldSelf", message: "size is immutable" };
  const size = { type: "integer", "x-kubernetes-validations": [rule] };
  return { type: "object", properties: { spec: { type: "object", properties: { size } } } };
}

export const widget = (namespace: string, size: number): WireObject => ({
  apiVersion: "inference.networking.k8s.io/v1",
  kind: "Widget",
  metadata: { name: "widget", namespace },
  spec: { size },
});

/** A Deployment with one container. */
export const deployment = (namespace: string, container: WireObject = {}, app = "router"): WireObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "router", namespace },
  spec: {
    selector: { matchLabels: { app } },
    template: {
      metadata: { labels: { app } },
      spec: { containers: [{ name: "router", image: "registry.example/router:1.0.0", ...container }] },
    },
  },
});
