/** cert-manager: gets and renews the certificate of the entry. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { LABELS } from "../catalog/serving";
import { spreadConstraints } from "../contracts/placement";
import { createRelease } from "./charts";
import { REPLICAS, RESOURCES } from "./podSizes";

export interface CertManagerArgs {
  readonly kubernetes: k8s.Provider;
  readonly namespace: pulumi.Input<string>;
  /** Of its pods: without them a certificate runs out, weeks later. */
  readonly priorityClass: pulumi.Input<string>;
}

const RELEASE = "cert-manager";

/**
 * The chart of cert-manager. Its monitor needs the CRDs of the Prometheus operator; its controller looks for those of
 * the Gateway API when it starts, so they have to be there first.
 */
export class CertManager extends pulumi.ComponentResource {
  constructor(
    name: string,
    { kubernetes, namespace, priorityClass }: CertManagerArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("llmd:platform:CertManager", name, {}, opts);
    createRelease(
      `${name}-chart`,
      "certManager",
      { name: RELEASE, namespace, values: certManagerValues(namespace, priorityClass) },
      { parent: this, provider: kubernetes },
    );
    this.registerOutputs({});
  }
}

const ONE_AT_A_TIME = { enabled: true, maxUnavailable: 1 };
const SMALL = RESOURCES.certManager;

/** The chart's labels of the pods of one of its Deployments. */
const podsOf = (component: "controller" | "webhook") => ({
  [LABELS.appInstance]: RELEASE,
  [LABELS.appComponent]: component,
});

/** Pod security is the chart's; so is that the CRDs outlive the release: every Certificate would go with them. */
const certManagerValues = (namespace: pulumi.Input<string>, priorityClassName: pulumi.Input<string>) => ({
  crds: { enabled: true },
  // By itself it elects its leader in kube-system, and gets rights there.
  global: { leaderElection: { namespace }, priorityClassName },
  // Answers challenges by routes of the entry; a field of the configuration since 1.21, a flag before.
  config: {
    apiVersion: "controller.config.cert-manager.io/v1alpha1",
    kind: "ControllerConfiguration",
    gatewayAPI: { enabled: true },
  },
  // A Certificate can be written only while its webhook answers.
  webhook: {
    replicaCount: REPLICAS,
    podDisruptionBudget: ONE_AT_A_TIME,
    resources: SMALL,
    topologySpreadConstraints: spreadConstraints(podsOf("webhook")),
  },
  replicaCount: REPLICAS,
  topologySpreadConstraints: spreadConstraints(podsOf("controller")),
  podDisruptionBudget: ONE_AT_A_TIME,
  resources: SMALL,
  cainjector: { resources: SMALL },
  startupapicheck: { resources: SMALL },
  prometheus: { servicemonitor: { enabled: true } },
});
