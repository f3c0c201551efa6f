/** Istio, the gateway's implementation. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ISTIO_CHARTS, PINS } from "../catalog/versions";

export interface IstioArgs {
  readonly kubernetes: k8s.Provider;
  readonly namespace: pulumi.Input<string>;
}

/** The `base` and `istiod` charts. */
export class Istio extends pulumi.ComponentResource {
  constructor(name: string, { kubernetes, namespace }: IstioArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:Istio", name, {}, opts);
    const options = { parent: this, provider: kubernetes };
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
  namespace: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
) =>
  new k8s.helm.v3.Release(
    name,
    {
      name: `istio-${chart}`,
      chart,
      version: PINS.istio.version,
      repositoryOpts: { repo: ISTIO_CHARTS },
      namespace,
      values,
      atomic: true,
    },
    opts,
  );
