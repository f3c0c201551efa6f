/** Layer 2: definitions, Istio, gateways, monitoring, and what scales and spans model servers. */
import "../contracts/stackTraces";
import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PINS } from "../catalog/versions";
import type { Exported, PlatformOutputs } from "../contracts/outputs";
import { CHANGED_IN_PLACE, upstream } from "../contracts/upstream";
import { platformBill } from "./bill";
import { Definitions } from "./definitions";
import { Entry } from "./entry";
import { entryPlan } from "./entry/plan";
import { EntryRecord } from "./entry/record";
import { ExistingIstio } from "./existingIstio";
import { createFeatures } from "./features";
import { InferenceGateway } from "./gateway";
import { Istio } from "./istio";
import { Monitoring } from "./monitoring";
import { modelsLevel, Namespaces } from "./namespaces";
import { NetworkPolicies } from "./networkPolicies";
import { featuresOf, namespacesOf } from "./parts";
import { PriorityClasses } from "./priorityClasses";
import { readPlatformSettings } from "./settings";
import { openEntry } from "./settings/entry";

const settings = readPlatformSettings();
const open = openEntry(settings.entry);
const features = featuresOf(settings);
const tags = { owner: settings.owner, stack: `llmd-${pulumi.getStack()}`, component: "llmd-platform" };

const infra = upstream("infra");
const kubernetes = new k8s.Provider("cluster", { kubeconfig: infra.get("kubeconfig"), ...CHANGED_IN_PLACE });
const account =
  open?.hostedZoneId || settings.monitoring.alerts?.kind === "sns"
    ? new aws.Provider("aws", {
        region: settings.region as aws.Region,
        allowedAccountIds: [settings.accountId],
        defaultTags: { tags },
      })
    : undefined;

const namespaces = new Namespaces("namespaces", {
  kubernetes,
  only: namespacesOf(settings),
  levels: { models: infra.get("gpuPools").apply(modelsLevel) },
});
new NetworkPolicies("network-policies", {
  kubernetes,
  namespaces,
  entry: open && { ports: entryPlan(open).listeners.map(({ port }) => port), sourceRanges: open.sourceRanges },
});
const { names: priorityClasses } = new PriorityClasses("priority", { kubernetes });
const definitions = new Definitions("definitions", { kubernetes, protect: settings.protect });
const istio =
  settings.istio.mode === "managed"
    ? new Istio("istio", {
        kubernetes,
        namespace: namespaces.name("istio"),
        priorityClass: priorityClasses.routing,
      })
    : new ExistingIstio("istio", { kubernetes, ...settings.istio });
const monitoring = new Monitoring("monitoring", {
  kubernetes,
  namespace: namespaces.name("monitoring"),
  storageClass: infra.get("storageClass"),
  settings: settings.monitoring,
  maxGpus: settings.limits.gpus,
  maxUsdPerHour: settings.limits.usdPerHour,
  gpuPools: infra.get("gpuPools"),
  clusterName: infra.get("clusterName"),
  clusterArn: infra.get("clusterArn"),
  accountId: settings.accountId,
  modelsNamespace: namespaces.name("models"),
  gatewayNamespaces: [namespaces.name("gateway"), ...(open ? [namespaces.name("entry")] : [])],
  istioNamespace:
    settings.istio.mode === "managed" ? namespaces.name("istio") : (settings.istio.namespace ?? "istio-system"),
  alertsSecret: new pulumi.Config("llmd-platform").getSecret("alertsSecret"),
  aws: account,
});
const routable = [definitions, istio];
const inference = new InferenceGateway(
  "inference-gateway",
  { kubernetes, namespace: namespaces.name("gateway"), revision: istio.revision },
  { dependsOn: routable },
);
const certManager = createFeatures({
  features,
  kubernetes,
  namespaces,
  priorityClasses,
  payloadProcessorImage: settings.features.payloadProcessorImage,
  gateway: inference.gateway,
  dependsOn: [...routable, monitoring.definitions],
});
const entry =
  open &&
  new Entry(
    "entry",
    {
      kubernetes,
      namespace: namespaces.name("entry"),
      settings: open,
      revision: istio.revision,
      to: { name: inference.service.name, namespace: inference.service.namespace },
      tags,
    },
    { dependsOn: [...routable, inference, ...(certManager ? [certManager] : [])] },
  );
if (entry && open.hostname && open.hostedZoneId)
  new EntryRecord(
    "entry-record",
    { hostname: open.hostname, hostedZoneId: open.hostedZoneId, target: entry.loadBalancer },
    { provider: account },
  );

const outputs: Exported<PlatformOutputs> = {
  bill: pulumi
    .all([infra.get("bill"), infra.get("zoneIds")])
    .apply(([bill, zones]) => [...bill, ...platformBill(settings, zones.length)]),
  gateway: inference.gateway,
  gatewayUrl: inference.url,
  prometheusUrl: monitoring.prometheusUrl,
  grafana: monitoring.grafana,
  namespaces: pulumi.output({
    models: namespaces.name("models"),
    gateway: namespaces.name("gateway"),
    monitoring: namespaces.name("monitoring"),
  }),
  features,
  priorityClasses: pulumi.output(priorityClasses),
  versions: Object.fromEntries(Object.entries(PINS).map(([name, { version }]) => [name, version])),
  // Left out altogether: the engine warns of outputs that are undefined.
  ...(entry && { entryUrl: entry.url }),
  ...(entry &&
    open.hostname &&
    !open.hostedZoneId && { entryRecord: pulumi.interpolate`${open.hostname} CNAME ${entry.loadBalancer}` }),
};

export = outputs;
