/** Memory that a role's servers have for the model, and the time that they take to start. */
import { cheapestPoolType, describeMisfit, type Fit, fitModel } from "../../catalog/fit";
import { publishedBytes } from "../../catalog/models";
import { type AdapterRoom, maxLoraRank } from "../../catalog/models/adapters";
import type { FitRequest } from "../../catalog/models/measure";
import {
  estimateStart,
  type StartEstimate,
  type StartRequest,
  type StartupBudget,
  startupBudget,
} from "../../catalog/startup";
import type { GpuPoolFacts } from "../../contracts/outputs";
import { maxPods } from "../plan";
import { memoryArgs } from "../settings/engineArgs";
import { MOST_NODES } from "../settings/fields";
import { isMeasured, type ModelFacts } from "./modelFacts";
import { usesNixl } from "./pools";
import type { Revision } from "./revisions";
import { type RequestedRole, requestedRoles } from "./revisions";

/** Budget of upstream's startup probe (`/v1/models`): an hour, for models whose start nobody can estimate. */
const UPSTREAM_BUDGET: StartupBudget = { periodSeconds: 30, failureThreshold: 120 };

/** One role of a revision on one pool. */
export interface Placement {
  /** Revision that the role belongs to, with its settings. */
  readonly revision: Revision;
  /** Facts of the revision's weights: architecture, precision, adapters. */
  readonly facts: ModelFacts;
  /** Size and limits of the role, as the model's settings ask for them. */
  readonly requested: RequestedRole;
  /** Pool that the role names, or a stand-in where no pool has the name. */
  readonly pool: GpuPoolFacts;
}

/** Request to `fitModel`, and its answer. */
interface MeasuredFit {
  readonly request: FitRequest;
  readonly fit: Fit;
}

/** A placement with what can be estimated of it. */
export interface PlacedRole extends Placement {
  /** Undefined where nobody knows what the model is made of, or how much memory it takes. */
  readonly fit: MeasuredFit | undefined;
  /** Undefined where nobody knows what the model is made of. */
  readonly start: StartEstimate | undefined;
  /** Time that the startup probe allows: upstream's hour where `start` is undefined. */
  readonly startupBudget: StartupBudget;
}

export function placeRole(placement: Placement): PlacedRole {
  const { revision, pool } = placement;
  const start = startRequest(placement);
  if (start === undefined) return { ...placement, fit: undefined, start, startupBudget: UPSTREAM_BUDGET };
  const request = fitRequest(placement);
  const estimate = estimateStart(start);
  return {
    ...placement,
    fit: request && { request, fit: fitModel(request) },
    // Nodes of a static pool are there before anybody asks for them.
    start: pool.staticNodes === undefined ? estimate : { ...estimate, nodeSeconds: 0 },
    // Each downloads for itself.
    startupBudget: startupBudget({ ...start, podsTogether: maxPods(requestedRoles(revision)) }),
  };
}

/** Request for the start of one server alone. */
function startRequest({ revision, facts, requested, pool }: Placement): StartRequest | undefined {
  const { known, precision } = facts;
  const { tensorParallel, gpusPerPod } = requested;
  if (known === undefined || precision === undefined) return undefined;
  return {
    model: known.model.shape,
    precision,
    bytes: publishedBytes(known),
    source: revision.settings.weights?.source ?? "huggingFace",
    distributed: revision.settings.weights?.distributed,
    instanceType: pool.instanceType,
    tensorParallel,
    serversPerPod: gpusPerPod / tensorParallel,
  };
}

