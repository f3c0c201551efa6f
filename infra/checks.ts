/** Holds what a stack needs against what AWS says of the account. */
import * as pulumi from "@pulumi/pulumi";
import { instanceType } from "../catalog/instances";
import { minorsBetween, nextVersion } from "../catalog/kubernetesVersions";
import { QUOTAS, type Quota, quotaOf } from "../catalog/quotas";
import { ConfigError } from "../contracts/settings";
import type { AccountFacts } from "./account";
import { chargedNatGateways, zonesOf } from "./network/plan";
import type { InfraSettings } from "./settings";
import type { GpuPoolSettings } from "./settings/gpuPools";

export interface QuotaNeed {
  readonly quota: Quota;
  /** In the quota's unit, every ceiling full. */
  readonly need: number;
  /** What needs it. */
  readonly by: string;
  /** What successors of leaving nodes need beside it: of the largest node, and of all nodes at once. @default - nothing */
  readonly renewal?: { readonly ofOne: number; readonly ofAll: number };
}

type Needs = Pick<InfraSettings, "network" | "gpuPools" | "systemPool">;

/** Every quota that a stack counts against, with what it needs of it at its ceilings. */
export function quotaNeeds({ network, gpuPools, systemPool }: Needs): QuotaNeed[] {
  const ofPools = gpuPools.flatMap(poolNeeds);
  const others: QuotaNeed[] = [
    { quota: QUOTAS.onDemandStandard, need: systemPool.maxCpus, by: "the system pool" },
    { quota: QUOTAS.elasticIps, need: chargedNatGateways(zonesOf({ network, gpuPools })), by: "the NAT gateways" },
    { quota: QUOTAS.vpcs, need: 1, by: "the network" },
  ];
  return summed([...ofPools, ...others.filter(({ need }) => need > 0)]);
}

function poolNeeds({ name, instanceType: type, maxNodes, staticNodes, capacity }: GpuPoolSettings): QuotaNeed[] {
  const quota = quotaOf(type, capacity.kind);
  if (quota === undefined) return [];
  const { vcpus } = instanceType(type);
  const need = maxNodes * vcpus;
  // The limit of a static pool has room for successors.
  const renewal = staticNodes === undefined ? { renewal: { ofOne: vcpus, ofAll: need } } : {};
  return [{ quota, need, by: `pool ${name}`, ...renewal }];
}

function summed(needs: readonly QuotaNeed[]): QuotaNeed[] {
  const firsts = needs.filter(
    ({ quota }, index) => needs.findIndex(other => other.quota.code === quota.code) === index,
  );
  return firsts.map(({ quota }) => {
    const same = needs.filter(other => other.quota.code === quota.code);
    const need = same.reduce((sum, one) => sum + one.need, 0);
    const renewals = same.flatMap(({ renewal }) => renewal ?? []);
    const ofOne = Math.max(0, ...renewals.map(renewal => renewal.ofOne));
    const ofAll = renewals.reduce((sum, renewal) => sum + renewal.ofAll, 0);
    const by = same.map(one => one.by).join(", ");
    return { quota, need, by, ...(renewals.length > 0 && { renewal: { ofOne, ofAll } }) };
  });
}

/**
 * Says what of the account does not fit the stack. A version that EKS would not take, or not upgrade the cluster to, stops every
 * stack; a quota that is too small stops a protected one, and is told of any other.
 * @throws ConfigError with everything that stands in the way.
 */
