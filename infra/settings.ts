/** Configuration of the infra layer. */
import { z } from "zod";
import { priceProblem } from "../catalog/cost";
import { foreignZoneProblem } from "../catalog/regions";
import { whenValid } from "../contracts/rules";
import { readSettings } from "../contracts/settings";
import { awsSchema, sharedSchema } from "../contracts/shared";
import { clusterSchema, kubernetesVersion, systemPoolSchema } from "./settings/cluster";
import { gpuPoolsSchema } from "./settings/gpuPools";
import { networkSchema, rejectSmallRange } from "./settings/network";
import {
  budgetSchema,
  deploySchema,
  imageCacheSchema,
  modelStoreSchema,
  rejectUncachedImages,
} from "./settings/services";

export const infraSchema = z
  .strictObject({
    kubernetesVersion,
    network: networkSchema.describe("Address range of the VPC, its zones and its ways out."),
    cluster: clusterSchema.describe("Access to the cluster, and its logs."),
    systemPool: systemPoolSchema.describe("Node pool of all pods but model servers."),
    gpuPools: gpuPoolsSchema.describe("Pools of GPU nodes."),
    modelStore: modelStoreSchema.optional().describe("S3 bucket for model weights. Without it: none."),
    budget: budgetSchema.optional().describe("Budget of AWS that sends alerts by e-mail. Without it: none."),
    deploy: deploySchema.optional().describe("Role that GitHub Actions deploys with. Without it: none."),
    imageCache: imageCacheSchema.optional().describe("Copies of other registries' images in ECR. Without it: none."),
  })
  .superRefine(rejectSmallRange, whenValid("network", "cidr", "gpuPools", "zoneIds"))
  .superRefine(rejectUncachedImages, whenValid("network", "imageCache", "enabled", "credentials"));

export type InfraSettings = ReturnType<typeof readInfraSettings>;

/** @throws ConfigError with every mistake in the layer's configuration. */
export const readInfraSettings = () =>
  readSettings({ aws: awsSchema, llmd: sharedSchema, "llmd-infra": infraSchema }, { problems: regionProblems });

type Regional = z.output<typeof awsSchema> & Pick<z.output<typeof infraSchema>, "network" | "gpuPools">;

/** Problems with the Region: zones of another one, and types without a known price in it. */
function regionProblems({ region, network, gpuPools }: Regional): string[] {
  const zoneProblems = (path: string, zoneIds: readonly string[]) =>
    zoneIds.flatMap((zone, index) => {
      const problem = foreignZoneProblem(zone, region);
      return problem ? [`"llmd-infra:${path}.zoneIds[${index}]": "${zone}" is refused: ${problem}`] : [];
    });
  return [
    ...zoneProblems("network", network.zoneIds),
    ...gpuPools.flatMap((pool, index) => {
      const problem = priceProblem(pool.instanceType, pool.capacity, region);
      return [
        ...zoneProblems(`gpuPools[${index}]`, pool.zoneIds),
        ...(problem ? [`"llmd-infra:gpuPools[${index}].capacity.usdPerHour" is missing: ${problem}`] : []),
      ];
    }),
  ];
}
