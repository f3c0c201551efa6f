/** Checks of the account: whether it has what a stack needs. */
import { instanceType } from "../catalog/instances";
import { minorsBetween, nextVersion } from "../catalog/kubernetesVersions";
import { QUOTAS, type Quota, quotaOf } from "../catalog/quotas";
import type { AccountFacts } from "./account";
import { chargedNatGateways, zonesOf } from "./network/plan";
import type { InfraSettings } from "./settings";
import type { GpuPoolSettings } from "./settings/gpuPools";

/** Results of a check. Each is a sentence with what to do. */
export interface Findings {
  /** Reasons to stop. */
  readonly problems: readonly string[];
  /** Risks; they are logged as warnings, and the deployment goes on. */
  readonly warnings: readonly string[];
  /** Remarks that are logged as information. */
  readonly notices: readonly string[];
}

/** @default - no findings of a kind that is not given */
export const findings = (found: Partial<Findings> = {}): Findings => ({
  problems: [],
  warnings: [],
  notices: [],
  ...found,
});

export interface QuotaNeed {
  /** Service quota that is compared with the account's value. */
  readonly quota: Quota;
  /** Need with every ceiling full, in the quota's unit. */
  readonly need: number;
  /** Parts of the stack that need it. */
  readonly by: string;
  /**
   * Further need of the successors of leaving nodes: of the largest node, and of all nodes at once. @default - none, as of
   * static pools
   */
  readonly renewal?: { readonly ofOne: number; readonly ofAll: number };
}

type Needs = Pick<InfraSettings, "network" | "gpuPools" | "systemPool">;