function fitRequest({ revision, facts, requested, pool }: Placement): FitRequest | undefined {
  const { settings, servingPath } = revision;
  const { known, precision, adapters } = facts;
  const { tensorParallel, podsPerServer, gpusPerPod, limits } = requested;
  if (known === undefined || precision === undefined || !isMeasured(known)) return undefined;
  // Told of already: there is nothing to spread.
  if (servingPath.spreadsExperts && known.model.shape.experts === undefined) return undefined;
  const { shape, publications } = known.model;
  const ofArgs = memoryArgs(settings.engineArgs ?? []);
  return {
    model: shape,
    precision,
    publications,
    maxModelLen: settings.maxModelLen ?? shape.maxPositions,
    instanceType: pool.instanceType,
    tensorParallel,
    blockSize: limits.blockSize,
    gpuMemoryUtilization: settings.gpuMemoryUtilization ?? limits.gpuMemoryUtilization,
    maxNumSeqs: ofArgs.maxNumSeqs ?? limits.maxNumSeqs,
    maxNumBatchedTokens: ofArgs.maxNumBatchedTokens ?? limits.maxNumBatchedTokens,
    kvCacheDtype: ofArgs.kvCacheDtype,
    hybridCacheManager: !usesNixl(servingPath),
    adapters: adapterRoom(adapters),
    expertParallel: servingPath.spreadsExperts ? podsPerServer * gpusPerPod : undefined,
  };
}

/** As vLLM is started with: all adapters in one batch. */
const adapterRoom = (adapters: ModelFacts["adapters"]): AdapterRoom | undefined =>
  adapters.length === 0 ? undefined : { count: adapters.length, rank: maxLoraRank(adapters.map(({ rank }) => rank)) };

interface AvailablePools {
  readonly pools: readonly GpuPoolFacts[];
  readonly region: string;
}

/** Why the model does not fit, with what would help; nothing where it does, or where nobody knows. */
export function fitProblems(placed: PlacedRole, available: AvailablePools): string[] {
  const { revision, requested } = placed;
  const { settings, servingPath } = revision;
  if (placed.fit === undefined || placed.fit.fit.fits) return [];
  const { request, fit } = placed.fit;
  const others = otherPools(request, placed, available.pools);
  const words = servingPath.spreadsExperts
    ? [...fit.problems, ...groupAdvice(request, requested)].join("; ")
    : describeMisfit({ ...fit, ...cheaper(request, fit, available.region) });
  return [`"${requested.path}": ${settings.model} ${words}${others}`];
}

/** Advice with the cheapest type of node that has room, where no change helps on this type. */
function cheaper(request: FitRequest, { advice }: Fit, region: string): Pick<Fit, "advice"> {
  if (!advice.some(({ change }) => change.instanceType !== undefined)) return { advice };
  const choice = cheapestPoolType(request, region);
  if (!("fit" in choice)) return { advice };
  const { instanceType, tensorParallel, usdPerHour } = choice;
  const text = `a pool of ${instanceType} with tensorParallel ${tensorParallel}, the cheapest at $${usdPerHour} an hour a server`;
  return { advice: [{ change: { instanceType, tensorParallel }, text }] };
}

/** Every size that the stack file takes. */
const GROUP_SIZES = Array.from({ length: MOST_NODES }, (_, index) => index + 1);

function groupAdvice(request: FitRequest, { podsPerServer, gpusPerPod }: RequestedRole): string[] {
  const size = GROUP_SIZES.find(
    nodes => nodes > podsPerServer && fitModel({ ...request, expertParallel: nodes * gpusPerPod }).fits,
  );
  return size === undefined ? [] : [`try groupSize ${size}`];
}

/** Pools that are there and that have room for exactly this. */
function otherPools(
  request: FitRequest,
  { requested: { gpusPerPod }, pool: { name } }: Placement,
  pools: readonly GpuPoolFacts[],
): string {
  const fitting = pools.filter(
    other =>
      other.name !== name &&
      gpusPerPod <= other.gpusPerNode &&
      fitModel({ ...request, instanceType: other.instanceType }).fits,
  );
  return fitting.length === 0 ? "" : `; it fits on pool ${fitting.map(other => `"${other.name}"`).join(" and ")}`;
}
