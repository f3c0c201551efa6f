/** Layer 3: one ModelService per configured model. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Exported, WorkloadOutputs } from "../contracts/outputs";
import { upstream } from "../contracts/upstream";
import { ModelService } from "./modelService";
import { readWorkloadsSettings } from "./settings";

const { models, huggingFaceToken } = readWorkloadsSettings();
const infra = upstream("infra");
const platform = upstream("platform");
const kubernetes = new k8s.Provider("cluster", { kubeconfig: infra.get("kubeconfig") });

/** Instance type of a pool, which only infra knows. */
const instanceTypeOf = (poolName: string) =>
  infra.get("gpuPools").apply(pools => {
    const pool = pools.find(({ name }) => name === poolName);
    if (pool) return pool.instanceType;
    throw new pulumi.RunError(
      `no GPU pool is named "${poolName}"; there are: ${pools.map(({ name }) => name).join(", ")}`,
    );
  });

const services = models.map(
  model =>
    new ModelService(model.name, {
      ...model,
      namespace: platform.get("namespaces").models,
      gateway: platform.get("gateway"),
      gatewayUrl: platform.get("gatewayUrl"),
      instanceType: instanceTypeOf(model.pool),
      huggingFaceToken,
      kubernetes,
    }),
);

const outputs: Exported<WorkloadOutputs> = {
  bill: platform.get("bill"),
  endpoints: Object.fromEntries(services.map((service, index) => [models[index]?.name, service.endpoint])),
};

export = outputs;
