/** Configuration of the infra layer. */
import { z } from "zod";
import { priceProblem } from "../catalog/cost";
import { foreignZoneProblem } from "../catalog/regions";
import { ifRight } from "../contracts/rules";
import { readSettings } from "../contracts/settings";
import { awsSchema, sharedSchema } from "../contracts/shared";
import { clusterSchema, kubernetesVersion, systemPoolSchema } from "./settings/cluster";
import { gpuPoolsSchema } from "./settings/gpuPools";
import { networkSchema, refuseSmallRange } from "./settings/network";
import {
  budgetSchema,
  deploySchema,
  imageCacheSchema,
  modelStoreSchema,
  refuseUncachedImages,
} from "./settings/services";

const infraSchema = z
  .strictObject({
    kubernetesVersion,
    network: networkSchema,
    cluster: clusterSchema,
    systemPool: systemPoolSchema,
    gpuPools: gpuPoolsSchema,
    modelStore: modelStoreSchema.optional(),
    budget: budgetSchema.optional(),
    deploy: deploySchema.optional(),
    imageCache: imageCacheSchema.optional(),
  })
  .superRefine(refuseSmallRange, ifRight("network", "cidr", "gpuPools", "zoneIds"))
  .superRefine(refuseUncachedImages, ifRight("network", "imageCache", "enabled", "credentials"));

export type InfraSettings = ReturnType<typeof readInfraSettings>;

/** @throws ConfigError with every mistake in the layer's configuration. */
export const readInfraSettings = () =>
  readSettings({ aws: awsSchema, llmd: sharedSchema, "llmd-infra": infraSchema }, { problems: regionProblems });

type Regional = z.output<typeof awsSchema> & Pick<z.output<typeof infraSchema>, "network" | "gpuPools">;

/** What depends on the Region: whose zones they are, and what is known to cost what there. */
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
