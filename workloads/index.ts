/** Layer 3: one ModelService per configured model. */
import "../contracts/stackTraces";
import * as pulumi from "@pulumi/pulumi";
import { unsupportedPins } from "../catalog/versions";
import { useImageCache } from "../contracts/imageCache";
import type { Exported, WorkloadOutputs } from "../contracts/outputs";
import { accountProvider, clusterProvider } from "../contracts/providers";
import { ConfigError } from "../contracts/settings";
import { type Upstream, upstream } from "../contracts/upstream";
import { fetchAdapterConfigs } from "./adapterConfigs";
import type { ClusterContext } from "./context";
import { ModelService } from "./modelService";
import { planModels } from "./planning";
import { huggingFaceTokenInClear, readWorkloadsSettings, type WorkloadsSettings } from "./settings";

const PINS_OF_MODELS = ["vllm", "llmdRouter"] as const;

async function main(): Promise<Exported<WorkloadOutputs>> {
  const settings = readWorkloadsSettings();
  const infra = upstream("infra");
  const platform = upstream("platform");
  // One after the other, so that where both are missing the error names the command to run first.
  const pools = await infra.known("gpuPools");
  const bucket = await infra.known("modelBucket");
  const features = await platform.known("features");
  const entry = { url: await platform.known("entryUrl"), limits: await platform.known("entryLimits") };
  const [limits, platformCpus] = [await infra.known("systemPool"), await platform.known("systemCpus")];
  const systemPool = limits && platformCpus && { limits, platform: platformCpus };
  const adapters = settings.models.flatMap(({ lora = [], canary }) => [...lora, ...(canary?.lora ?? [])]);
  const adapterConfigs = await fetchAdapterConfigs(adapters, huggingFaceTokenInClear());
  const { plans, warnings, problems } = planModels({
    ...settings,
    adapterConfigs,
    pools,
    hasStore: bucket !== undefined,
    egress: await infra.known("egress"),
    features,
    entry,
    systemPool,
  });
  // Nothing is made for a model that could not be placed.
  if (problems.length > 0) throw new ConfigError(problems);
  for (const warning of [...warnings, ...unsupportedPins(PINS_OF_MODELS, new Date())]) await pulumi.log.warn(warning);

  useImageCache((await infra.known("imageCache")) ?? {});
  const cluster = clusterContext(settings, infra, platform);
  const account = plans.some(({ revisions }) => revisions.some(({ plan }) => plan.weights.source === "s3"))
    ? accountProvider(settings, "workloads")
    : undefined;
  const byModelField = features?.payloadProcessor ?? false;
  const services = plans.map(
    ({ name, revisions }) => [name, new ModelService(name, { revisions, cluster, byModelField, account })] as const,
  );

  return {
    bill: platform.get("bill"),
    endpoints: pulumi.all(Object.fromEntries(services.map(([name, { endpoint }]) => [name, endpoint]))),
  };
}

function clusterContext(
  { huggingFaceToken }: WorkloadsSettings,
  infra: Upstream<"infra">,
  platform: Upstream<"platform">,
): ClusterContext {
  const store = pulumi.all([
    infra.get("modelBucket"),
    infra.get("modelReaderRoleArn"),
    infra.get("modelWriterRoleArn"),
  ]);
  return {
    kubernetes: clusterProvider(infra.get("kubeconfig")),
    namespace: platform.get("namespaces").models,
    gateway: platform.get("gateway"),
    gatewayUrl: platform.get("gatewayUrl"),
    entryUrl: platform.get("entryUrl"),
    prometheusUrl: platform.get("prometheusUrl"),
    features: platform.get("features"),
    priorityClasses: platform.get("priorityClasses"),
    modelStore: store.apply(([bucket, readerRoleArn, writerRoleArn]) =>
      bucket && readerRoleArn && writerRoleArn ? { bucket, readerRoleArn, writerRoleArn } : undefined,
    ),
    region: infra.get("region"),
    clusterName: infra.get("clusterName"),
    huggingFaceToken,
  };
}

export = main;
