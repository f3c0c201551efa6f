/** cert-manager: gets and renews the certificate of the entry. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { createRelease } from "./charts";

export interface CertManagerArgs {
  readonly kubernetes: k8s.Provider;
  readonly namespace: pulumi.Input<string>;
}

/**
 * The chart of cert-manager. Its monitor needs the definitions of the Prometheus operator; its controller looks for those of
 * the Gateway API when it starts, so they have to be there first.
 */
export class CertManager extends pulumi.ComponentResource {
  constructor(name: string, { kubernetes, namespace }: CertManagerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:CertManager", name, {}, opts);
    createRelease(
      `${name}-chart`,
      "certManager",
      { name: "cert-manager", namespace, values: certManagerValues(namespace) },
      { parent: this, provider: kubernetes },
    );
    this.registerOutputs({});
  }
}

const ONE_AT_A_TIME = { enabled: true, maxUnavailable: 1 };
const SMALL = { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } };

/** Pod security is the chart's; so is that the definitions outlive the release: with them would go every Certificate. */
const certManagerValues = (namespace: pulumi.Input<string>) => ({
  crds: { enabled: true },
  // By itself it elects its leader in kube-system, and gets rights there.
  global: { leaderElection: { namespace } },
  // Answers challenges by routes of the entry; a field of the configuration since 1.21, a flag before.
  config: {
    apiVersion: "controller.config.cert-manager.io/v1alpha1",
    kind: "ControllerConfiguration",
    gatewayAPI: { enabled: true },
  },
  // A Certificate can be written only while its webhook answers.
  webhook: { replicaCount: 2, podDisruptionBudget: ONE_AT_A_TIME, resources: SMALL },
  replicaCount: 2,
  podDisruptionBudget: ONE_AT_A_TIME,
  resources: SMALL,
  cainjector: { resources: SMALL },
  startupapicheck: { resources: SMALL },
  prometheus: { servicemonitor: { enabled: true } },
});
