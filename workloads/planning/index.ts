/**
 * Plans of the configured models: every default filled in, every revision checked against the pools it runs on, the catalogue's
 * facts of its model, and the layers below.
 */
import { slowestMinutes } from "../../catalog/startup";
import type { GpuPoolFacts, InfraOutputs, PlatformOutputs } from "../../contracts/outputs";
import type { AdapterConfigs } from "../adapterConfigs";
import { PATHS } from "../paths";
import { gpusOf, gpusPerServer, type RevisionPlan, type WeightedRevision } from "../plan";
import { minReplicas } from "../scaling/owner";
import { type Paths, servingPathOf } from "../servers/shape";
import type { ModelSettings } from "../settings/model";
import { type EntryFacts, entryProblems, entryWarnings } from "./entry";
import { hubWarnings } from "./hub";
import { isMeasured } from "./modelFacts";
import { type PoolUsage, roomProblems, staticPoolWarnings } from "./pools";
import { type Planned, type PlanningContext, planRevision } from "./revision";
import { revisionsOf } from "./revisions";
import { type SystemPool, systemProblems, systemWarnings } from "./system";

const MODELS = "llmd-workloads:models";

/** Models to plan, and what the layers below export. */
export interface PlanningRequest {
  /** Entries of the stack file, in its order, each valid by itself. */
  readonly models: readonly ModelSettings[];
  /** Only that it is there counts. @default - none is configured */
  readonly huggingFaceToken?: unknown;
  /** Configurations of adapters at Hugging Face. @default - no adapter was looked up */
  readonly adapterConfigs?: AdapterConfigs;
  /** GPU pools of the infra layer; undefined in a preview without it, which plans with stand-ins and checks no pool. */
  readonly pools: readonly GpuPoolFacts[] | undefined;
  /** True where the infra layer has a model store; read only where pools are known. */
  readonly hasStore: boolean;
  /** Reach of pods outside the VPC, from the infra layer. @default - not checked */
  readonly egress?: InfraOutputs["egress"];
  /** Features of the platform layer; undefined in a preview without it, which checks none. */
  readonly features: PlatformOutputs["features"] | undefined;
  /** Serving paths that models may take. @default PATHS */
  readonly paths?: Paths;
  /** For prices in advice. */
  readonly region: string;
  /** Entry of the platform layer. @default - not checked */
  readonly entry?: EntryFacts | undefined;
  /** System pool, where both layers export it. @default - not checked */
  readonly systemPool?: SystemPool | undefined;
}

/** One model with all its revisions, its own first. */
interface ModelRevisions {
  readonly name: string;
  readonly revisions: readonly [WeightedRevision, ...WeightedRevision[]];
}

export interface Plans {
  /** In the order of the stack file. */
  readonly plans: readonly ModelRevisions[];
  /** Warnings for `pulumi.log.warn`: things that are not checked, and settings without the effect that they suggest. */
  readonly warnings: readonly string[];
  /** Plans that could never run, each with its path. As long as there is one, no object may be created. */
  readonly problems: readonly string[];
}

/** Facts of a platform layer without an entry. */
const NO_ENTRY: EntryFacts = { url: undefined, limits: undefined };

/** Plans every model. */
export function planModels(request: PlanningRequest): Plans {
  const { pools, features, entry = NO_ENTRY, systemPool } = request;
  const context = planningContext(request);
  const models = request.models.map((model, index) => planModel(model, `${MODELS}[${index}]`, context));
  const all = models.flat();
  const problems = [
    ...all.flatMap(({ problems: own }) => own),
    ...(features?.payloadProcessor ? repositoryProblems(request.models) : []),
    ...(pools === undefined ? [] : roomProblems(poolUsages(all, context), MODELS)),
    ...entryProblems(plansOf(all), entry),
    ...(systemPool === undefined ? [] : systemProblems(plansOf(all), systemPool)),
  ];
  return {
    plans: models.map(modelRevisions),
    warnings: [
      ...warningsOf(all),
      ...(pools === undefined ? [] : hubWarnings(plansOf(all))),
      ...entryWarnings(entry),
      ...(systemPool ? systemWarnings(plansOf(all), systemPool) : []),
    ],
    // A canary repeats what is wrong with what it has of its model.
    problems: [...new Set(problems)],
  };
}