export async function checkAccount(
  { kubernetesVersion, region, protect, gpuPools }: InfraSettings,
  needs: readonly QuotaNeed[],
  facts: AccountFacts,
): Promise<void> {
  const version = upgradeProblem(kubernetesVersion, facts.cluster?.version) ?? supportProblem(kubernetesVersion, facts);
  const ended = endedBlockProblems(gpuPools, new Date());
  const { quotas } = facts;
  const tooSmall = quotaProblems(needs, quotas, region);
  const problems = [...(version ? [version] : []), ...ended, ...(protect ? tooSmall : [])];
  if (problems.length > 0) throw new ConfigError(problems);
  if (!protect) for (const problem of tooSmall) await pulumi.log.warn(problem);
  for (const { text, isOutage } of quotaNotes(needs, quotas))
    await (isOutage ? pulumi.log.warn(text) : pulumi.log.info(text));
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

export interface QuotaNote {
  readonly text: string;
  /** Whether servers are away while their node is renewed. */
  readonly isOutage: boolean;
}

/**
 * What GPU quotas that are large enough let happen. They are the only hard stop: neither the pools' limits nor llmd:limits hold
 * while nodes are renewed, and a quota that does lets no successor start before the old node has gone.
 */
export const quotaNotes = (needs: readonly QuotaNeed[], values: AccountFacts["quotas"]): QuotaNote[] =>
  needs.flatMap(quotaNeed => {
    const { code, name, unit } = quotaNeed.quota;
    const value = values.get(code);
    const isOfGpus = code !== QUOTAS.onDemandStandard.code && unit === "vCPUs";
    if (!isOfGpus || value === undefined || value < quotaNeed.need) return [];
    const told = quotaEffect(quotaNeed, value);
    const text = `The quota "${name}" (${code}) is ${value} ${unit}, ${quotaNeed.need} are needed (${quotaNeed.by}): `;
    return told === undefined ? [] : [{ ...told, text: text + told.text }];
  });

const MORE = "AWS itself would let more run than the pools may have";

function quotaEffect({ need, renewal }: QuotaNeed, value: number): QuotaNote | undefined {
  if (renewal === undefined) return value > need ? { text: `${MORE}.`, isOutage: false } : undefined;
  const [one, all] = [need + renewal.ofOne, need + renewal.ofAll];
  if (value >= all)
    return { text: `${MORE}, and while nodes are renewed up to ${all} do, without an outage.`, isOutage: false };
  if (value >= one) {
    const text = `${MORE}, and while nodes are renewed up to ${value} do. If all expire at once, servers of some are away while they load.`;
    return { text, isOutage: false };
  }
  const text =
    "with full pools a node that expires has to go before its successor starts, and its servers are away while they load. " +
    `Request ${one} to have nodes renewed one at a time without an outage.`;
  return { text, isOutage: true };
}

/** Capacity Blocks that have ended: no node will ever come of them. */
export const endedBlockProblems = (pools: InfraSettings["gpuPools"], now: Date): string[] =>
  pools.flatMap(({ capacity }, index) => {
    if (capacity.kind !== "capacityBlock" || new Date(capacity.endsAt) > now) return [];
    return [
      `"llmd-infra:gpuPools[${index}].capacity.endsAt": the Capacity Block ended at ${capacity.endsAt}: ` +
        "remove the pool, or name a reservation that still runs",
    ];
  });

/** Why EKS would not bring a cluster to a version, if it would not. */
export function upgradeProblem(version: string, running: string | undefined): string | undefined {
  const minors = running === undefined ? 0 : minorsBetween(running, version);
  if (running === undefined || minors === 0 || minors === 1) return undefined;
  const path = `"llmd-infra:kubernetesVersion": "${version}"`;
  return minors < 0
    ? `${path} is older than the ${running} that the cluster runs, and EKS takes no version back: set it to "${running}"`
    : `${path} skips a minor version, which EKS does not: the cluster runs ${running}. Set it to "${nextVersion(running)}", run up, and go on from there`;
}

/**
 * Why EKS would charge extended support for a version, or not take it, if it would. A step of an upgrade is taken whatever its
 * support, since there is no other way.
 */
export function supportProblem(
  version: string,
  { supportedVersions: supported, cluster }: Pick<AccountFacts, "supportedVersions" | "cluster">,
): string | undefined {
  const running = cluster?.version;
  if (!supported || supported.some(candidate => candidate.version === version)) return undefined;
  if (running !== undefined && running !== version) return undefined;
  const choices = supported.map(candidate => `${candidate.version} (until ${candidate.until})`).sort();
  const remedy =
    running === undefined ? `take one of ${choices.join(", ")}` : `upgrade the cluster to "${nextVersion(running)}"`;
  return (
    `"llmd-infra:kubernetesVersion": "${version}" is not in standard support, outside of which a cluster costs $0.50 an ` +
    `hour more or cannot be made: ${remedy}`
  );
}
