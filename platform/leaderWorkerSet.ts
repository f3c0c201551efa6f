/** LeaderWorkerSet: model servers over several nodes, which start and stop together. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PINS } from "../catalog/versions";
import { spreadConstraints } from "../contracts/placement";
import { createRelease, type PartArgs } from "./charts";
import { REPLICAS, RESOURCES } from "./podSizes";

const RELEASE = "lws";

/**
 * The chart of LeaderWorkerSet. Its monitor needs the CRDs of the Prometheus operator.
 *
 * A cluster that runs version 0.7 or older must not be upgraded by installing this. Until then the CRD was part of the
 * release: the upgrade deletes it, and with it every LeaderWorkerSet and its pods (kubernetes-sigs/lws#880). Since then the CRD
 * is in the chart's `crds` folder, which Helm neither upgrades nor deletes.
 */
export class LeaderWorkerSet extends pulumi.ComponentResource {
  constructor(name: string, args: PartArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:LeaderWorkerSet", name, {}, opts);
    const options = { parent: this, provider: args.kubernetes };
    const namespace = args.namespaces.name("leaderWorkerSet");
    const release = createRelease(
      `${name}-chart`,
      "leaderWorkerSet",
      { name: RELEASE, namespace, values: leaderWorkerSetValues() },
      options,
    );
    patchPlacement(name, namespace, args.priorityClasses.platform, { ...options, dependsOn: [release] });
    this.registerOutputs({});
  }
}

/**
 * Sets PriorityClass and topology spread of its pods, for which the chart has no values: kubernetes-sigs/lws#941, which has one
 * for the class, is in no 0.9. The chart's pods start without them and are replaced at once.
 */
const patchPlacement = (
  name: string,
  namespace: pulumi.Input<string>,
  priorityClass: pulumi.Input<string>,
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
  // The image floats in the chart's source; upstream pins it only when it packs a release.
  const image = { manager: { tag: `v${PINS.leaderWorkerSet.version}`, pullPolicy: "IfNotPresent" } };
  return {
    image,
    // Its webhook admits every pod of a group: without a replica no such pod is created.
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
