/** Layer 2: CRDs, Istio, gateways, monitoring, and what scales and spans model servers. */
import "../contracts/stackTraces";
import * as pulumi from "@pulumi/pulumi";
import { PINS, unsupportedPins } from "../catalog/versions";
import type { Exported, PlatformOutputs } from "../contracts/outputs";
import { platformBill } from "./bill";
import { pullFromCache } from "./chartImages";
import { platformContext } from "./context";
import { refuseUnreachable } from "./egress";
import { createEntry } from "./entry/open";
import { createFeatures } from "./features";
import { createFoundation } from "./foundation";
import { InferenceGateway } from "./gateways/inferenceGateway";
import { createMonitoring } from "./monitoring/create";
import { featuresOf, pinsOf } from "./parts";
import { readPlatformSettings } from "./settings";
import { systemCpus } from "./systemRoom";

async function main(): Promise<Exported<PlatformOutputs>> {
  const settings = readPlatformSettings();
  for (const warning of unsupportedPins(pinsOf(settings), new Date())) pulumi.log.warn(warning);
  const context = platformContext(settings);
  const { infra, kubernetes } = context;
  pullFromCache((await infra.known("imageCache")) ?? {});
  refuseUnreachable(settings, await infra.known("egress"));

  const foundation = createFoundation(context);
  const { namespaces, priorityClasses, crds, istio } = foundation;
  const monitoring = createMonitoring(context, foundation);
  const inference = new InferenceGateway(
    "inference-gateway",
    { kubernetes, namespace: namespaces.name("gateway"), revision: istio.revision },
    { dependsOn: [crds, istio] },
  );
  const features = featuresOf(settings);
  const certManager = createFeatures({
    features,
    kubernetes,
    namespaces,
    priorityClasses,
    nodeAgentsClass: monitoring.nodeAgentsClass,
    protect: settings.protect,
    payloadProcessorImage: settings.features.payloadProcessorImage,
    gateway: inference.gateway,
    dependsOn: [crds, istio, monitoring.crds],
  });
  const reached = createEntry(
    context,
    {
      namespace: settings.entry.exposure === "none" ? "" : namespaces.name("entry"),
      revision: istio.revision,
      to: { name: inference.service.name, namespace: inference.service.namespace },
    },
    [crds, istio, inference, ...(certManager ? [certManager] : [])],
  );

  return {
    bill: pulumi
      .all([infra.get("bill"), infra.get("zoneIds")])
      .apply(([bill, zones]) => [...bill, ...platformBill(settings, zones.length)]),
    gateway: inference.gateway,
    gatewayUrl: inference.url,
    // Left out altogether where there is none: the engine warns of outputs that are undefined.
    ...reached,
    prometheusUrl: monitoring.prometheusUrl,
    grafana: monitoring.grafana,
    namespaces: pulumi.output({
      models: namespaces.name("models"),
      gateway: namespaces.name("gateway"),
      monitoring: namespaces.name("monitoring"),
    }),
    features,
    priorityClasses: pulumi.output(priorityClasses),
    systemCpus: infra.get("systemPool").apply(limits => systemCpus(settings, limits?.maxNodeCpus)),
    versions: Object.fromEntries(Object.entries(PINS).map(([name, { version }]) => [name, version])),
  };
}

export = main;
