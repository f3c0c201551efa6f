/** Layer 3: one ModelService per configured model. */
import * as k8s from "@pulumi/kubernetes";
import { nodePoolName } from "../catalog/gpuPool";
import type { Exported, WorkloadOutputs } from "../contracts/outputs";
import { upstream } from "../contracts/upstream";
import { ModelService } from "./modelService";
import { checkPlacement } from "./placement";
import { readWorkloadsSettings } from "./settings";

const { models, huggingFaceToken } = readWorkloadsSettings();
const infra = upstream("infra");
const platform = upstream("platform");
const kubernetes = new k8s.Provider("cluster", { kubeconfig: infra.get("kubeconfig") });
const pools = infra.get("gpuPools").apply(known => {
  checkPlacement(models, known);
  return known;
});

const services = models.map(
  model =>
    new ModelService(model.name, {
      ...model,
      namespace: platform.get("namespaces").models,
      gateway: platform.get("gateway"),
      gatewayUrl: platform.get("gatewayUrl"),
      // Only of a pool that exists.
      nodePool: pools.apply(() => nodePoolName(model.pool)),
      huggingFaceToken,
      kubernetes,
    }),
);

const outputs: Exported<WorkloadOutputs> = {
  bill: platform.get("bill"),
  endpoints: Object.fromEntries(services.map((service, index) => [models[index]?.name, service.endpoint])),
};

export = outputs;
