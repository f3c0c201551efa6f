/** The monitoring that a stack file asks for. */
import * as pulumi from "@pulumi/pulumi";
import type { PlatformContext } from "../context";
import type { Foundation } from "../foundation";
import { NAMESPACES } from "../namespaces";
import { Monitoring } from ".";

export function createMonitoring(
  { settings, infra, kubernetes, account }: PlatformContext,
  { namespaces, priorityClasses }: Foundation,
): Monitoring {
  const gateways = (["gateway", "entry"] as const).filter(key => namespaces.keys.includes(key));
  return new Monitoring("monitoring", {
    kubernetes,
    namespace: namespaces.name("monitoring"),
    priorityClass: priorityClasses.platform,
    storageClass: infra.get("storageClass"),
    settings: settings.monitoring,
    protect: settings.protect,
    maxGpus: settings.limits.gpus,
    maxUsdPerHour: settings.limits.usdPerHour,
    gpuPools: infra.get("gpuPools"),
    clusterName: infra.get("clusterName"),
    clusterArn: infra.get("clusterArn"),
    accountId: settings.accountId,
    modelsNamespace: namespaces.name("models"),
    gatewayNamespaces: gateways.map(key => namespaces.name(key)),
    istioNamespace: namespaces.keys.includes("istio")
      ? namespaces.name("istio")
      : (settings.istio.namespace ?? NAMESPACES.istio),
    alertsSecret: new pulumi.Config("llmd-platform").getSecret("alertsSecret"),
    aws: account,
  });
}
