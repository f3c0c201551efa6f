/** The parts that not every platform needs, each by its switch. */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { IMAGES } from "../catalog/versions";
import type { ObjectName } from "../contracts/outputs";
import { CertManager } from "./certManager";
import { GpuOperator } from "./gpuOperator";
import { Keda } from "./keda";
import { LeaderWorkerSet } from "./leaderWorkerSet";
import type { Namespaces } from "./namespaces";
import type { Features } from "./parts";
import { PayloadProcessor } from "./payloadProcessor";
import type { PriorityClassNames } from "./priorityClasses";

export interface FeaturesArgs {
  readonly features: Features;
  readonly kubernetes: k8s.Provider;
  readonly namespaces: Namespaces;
  readonly priorityClasses: PriorityClassNames;
  /** Of what runs on every node. */
  readonly nodeAgentsClass: pulumi.Input<string>;
  /** From `llmd:protect`. */
  readonly protect: boolean;
  /** By digest. @default - the release in the catalogue */
  readonly payloadProcessorImage?: string | undefined;
  /** The Gateway whose requests the payload processor reads. */
  readonly gateway: pulumi.Input<ObjectName>;
  /** What the parts' own objects need: CRDs, Istio. */
  readonly dependsOn: pulumi.Resource[];
}

/** @returns what the entry has to wait for, where its certificate comes from it. */
export function createFeatures(args: FeaturesArgs): CertManager | undefined {
  const { features, kubernetes, namespaces, priorityClasses, dependsOn, gateway } = args;
  const options = { dependsOn };
  if (features.keda)
    new Keda(
      "keda",
      {
        kubernetes,
        namespace: namespaces.name("keda"),
        modelsNamespace: namespaces.name("models"),
        priorityClass: priorityClasses.routing,
        protect: args.protect,
      },
      options,
    );
  if (features.leaderWorkerSet)
    new LeaderWorkerSet(
      "leader-worker-set",
      { kubernetes, namespace: namespaces.name("leaderWorkerSet"), priorityClass: priorityClasses.platform },
      options,
    );
  if (features.gpuOperator)
    new GpuOperator(
      "gpu-operator",
      {
        kubernetes,
        namespace: namespaces.name("gpuOperator"),
        priorityClass: priorityClasses.platform,
        nodeAgentsClass: args.nodeAgentsClass,
      },
      options,
    );
  if (features.payloadProcessor)
    new PayloadProcessor(
      "payload-processor",
      {
        kubernetes,
        namespace: namespaces.name("models"),
        gateway,
        pinnedImage: args.payloadProcessorImage ?? IMAGES.payloadProcessor,
        priorityClass: priorityClasses.routing,
      },
      options,
    );
  return features.certManager
    ? new CertManager(
        "cert-manager",
        { kubernetes, namespace: namespaces.name("certManager"), priorityClass: priorityClasses.platform },
        options,
      )
    : undefined;
}
