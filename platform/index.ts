/** Layer 2: CRDs, Istio, gateways, monitoring, and optional parts such as KEDA. */
import "../contracts/stackTraces";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PINS, unsupportedPins } from "../catalog/versions";
import type { Exported, PlatformOutputs } from "../contracts/outputs";
import { accountProvider, clusterProvider, stackTags } from "../contracts/providers";
import { ConfigError } from "../contracts/settings";
import { type Upstream, upstream } from "../contracts/upstream";
import { platformBill } from "./bill";
import { CertManager } from "./certManager";
import { pullFromCache } from "./chartImages";
import type { PartArgs } from "./charts";
import { Crds } from "./crds";
import { rejectUnreachable } from "./egress";
import { createEntry } from "./entry";
import { entryPlan } from "./entry/plan";
import { ExistingIstio } from "./existingIstio";
import { InferenceGateway } from "./gateways/inferenceGateway";
import { GpuOperator } from "./gpuOperator";
import { Istio } from "./istio";
import { Keda } from "./keda";
import { LeaderWorkerSet } from "./leaderWorkerSet";
import { Monitoring } from "./monitoring";
import { modelsLevel, Namespaces, neededNamespaces } from "./namespaces";
import { NetworkPolicies } from "./networkPolicies";
import { PayloadProcessor } from "./payloadProcessor";
import { platformRoomProblems, systemCpus } from "./podSizes";
import { PriorityClasses } from "./priorityClasses";
import { installedFeatures, installedPins, type PlatformSettings, readPlatformSettings } from "./settings";
import { openEntry } from "./settings/entry";

async function main(): Promise<Exported<PlatformOutputs>> {
  const settings = readPlatformSettings();
  for (const warning of unsupportedPins(installedPins(settings), new Date())) pulumi.log.warn(warning);
  const infra = upstream("infra");
  const kubernetes = clusterProvider(checkedKubeconfig(settings, infra));
  const account = needsAccount(settings) ? accountProvider(settings, "platform") : undefined;
  pullFromCache((await infra.known("imageCache")) ?? {});
  rejectUnreachable(settings, await infra.known("egress"));

  const parts = createBase(settings, infra, kubernetes);
  const { namespaces } = parts;
  const { crds, istio } = createApis(settings, parts);
  const monitoring = new Monitoring("monitoring", { ...parts, settings, infra, account });
  const gateway = new InferenceGateway(
    "inference-gateway",
    { kubernetes, namespace: namespaces.name("gateway"), revision: istio.revision },
    { dependsOn: [crds, istio] },
  );
  const certManager = createOptionalParts(settings, { ...parts, gateway, monitoring }, [crds, istio]);
  const entry = createEntry(
    settings.entry,
    {
      ...parts,
      account,
      tags: stackTags(settings.owner, "platform"),
      revision: istio.revision,
      to: gateway.service,
    },
    [crds, istio, gateway, ...certManager],
  );

  return {
    bill: pulumi
      .all([infra.get("bill"), infra.get("zoneIds")])
      .apply(([bill, zones]) => [...bill, ...platformBill(settings, zones.length)]),
    gateway: gateway.gateway,
    gatewayUrl: gateway.url,
    ...entry,
    prometheusUrl: monitoring.prometheusUrl,
    grafana: monitoring.grafana,
    namespaces: pulumi.output({
      models: namespaces.name("models"),
      gateway: namespaces.name("gateway"),
      monitoring: namespaces.name("monitoring"),
    }),
    features: installedFeatures(settings),
    priorityClasses: pulumi.output(parts.priorityClasses),
    systemCpus: infra.get("systemPool").apply(limits => systemCpus(settings, limits?.maxNodeCpus)),
    versions: Object.fromEntries(Object.entries(PINS).map(([name, { version }]) => [name, version])),
  };
}

/** Kubeconfig of the cluster, known once its system pool has room for the platform's pods. */
const checkedKubeconfig = (settings: PlatformSettings, infra: Upstream<"infra">): pulumi.Output<string> =>
  pulumi.all([infra.get("kubeconfig"), infra.get("systemPool")]).apply(([kubeconfig, limits]) => {
    const problems = limits ? platformRoomProblems(settings, limits) : [];
    if (problems.length > 0) throw new ConfigError(problems);
    return kubeconfig;
  });

const needsAccount = ({ entry, monitoring }: PlatformSettings): boolean =>
  entry.hostedZoneId !== undefined || monitoring.alerts?.kind === "sns";

/** Namespaces with their network policies, and PriorityClasses. */
function createBase(settings: PlatformSettings, infra: Upstream<"infra">, kubernetes: k8s.Provider) {
  const namespaces = new Namespaces("namespaces", {
    kubernetes,
    only: neededNamespaces(settings),
    levels: { models: infra.get("gpuPools").apply(modelsLevel) },
    protect: settings.protect,
  });
  const entry = openEntry(settings.entry);
  new NetworkPolicies("network-policies", {
    kubernetes,
    namespaces,
    entry: entry && {
      ports: entryPlan(entry).listeners.map(({ port }) => port),
      sourceRanges: entry.sourceRanges,
    },
  });
  const { names: priorityClasses } = new PriorityClasses("priority", { kubernetes });
  return { kubernetes, namespaces, priorityClasses };
}

/** The APIs that gateways, routes and pools are written in, and their controller. */
function createApis(settings: PlatformSettings, { kubernetes, namespaces, priorityClasses }: PartArgs) {
  const { protect, definitions, istio } = settings;
  const crds = new Crds("definitions", { kubernetes, protect, existing: definitions.existing });
  if (istio.mode === "existing") return { crds, istio: new ExistingIstio("istio", { kubernetes, ...istio }) };
  const [namespace, priorityClass] = [namespaces.name("istio"), priorityClasses.routing];
  return { crds, istio: new Istio("istio", { kubernetes, namespace, priorityClass }) };
}

interface OptionalPartArgs extends PartArgs {
  readonly gateway: InferenceGateway;
  readonly monitoring: Monitoring;
}

/** @returns cert-manager where it is installed: the entry's certificate needs it. */
function createOptionalParts(
  settings: PlatformSettings,
  { gateway, monitoring, ...parts }: OptionalPartArgs,
  apis: pulumi.Resource[],
): pulumi.Resource[] {
  const { keda, leaderWorkerSet, gpuOperator, payloadProcessor, certManager } = installedFeatures(settings);
  const opts = { dependsOn: [...apis, monitoring.crds] };
  if (keda) new Keda("keda", { ...parts, protect: settings.protect }, opts);
  if (leaderWorkerSet) new LeaderWorkerSet("leader-worker-set", parts, opts);
  if (gpuOperator) new GpuOperator("gpu-operator", { ...parts, nodeAgentsClass: monitoring.nodeAgentsClass }, opts);
  if (payloadProcessor) {
    const { payloadProcessorImage: image } = settings.features;
    new PayloadProcessor("payload-processor", { ...parts, gateway: gateway.gateway, image }, opts);
  }
  return certManager ? [new CertManager("cert-manager", parts, opts)] : [];
}

export = main;