const planningContext = ({
  paths,
  pools,
  hasStore,
  egress,
  features,
  region,
  adapterConfigs,
  huggingFaceToken,
}: PlanningRequest): PlanningContext => ({
  paths: paths ?? PATHS,
  pools,
  byName: new Map(pools?.map(pool => [pool.name, pool])),
  features,
  region,
  adapterConfigs: adapterConfigs ?? new Map(),
  egress,
  access: { hasToken: huggingFaceToken !== undefined, hasStore: hasStore || pools === undefined },
});

const plansOf = (all: readonly Planned[]): RevisionPlan[] => all.map(({ plan }) => plan);

/**
 * Models that the payload processor could not tell apart: it routes requests by the repository that they name. Of two routes
 * that match the same, the older wins.
 */
function repositoryProblems(models: readonly ModelSettings[]): string[] {
  const byRepository = [...Map.groupBy(models, ({ model }) => model)].filter(([, sharing]) => sharing.length > 1);
  return byRepository.map(
    ([repository, sharing]) =>
      `"${MODELS}": "${repository}" is the repository of the models ${sharing.map(({ name }) => name).join(", ")}, and ` +
      "requests are told apart by it: keep one of them, or set llmd-platform:features.payloadProcessor to false",
  );
}

type PlannedModel = readonly [Planned, ...Planned[]];

function planModel(model: ModelSettings, path: string, context: PlanningContext): PlannedModel {
  const [own, ...others] = revisionsOf(model, path, servingPathOf(context.paths, model.path));
  return [planRevision(own, context), ...others.map(other => planRevision(other, context))];
}

function modelRevisions([own, ...others]: PlannedModel): ModelRevisions {
  const shared = ({ plan, revision: { percent } }: Planned): WeightedRevision => ({ plan, percent });
  return { name: own.plan.name, revisions: [shared(own), ...others.map(shared)] };
}

/** Usages of existing pools by servers that start on their nodes. */
const poolUsages = (all: readonly Planned[], { byName }: PlanningContext): PoolUsage[] =>
  all.flatMap(({ plan: { name, revision, roles } }) =>
    roles
      .filter(({ pool, gpusPerPod }) => byName.has(pool.name) && gpusPerPod <= pool.gpusPerNode)
      .map(role => ({ who: `${name} ${revision} ${role.role}`, role })),
  );

/** A canary's schedule is its model's. */
const warningsOf = (all: readonly Planned[]): string[] => [
  ...new Set(all.flatMap(({ warnings }) => warnings)),
  ...uncheckedModels(all),
  ...new Set(all.flatMap(({ plan, revision }) => staticPoolWarnings(plan, revision))),
];

function uncheckedModels(all: readonly Planned[]): string[] {
  const unknown = modelsOf(all, ({ known }) => known === undefined);
  const unmeasured = modelsOf(all, ({ known }) => known !== undefined && !isMeasured(known));
  return [
    ...(unknown.length === 0
      ? []
      : [
          `Nobody has checked whether these models fit on their pools: the catalogue does not know ` +
            `${unknown.join(", ")}. Describe them with modelShape.`,
        ]),
    ...(unmeasured.length === 0
      ? []
      : [
          `Nobody has checked whether these models fit on their pools, since the memory of their state layers is not ` +
            `measured: ${unmeasured.join(", ")}.`,
        ]),
  ];
}

/** Repositories of the revisions that are so, each once. */
const modelsOf = (all: readonly Planned[], isSo: (plan: Planned["plan"]) => boolean): string[] => [
  ...new Set(all.filter(({ plan }) => isSo(plan)).map(({ plan }) => plan.model)),
];

/** Facts in the outputs about a model's GPUs, all revisions together. */
interface EndpointFacts {
  /** The fewest that it ever has: of servers that always run, or that stay while a schedule has it down. */
  readonly gpusMin: number;
  /** The most that it may have. */
  readonly gpusMax: number;
  /** Minutes from no node to the first answer, of its slowest servers; undefined where nobody can estimate it. */
  readonly readyAfterMinutes: number | undefined;
}

export function endpointFacts({ revisions }: Pick<ModelRevisions, "revisions">): EndpointFacts {
  const roles = revisions.flatMap(({ plan }) => plan.roles);
  return {
    gpusMin: sum(
      revisions.flatMap(({ plan }) => plan.roles.map(role => minReplicas(plan, role) * gpusPerServer(role))),
    ),
    gpusMax: sum(roles.map(role => gpusOf(role, "max"))),
    readyAfterMinutes: slowestMinutes(roles),
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
