/** Istio, the gateway's implementation. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ISTIO_CHARTS, PINS } from "../catalog/versions";

export interface IstioArgs {
  readonly kubernetes: k8s.Provider;
}

/** The `base` and `istiod` charts in a namespace of their own. */
export class Istio extends pulumi.ComponentResource {
  constructor(name: string, { kubernetes }: IstioArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:Istio", name, {}, opts);
    const options = { parent: this, provider: kubernetes };
    const namespace = new k8s.core.v1.Namespace(name, { metadata: { name: "istio-system" } }, options);
    const base = createRelease(`${name}-base`, "base", {}, namespace, options);
    createRelease(`${name}-istiod`, "istiod", istiodValues, namespace, { ...options, dependsOn: [base] });
    this.registerOutputs({});
  }
}

/** Without the switch istiod ignores InferencePools without a word: gateway-api-inference-extension#1344. */
const istiodValues = { pilot: { env: { ENABLE_GATEWAY_API_INFERENCE_EXTENSION: "true" } } };

const createRelease = (
  name: string,
  chart: string,
  values: Record<string, unknown>,
  namespace: k8s.core.v1.Namespace,
  opts: pulumi.CustomResourceOptions,
) =>
  new k8s.helm.v3.Release(
    name,
    {
      name: `istio-${chart}`,
      chart,
      version: PINS.istio.version,
      repositoryOpts: { repo: ISTIO_CHARTS },
      namespace: namespace.metadata.name,
      values,
      atomic: true,
    },
    opts,
  );
