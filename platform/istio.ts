/** Istio, which implements the gateways. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { NODE_LABELS } from "../catalog/gpuPool";
import { INFERENCE_SWITCH } from "../catalog/istio";
import { SYSTEM_POOL } from "../catalog/systemPool";
import { spreadConstraints } from "../contracts/placement";
import { createRelease } from "./charts";
import { AUTOSCALED, RESOURCES } from "./podSizes";

interface IstioArgs {
  readonly kubernetes: k8s.Provider;
  readonly namespace: pulumi.Input<string>;
  /** PriorityClass of istiod: without istiod no gateway learns of a new pod. */
  readonly priorityClass: pulumi.Input<string>;
}

/**
 * The charts `base` and `istiod`, without ztunnel and istio-cni. No namespace of this platform has the label for sidecars.
 * Costs two to five replicas of a quarter vCPU and 1 GiB on the system pool, within the pool's ceiling.
 */
export class Istio extends pulumi.ComponentResource {
  /** Value of `istio.io/rev` on Gateways: none, this istiod is the only one. */
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
 * Values below `pilot` are for the Deployment, as in istioctl and llm-d's guide (templates/zzy_descope_legacy.yaml of the chart).
 * The chart adds a PodDisruptionBudget with the second replica.
 */
const istiodValues = (priorityClass: pulumi.Input<string>) => ({
  pilot: {
    env: { [INFERENCE_SWITCH]: "true" },
    // The autoscaler reads the metrics server that infra installs.
    autoscaleMin: AUTOSCALED.istiod.min,
    autoscaleMax: AUTOSCALED.istiod.max,
    resources: RESOURCES.istiod,
    // Pod Security's level "restricted" needs it, and the chart does not set it.
    seccompProfile: RUNTIME_DEFAULT,
    nodeSelector: { [NODE_LABELS.nodePool]: SYSTEM_POOL },
    topologySpreadConstraints: spreadConstraints({ app: "istiod" }, AUTOSCALED.istiod.min),
  },
  global: { priorityClassName: priorityClass },
  // For pods that istiod makes for Gateways.
  gateways: { seccompProfile: RUNTIME_DEFAULT },
  // A mesh-wide log would hold the path of every request; each Gateway configures its own.
  meshConfig: { accessLogFile: "" },
});
