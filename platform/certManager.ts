/** cert-manager: gets and renews the entry's certificate. */
import type * as pulumi from "@pulumi/pulumi";
import { LABELS } from "../catalog/serving";
import { spreadConstraints } from "../contracts/placement";
import { ChartComponent, type PartArgs } from "./charts";
import { REPLICAS, RESOURCES } from "./podSizes";

const RELEASE = "cert-manager";

/**
 * The chart of cert-manager. Its monitor needs the CRDs of the Prometheus operator. Its controller looks for the CRDs of the
 * Gateway API when it starts, so they must exist first.
 */
export class CertManager extends ChartComponent {
  constructor(
    name: string,
    { kubernetes, namespaces, priorityClasses }: PartArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const namespace = namespaces.name("certManager");
    const values = certManagerValues(namespace, priorityClasses.platform);
    const release = { chart: "certManager", name: RELEASE, namespace, values } as const;
    super("llmd:platform:CertManager", name, { kubernetes, ...release }, opts);
  }
}

const ONE_AT_A_TIME = { enabled: true, maxUnavailable: 1 };
const SMALL = RESOURCES.certManager;

/** Labels of the pods of one of the chart's Deployments. */
const podsOf = (component: "controller" | "webhook") => ({
  [LABELS.appInstance]: RELEASE,
  [LABELS.appComponent]: component,
});

/** Pod security is left to the chart, which also keeps its CRDs, and with them every Certificate, when it is removed. */
const certManagerValues = (namespace: pulumi.Input<string>, priorityClassName: pulumi.Input<string>) => ({
  crds: { enabled: true },
  // By default it elects its leader in kube-system and has a Role there.
  global: { leaderElection: { namespace }, priorityClassName },
  // Challenges are answered by routes of the entry. Until 1.21 this was a flag.
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