/** Quotas that a stack counts against, with its need of each at its ceilings. */
export function quotaNeeds({ network, gpuPools, systemPool }: Needs): QuotaNeed[] {
  const natGateways = chargedNatGateways(zonesOf({ network, gpuPools }));
  const others: QuotaNeed[] = [
    { quota: QUOTAS.onDemandStandard, need: systemPool.maxCpus, by: "the system pool" },
    { quota: QUOTAS.elasticIps, need: natGateways, by: "the NAT gateways" },
    { quota: QUOTAS.vpcs, need: 1, by: "the network" },
  ];
  return summed([...gpuPools.flatMap(poolNeeds), ...others.filter(({ need }) => need > 0)]);
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

const summed = (needs: readonly QuotaNeed[]): QuotaNeed[] =>
  [...Map.groupBy(needs, ({ quota }) => quota).entries()].map(([quota, same]) => {
    const need = sum(same.map(one => one.need));
    const by = same.map(one => one.by).join(", ");
    const renewals = same.flatMap(({ renewal }) => renewal ?? []);
    const ofOne = Math.max(0, ...renewals.map(renewal => renewal.ofOne));
    const ofAll = sum(renewals.map(renewal => renewal.ofAll));
    return { quota, need, by, ...(renewals.length > 0 && { renewal: { ofOne, ofAll } }) };
  });

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/**
 * Findings about the account. A Kubernetes version that EKS would not run or not upgrade to stops every stack. A quota that is
 * too small stops a protected stack, and is a warning for any other.
 */
export function accountFindings(
  { kubernetesVersion, region, protect, gpuPools }: InfraSettings,
  needs: readonly QuotaNeed[],
  facts: AccountFacts,
  now = new Date(),
): Findings {
  const version = upgradeProblem(kubernetesVersion, facts.cluster?.version) ?? supportProblem(kubernetesVersion, facts);
  const tooSmall = needs.flatMap(need => quotaProblems(need, facts.quotas, region));
  const effects = needs.flatMap(need => quotaEffects(need, facts.quotas));
  const textsOf = (isOutage: boolean) => effects.filter(effect => effect.isOutage === isOutage).map(({ text }) => text);
  return {
    problems: [...(version ? [version] : []), ...endedBlockProblems(gpuPools, now), ...(protect ? tooSmall : [])],
    warnings: [...(protect ? [] : tooSmall), ...textsOf(true)],
    notices: textsOf(false),
  };
}

/** A problem where the quota is too small, and none where its value is not known. */
function quotaProblems({ quota, need, by }: QuotaNeed, values: AccountFacts["quotas"], region: string): string[] {
  const value = values.get(quota.code);
  if (value === undefined || value >= need) return [];
  return [
    `The quota "${quota.name}" (${quota.code}) in ${region} is ${value} ${quota.unit}, ${need} are needed with every ceiling ` +
      `full (${by}): request more in Service Quotas, which takes days, or lower the ceilings.`,
  ];
}

interface QuotaEffect {
  readonly text: string;
  /** Whether servers are unavailable while their node is renewed. */
  readonly isOutage: boolean;
}

/**
 * Effects of a GPU quota that is large enough. Such a quota is the only hard limit: while nodes are renewed, limits of pools and
 * llmd:limits do not hold. A quota that does hold lets no successor start before the old node has gone.
 */
function quotaEffects(quotaNeed: QuotaNeed, values: AccountFacts["quotas"]): QuotaEffect[] {
  const { quota, need, by } = quotaNeed;
  const value = values.get(quota.code);
  const countsGpus = quota !== QUOTAS.onDemandStandard && quota.unit === "vCPUs";
  if (!countsGpus || value === undefined || value < need) return [];
  const effect = effectOf(quotaNeed, value);
  const text = `The quota "${quota.name}" (${quota.code}) is ${value} ${quota.unit}, ${need} are needed (${by}): `;
  return effect === undefined ? [] : [{ ...effect, text: text + effect.text }];
}

const MORE = "AWS allows more than the limits of the pools";

function effectOf({ need, renewal }: QuotaNeed, value: number): QuotaEffect | undefined {
  if (renewal === undefined) return value > need ? { text: `${MORE}.`, isOutage: false } : undefined;
  const [one, all] = [need + renewal.ofOne, need + renewal.ofAll];
  const most = `${MORE}. While nodes are renewed, up to ${Math.min(value, all)} run`;
  if (value >= all) return { text: `${most}, without an outage.`, isOutage: false };
  if (value >= one)
    return {
      text: `${most}. If all nodes expire at once, some servers are unavailable while they load.`,
      isOutage: false,
    };
  const text =
    "while the pools are full, a node that expires has to go before its successor starts, and its servers are unavailable " +
    `while they load. Request ${one} to renew nodes one at a time without an outage.`;
  return { text, isOutage: true };
}

/** Problems of Capacity Blocks that have ended: they never give a node again. */
const endedBlockProblems = (pools: InfraSettings["gpuPools"], now: Date): string[] =>
  pools.flatMap(({ capacity }, index) => {
    if (capacity.kind !== "capacityBlock" || new Date(capacity.endsAt) > now) return [];
    return [
      `"llmd-infra:gpuPools[${index}].capacity.endsAt": the Capacity Block ended at ${capacity.endsAt}: ` +
        "remove the pool, or name a reservation that has not ended",
    ];
  });

/** Problem of an upgrade that EKS does not do; `undefined` where it does. */
function upgradeProblem(version: string, running: string | undefined): string | undefined {
  const minors = running === undefined ? 0 : minorsBetween(running, version);
  if (running === undefined || minors === 0 || minors === 1) return undefined;
  const path = `"llmd-infra:kubernetesVersion": "${version}"`;
  return minors < 0
    ? `${path} is older than ${running}, the version of the cluster. EKS does not downgrade: set it to "${running}"`
    : `${path} skips a minor version. EKS upgrades one at a time, and the cluster runs ${running}: set it to "${nextVersion(running)}", run up, and continue from there`;
}

/**
 * Problem of a version outside of standard support: EKS charges more for it, or does not make a cluster of it. A step of an
 * upgrade is no problem whatever its support, since there is no other way.
 */
function supportProblem(
  version: string,
  { supportedVersions: supported, cluster }: Pick<AccountFacts, "supportedVersions" | "cluster">,
): string | undefined {
  const running = cluster?.version;
  if (!supported || supported.some(candidate => candidate.version === version)) return undefined;
  if (running !== undefined && running !== version) return undefined;
  const choices = supported.map(candidate => `${candidate.version} (until ${candidate.until})`).sort();
  const remedy =
    running === undefined ? `use one of ${choices.join(", ")}` : `upgrade the cluster to "${nextVersion(running)}"`;
  return (
    `"llmd-infra:kubernetesVersion": "${version}" is not in standard support. Outside of it a cluster costs $0.50 an ` +
    `hour more, or cannot be made: ${remedy}`
  );
}
