/** LeaderWorkerSet: model servers that span several nodes and live and die together. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PINS } from "../catalog/versions";
import { spreadConstraints } from "../contracts/placement";
import { createRelease } from "./charts";
import { REPLICAS, RESOURCES } from "./podSizes";

export interface LeaderWorkerSetArgs {
  readonly kubernetes: k8s.Provider;
  readonly namespace: pulumi.Input<string>;
  /** Of its pods: without them no group of servers is made, or made again. */
  readonly priorityClass: pulumi.Input<string>;
}

const RELEASE = "lws";

/**
 * The chart of LeaderWorkerSet. Its monitor needs the CRDs of the Prometheus operator.
 *
 * A cluster that runs version 0.7 or older must not be upgraded by installing this. Until then the CRD was part of the
 * release: the upgrade deletes it, and with it every LeaderWorkerSet and its pods (kubernetes-sigs/lws#880). Since then the CRD
 * is in the chart's `crds` folder, which Helm neither upgrades nor deletes.
 */
export class LeaderWorkerSet extends pulumi.ComponentResource {
  constructor(name: string, args: LeaderWorkerSetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:LeaderWorkerSet", name, {}, opts);
    const options = { parent: this, provider: args.kubernetes };
    const release = createRelease(
      `${name}-chart`,
      "leaderWorkerSet",
      { name: RELEASE, namespace: args.namespace, values: leaderWorkerSetValues() },
      options,
    );
    placePods(name, args, { ...options, dependsOn: [release] });
    this.registerOutputs({});
  }
}

/**
 * Class and places of its pods, for which the chart has no values: for the class since kubernetes-sigs/lws#941, which is in
 * no 0.9. The chart's pods start without and are replaced at once.
 */
const placePods = (
  name: string,
  { namespace, priorityClass }: LeaderWorkerSetArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.apps.v1.DeploymentPatch =>
  new k8s.apps.v1.DeploymentPatch(
    `${name}-placement`,
    {
      metadata: { name: `${RELEASE}-controller-manager`, namespace },
      spec: {
        template: {
          spec: {
            priorityClassName: priorityClass,
            topologySpreadConstraints: spreadConstraints({ "control-plane": "controller-manager" }),
          },
        },
      },
    },
    opts,
  );

function leaderWorkerSetValues() {
  // As in the chart's source, where the image floats; upstream pins it only when it packs a release.
  const image = { manager: { tag: `v${PINS.leaderWorkerSet.version}`, pullPolicy: "IfNotPresent" } };
  return {
    image,
    // Its webhook stands before every pod of a group: without a replica no such pod is made.
    replicaCount: REPLICAS,
    enablePrometheus: true,
    // The controller makes and renews the certificate of its webhook itself.
    enableCertManager: false,
    // Not used here, and its CRD needs a newer controller: llm-d asks for 0.11.1 where it uses it.
    enableDisaggregatedSet: false,
    podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    resources: RESOURCES.leaderWorkerSet,
  };
}
