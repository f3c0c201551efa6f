/** LeaderWorkerSet: model servers that span several nodes and live and die together. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PINS } from "../catalog/versions";
import { createRelease } from "./charts";

export interface LeaderWorkerSetArgs {
  readonly kubernetes: k8s.Provider;
  readonly namespace: pulumi.Input<string>;
}

/**
 * The chart of LeaderWorkerSet. Its monitor needs the definitions of the Prometheus operator.
 *
 * A cluster that runs version 0.7 or older is not upgraded by installing this: up to then the definition was part of the
 * release, so the upgrade deletes it, and with it every LeaderWorkerSet and its pods (kubernetes-sigs/lws#880). Since then
 * the definition is in the chart's `crds` folder, which Helm neither upgrades nor deletes.
 */
export class LeaderWorkerSet extends pulumi.ComponentResource {
  constructor(name: string, { kubernetes, namespace }: LeaderWorkerSetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:LeaderWorkerSet", name, {}, opts);
    createRelease(
      `${name}-chart`,
      "leaderWorkerSet",
      { name: "lws", namespace, values: leaderWorkerSetValues() },
      { parent: this, provider: kubernetes },
    );
    this.registerOutputs({});
  }
}

function leaderWorkerSetValues() {
  // As in the chart's source, where the image floats; upstream pins it only when it packs a release.
  const image = { manager: { tag: `v${PINS.leaderWorkerSet.version}`, pullPolicy: "IfNotPresent" } };
  return {
    image,
    // Its webhook stands before every pod of a group: without a replica no such pod is made.
    replicaCount: 2,
    enablePrometheus: true,
    // The controller makes and renews the certificate of its webhook itself.
    enableCertManager: false,
    // Nothing here uses it, and its definition wants a newer controller: llm-d asks for 0.11.1 where it does.
    enableDisaggregatedSet: false,
    podSecurityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    resources: { requests: { cpu: "200m", memory: "256Mi" }, limits: { memory: "1Gi" } },
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: {
              labelSelector: { matchLabels: { "app.kubernetes.io/name": "lws" } },
              topologyKey: "topology.kubernetes.io/zone",
            },
          },
        ],
      },
    },
  };
}
