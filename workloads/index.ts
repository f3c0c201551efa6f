/** Layer 3: one ModelService per configured model. */
import "../contracts/stackTraces";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { nodePoolName } from "../catalog/gpuPool";
import type { Exported, WorkloadOutputs } from "../contracts/outputs";
import { CHANGED_IN_PLACE, upstream } from "../contracts/upstream";
import { ModelService } from "./modelService";
import { checkPlacement } from "./placement";
import { readWorkloadsSettings } from "./settings";

const { models, huggingFaceToken } = readWorkloadsSettings();
const infra = upstream("infra");
const platform = upstream("platform");
const placed = infra.get("gpuPools").apply(pools => checkPlacement(models, pools));
// Nothing is made for a model that could not be placed, not even by an `up` without a preview.
const kubeconfig = pulumi.all([infra.get("kubeconfig"), placed]).apply(([config]) => config);
const kubernetes = new k8s.Provider("cluster", { kubeconfig, ...CHANGED_IN_PLACE });

const services = models.map(
  model =>
    new ModelService(model.name, {
      ...model,
      namespace: platform.get("namespaces").models,
      gateway: platform.get("gateway"),
      gatewayUrl: platform.get("gatewayUrl"),
      nodePool: nodePoolName(model.pool),
      huggingFaceToken,
      kubernetes,
    }),
);

const outputs: Exported<WorkloadOutputs> = {
  bill: platform.get("bill"),
  endpoints: Object.fromEntries(services.map((service, index) => [models[index]?.name, service.endpoint])),
};

export = outputs;
