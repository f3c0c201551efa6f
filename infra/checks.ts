/** Holds what a stack needs against what AWS says of the account. */
import * as pulumi from "@pulumi/pulumi";
import { instanceType } from "../catalog/instances";
import { QUOTAS, type Quota, quotaOf } from "../catalog/quotas";
import { ConfigError } from "../contracts/settings";
import type { AccountFacts } from "./account";
import { chargedNatGateways } from "./network/plan";
import type { InfraSettings } from "./settings";

export interface QuotaNeed {
  readonly quota: Quota;
  /** In the quota's unit, every ceiling full. */
  readonly need: number;
  /** What needs it. */
  readonly by: string;
}

type Needs = Pick<InfraSettings, "network" | "gpuPools" | "systemPool">;

/** Every quota that a stack counts against, with what it needs of it at its ceilings. */
export function quotaNeeds({ network, gpuPools, systemPool }: Needs): QuotaNeed[] {
  const ofPools = gpuPools.flatMap(({ name, instanceType: type, maxNodes, capacity }) => {
    const quota = quotaOf(type, capacity.kind);
    return quota ? [{ quota, need: maxNodes * instanceType(type).vcpus, by: `pool ${name}` }] : [];
  });
  const nodeZoneIds = gpuPools.flatMap(({ zoneIds }) => zoneIds);
  const others = [
    { quota: QUOTAS.onDemandStandard, need: systemPool.maxCpus, by: "the system pool" },
    { quota: QUOTAS.elasticIps, need: chargedNatGateways({ ...network, nodeZoneIds }), by: "the NAT gateways" },
    { quota: QUOTAS.vpcs, need: 1, by: "the network" },
  ];
  return summed([...ofPools, ...others.filter(({ need }) => need > 0)]);
}

function summed(needs: readonly QuotaNeed[]): QuotaNeed[] {
  const firsts = needs.filter(
    ({ quota }, index) => needs.findIndex(other => other.quota.code === quota.code) === index,
  );
  return firsts.map(({ quota }) => {
    const same = needs.filter(other => other.quota.code === quota.code);
    const need = same.reduce((sum, one) => sum + one.need, 0);
    return { quota, need, by: same.map(({ by }) => by).join(", ") };
  });
}

/**
 * Says what of the account does not fit the stack. A version that EKS would not take stops every stack; a quota that is
 * too small stops a protected one, and is told of any other.
 * @throws ConfigError with everything that stands in the way.
 */
export async function checkAccount(
  { kubernetesVersion, region, protect, gpuPools }: InfraSettings,
  needs: readonly QuotaNeed[],
  { quotas, supportedVersions }: AccountFacts,
): Promise<void> {
  const version = versionProblem(kubernetesVersion, supportedVersions);
  const ended = endedBlockProblems(gpuPools, new Date());
  const tooSmall = quotaProblems(needs, quotas, region);
  const problems = [...(version ? [version] : []), ...ended, ...(protect ? tooSmall : [])];
  if (problems.length > 0) throw new ConfigError(problems);
  if (!protect) for (const problem of tooSmall) await pulumi.log.warn(problem);
  for (const note of quotaNotes(needs, quotas)) await pulumi.log.info(note);
}

/** Quotas that are too small; those that could not be read are passed over. */
export const quotaProblems = (needs: readonly QuotaNeed[], values: AccountFacts["quotas"], region: string): string[] =>
  needs.flatMap(({ quota: { code, name, unit }, need, by }) => {
    const value = values.get(code);
    if (value === undefined || value >= need) return [];
    return [
      `The quota "${name}" (${code}) in ${region} is ${value} ${unit}, ${need} are needed with every ceiling full (${by}): ` +
        "request more in Service Quotas, which takes days, or lower the ceilings.",
    ];
  });

/** GPU quotas that would let more run than the pools may have: they are the only hard stop on AWS's side. */
export const quotaNotes = (needs: readonly QuotaNeed[], values: AccountFacts["quotas"]): string[] =>
  needs.flatMap(({ quota: { code, name, unit }, need, by }) => {
    const value = values.get(code);
    const isOfGpus = code !== QUOTAS.onDemandStandard.code && unit === "vCPUs";
    if (!isOfGpus || value === undefined || value <= need) return [];
    return [
      `The quota "${name}" (${code}) is ${value} ${unit}, ${need} are needed (${by}): ` +
        "AWS itself would let more run than the pools may have.",
    ];
  });

/** Capacity Blocks that have ended: no node will ever come of them. */
export const endedBlockProblems = (pools: InfraSettings["gpuPools"], now: Date): string[] =>
  pools.flatMap(({ capacity }, index) => {
    if (capacity.kind !== "capacityBlock" || new Date(capacity.endsAt) > now) return [];
    return [
      `"llmd-infra:gpuPools[${index}].capacity.endsAt": the Capacity Block ended at ${capacity.endsAt}: ` +
        "remove the pool, or name a reservation that still runs",
    ];
  });

/** Why EKS would charge extended support for a version, or not take it, if it would. */
export function versionProblem(version: string, supported: AccountFacts["supportedVersions"]): string | undefined {
  if (!supported || supported.some(candidate => candidate.version === version)) return undefined;
  const choices = supported.map(candidate => `${candidate.version} (until ${candidate.until})`).sort();
  return (
    `"llmd-infra:kubernetesVersion": "${version}" is not in standard support, outside of which a cluster costs $0.50 an ` +
    `hour more or cannot be made: take one of ${choices.join(", ")}`
  );
}
