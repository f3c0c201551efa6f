/** Istio, the gateway's implementation. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { NODE_LABELS } from "../catalog/gpuPool";
import { INFERENCE_SWITCH } from "../catalog/istio";
import { SYSTEM_POOL } from "../catalog/systemPool";
import { spreadConstraints } from "../contracts/placement";
import { createRelease } from "./charts";
import { AUTOSCALED, RESOURCES } from "./podSizes";

export interface IstioArgs {
  readonly kubernetes: k8s.Provider;
  readonly namespace: pulumi.Input<string>;
  /** Of istiod: without it no gateway learns of a new pod. */
  readonly priorityClass: pulumi.Input<string>;
}

/**
 * The `base` and `istiod` charts, and nothing else of Istio's: no ztunnel, no istio-cni, and sidecars only in namespaces that
 * are labelled for them, which none of this platform's is. Takes two to five replicas of a quarter vCPU and 1 GiB on the
 * system pool, whose ceiling is what they cost at most.
 */
export class Istio extends pulumi.ComponentResource {
  /** What `istio.io/rev` of a Gateway has to say for this istiod to look after it: nothing, it is the only one. */
  readonly revision: pulumi.Output<string | undefined> = pulumi.output<string | undefined>(undefined);

  constructor(
    name: string,
    { kubernetes, namespace, priorityClass }: IstioArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("llmd:platform:Istio", name, {}, opts);
    const options = { parent: this, provider: kubernetes };
    const base = createRelease(`${name}-base`, "istioBase", { name: "istio-base", namespace, values: {} }, options);
    createRelease(
      `${name}-istiod`,
      "istiod",
      { name: "istio-istiod", namespace, values: istiodValues(priorityClass) },
      { ...options, dependsOn: [base] },
    );
    this.registerOutputs({});
  }
}

const RUNTIME_DEFAULT = { type: "RuntimeDefault" };

/**
 * Everything of the Deployment's is below `pilot`, where istioctl and llm-d's guide have it; the chart takes it from there
 * (templates/zzy_descope_legacy.yaml). Its budget of disruptions comes by itself with the second replica.
 */
const istiodValues = (priorityClass: pulumi.Input<string>) => ({
  pilot: {
    env: { [INFERENCE_SWITCH]: "true" },
    // The autoscaler reads the metrics server that infra installs.
    autoscaleMin: AUTOSCALED.istiod.min,
    autoscaleMax: AUTOSCALED.istiod.max,
    resources: RESOURCES.istiod,
    // All that the "restricted" level of Pod Security wants beside what the chart sets.
    seccompProfile: RUNTIME_DEFAULT,
    nodeSelector: { [NODE_LABELS.nodePool]: SYSTEM_POOL },
    topologySpreadConstraints: spreadConstraints({ app: "istiod" }, AUTOSCALED.istiod.min),
  },
  global: { priorityClassName: priorityClass },
  // Of the pods that istiod makes for Gateways.
  gateways: { seccompProfile: RUNTIME_DEFAULT },
  // A mesh-wide log would have the path of every request, on every gateway; each gateway decides for itself.
  meshConfig: { accessLogFile: "" },
});
