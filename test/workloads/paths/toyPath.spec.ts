import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { PATHS } from "../../../workloads/paths";
import { optimizedBaseline } from "../../../workloads/paths/optimizedBaseline";
import type { RevisionPlan } from "../../../workloads/plan";
import { type PlanningRequest, planModels } from "../../../workloads/planning";
import { wholeRole } from "../../../workloads/servers/roles";
import type { ServingPath } from "../../../workloads/servers/shape";
import { modelSchema } from "../../../workloads/settings/model";
import { only, type Registered } from "../../support/mockedProgram";
import {
  alone,
  CONFIG_MAP,
  DEPLOYMENT,
  POOL,
  registeredByModel,
  SCALED_OBJECT,
  SERVICE,
} from "../../support/modelService";
import { FEATURES, POOLS, pool } from "../planning/fixtures";
import { BASELINE as QWEN, SCHEDULE } from "../settings/fixtures";
import { LEADER_WORKER_SET, variables } from "./fixtures";

const LIMITS = { blockSize: 32, maxNumSeqs: 16, gpuMemoryUtilization: 0.7 };

/** Like none of the real ones: one role over EFA, in groups of one node. */
const toy: ServingPath = {
  guide: "toy-guide",
  kind: "LeaderWorkerSet",
  rollout: "together",
  cacheTransfer: "nixl",
  sizeKeys: ["replicas", "tensorParallel"],
  roles: [wholeRole({ replicas: 3, tensorParallel: 4 }, LIMITS)],
  wholeNodes: false,
  spreadsExperts: false,
  scaledByRequests: "the toy is not scaled",
  adapters: "the toy has no adapters",
  tokenLoad: "the toy knows no token load",
  sharedStream: "the toy shares no stream",
  saturation: "concurrency",
  reservedArgs: { "toy-*": "say it with the path toy" },
  reservedEnv: { TOY_PORT: "the toy sets it" },
  targetPorts: () => [8000, 8001],
  pickerConfig: optimizedBaseline.pickerConfig,
  server: (plan, role) => ({
    ...optimizedBaseline.server(plan, role),
    args: [`--toy-size=${role.gpusPerPod}`],
    env: [{ name: "TOY_PORT", value: "1" }],
  }),
  extraObjects: ({ model, revision }) => [
    { kind: "Service", name: `${model}-${revision}-toy`, annotations: {}, spec: { clusterIP: "None" } },
  ],
};

const WITH_TOY = { ...PATHS, toy };
const ENTRY = { name: "qwen3-32b", model: "Qwen/Qwen3-32B", pool: "p5", path: "toy" };

const messagesFor = (entry: object): string[] =>
  (modelSchema(WITH_TOY).safeParse({ ...ENTRY, ...entry }).error?.issues ?? []).map(
    ({ path, message }) => `${path.join(".")}: ${message}`,
  );

const plansFor = (entry: object, layers: Partial<PlanningRequest> = {}) =>
  planModels({
    models: [modelSchema(WITH_TOY).parse({ ...ENTRY, ...entry })],
    paths: WITH_TOY,
    pools: POOLS,
    hasStore: true,
    features: FEATURES,
    region: "us-east-2",
    ...layers,
  });

function planFor(entry: object = {}): RevisionPlan {
  const { plans, problems } = plansFor(entry);
  assert.deepEqual(problems, []);
  return plans[0]?.revisions[0].plan ?? assert.fail("it was not planned");
}

const problemsFor = (entry: object, layers: Partial<PlanningRequest> = {}): readonly string[] =>
  plansFor(entry, layers).problems.map(problem => problem.replace("llmd-workloads:models[0]", ""));

describe("a serving path that is one file and one row", () => {
  describe("in the stack file", () => {
    it("may be taken, and only where it is in the table", () => {
      assert.deepEqual(messagesFor({}), []);
      assert.equal(modelSchema(PATHS).safeParse(ENTRY).success, false);
    });

    it("decides which sizes, adapters, streams and ways to route a model may have", () => {
      assert.deepEqual(messagesFor({ prefill: {} }), [
        "prefill: servers of path toy are described by replicas and tensorParallel: leave it out",
      ]);
      assert.deepEqual(messagesFor({ lora: [{ name: "sql", source: "acme/sql", rank: 8 }] }), [
        "lora: the toy has no adapters: leave it out, or take another path",
      ]);
      assert.deepEqual(messagesFor({ weights: { source: "s3", distributed: true } }), [
        "weights.distributed: the toy shares no stream: leave it out",
      ]);
      assert.deepEqual(messagesFor({ routing: "tokenLoad" }), ["routing: the toy knows no token load: leave it out"]);
      assert.deepEqual(messagesFor({ scaling: { runningPerServer: 4 }, replicas: { min: 1, max: 2 } }), [
        "scaling: requests do not change the number of replicas: leave it out, or, with one role, give replicas a min and a " +
          "larger max",
      ]);
      assert.deepEqual(messagesFor({ schedule: { ...SCHEDULE, replicas: 4 } }), [
        "schedule.replicas: replicas.min is 3: give as many at most",
      ]);
    });

    it("reserves its arguments and variables, for models of every path", () => {
      for (const path of ["toy", "optimizedBaseline"]) {
        assert.deepEqual(messagesFor({ path, engineArgs: ["--toy-size=1"] }), [
          "engineArgs.0: the product decides --toy-size: say it with the path toy",
        ]);
        assert.deepEqual(messagesFor({ path, env: { TOY_PORT: "1" } }), ["env: the product sets it: the toy sets it"]);
      }
    });
  });

  describe("in the plan", () => {
    it("gives sizes, EFA, servers and what the picker goes by", () => {
      const { path, servingPath, routing, roles } = planFor();
      assert.deepEqual([path, servingPath, routing, roles.length], ["toy", toy, "weighted", 1]);
      const [{ role, replicas, tensorParallel, podsPerServer, gpusPerPod, efaPerPod, server }] = roles;
      assert.deepEqual([role, replicas], ["decode", { min: 3, max: 3 }]);
      assert.deepEqual([tensorParallel, podsPerServer, gpusPerPod, efaPerPod], [4, 1, 4, 16]);
      assert.deepEqual(server.args, ["--toy-size=4"]);
    });

    it("decides how much memory is left for the cache", () => {
      const kvOf = (limits: object) =>
        planModels({
          models: [modelSchema(WITH_TOY).parse(ENTRY)],
          paths: { toy: { ...toy, roles: [wholeRole({ replicas: 1, tensorParallel: 4 }, limits)] } },
          pools: POOLS,
          hasStore: true,
          features: FEATURES,
          region: "us-east-2",
        }).plans[0]?.revisions[0].plan.roles[0].fit?.kvFreeGiB ?? assert.fail("nobody measured it");
      assert.ok(kvOf(LIMITS) < kvOf({}));
    });

    it("is held against pools and features", () => {
      assert.deepEqual(problemsFor({ pool: "plain" }), [
        '".pool": path toy moves the cache over EFA, which pool "plain" has none of: set efa: true on it in ' +
          "llmd-infra:gpuPools and deploy it, or take another pool",
      ]);
      assert.deepEqual(problemsFor({}, { features: { ...FEATURES, leaderWorkerSet: false } }), [
        '".path": groups of nodes need LeaderWorkerSet, which the platform does not have: set llmd-platform:features.leaderWorkerSet to true and deploy ' +
          "it, or take another path",
      ]);
    });

    it("says why requests do not scale it", () =>
      assert.deepEqual(problemsFor({ replicas: { min: 1, max: 2 } }), [
        '".decode": the toy is not scaled: give one number of replicas, and a schedule for times without them',
      ]));

    it("is no advice for a model whose caches it cannot move, unlike paths that move none", () =>
      assert.match(
        problemsFor({ model: "Qwen/Qwen3-Next-80B-A3B-Instruct", replicas: 1 })[0] ?? "",
        /take path optimizedBaseline or precisePrefix, or another model$/,
      ));
  });

  describe("rendered", () => {
    let registered: Registered[];
    before(async () => {
      registered = await registeredByModel(alone(planFor({ schedule: SCHEDULE })));
    });

    it("is servers of its kind with its guide, arguments and variables", () => {
      assert.deepEqual(
        registered.filter(({ type, name }) => type === DEPLOYMENT && !name.endsWith("-epp")),
        [],
      );
      const { metadata, spec } = only(registered, LEADER_WORKER_SET).inputs as unknown as LeaderWorkerSet;
      assert.equal(metadata.labels["llm-d.ai/guide"], "toy-guide");
      assert.equal(spec.rolloutStrategy.rollingUpdateConfiguration.maxUnavailable, "100%");
      const [container] = spec.leaderWorkerTemplate.workerTemplate.spec.containers;
      assert.ok(container);
      assert.ok(container.args.includes("--toy-size=4"));
      assert.equal(variables(container.env).TOY_PORT, "1");
    });

    it("has its ports in the pool, and its objects beside it", () => {
      const { spec } = only(registered, POOL).inputs as { spec: { targetPorts: object } };
      assert.deepEqual(spec.targetPorts, [{ number: 8000 }, { number: 8001 }]);
      assert.deepEqual(only(registered, SERVICE, "qwen3-32b-v1-toy").inputs.spec, { clusterIP: "None" });
    });

    it("has a picker with its configuration and its detector", () => {
      const { data } = only(registered, CONFIG_MAP, "qwen3-32b-v1-epp").inputs as { data: Record<string, string> };
      const config = parse(data["picker.yaml"] ?? "");
      assert.deepEqual(config.flowControl.saturationDetector, { pluginRef: "concurrency-detector" });
      assert.ok(config.plugins.some(({ type }: { type: string }) => type === "queue-scorer"));
    });

    it("is scaled by the clock, as its kind", () => {
      const { spec } = only(registered, SCALED_OBJECT).inputs as { spec: { scaleTargetRef: object } };
      assert.deepEqual(spec.scaleTargetRef, {
        apiVersion: "leaderworkerset.x-k8s.io/v1",
        kind: "LeaderWorkerSet",
        name: "qwen3-32b-v1-decode",
      });
    });
  });

  it("is named nowhere else: no other source knows any path by its name", () => {
    const root = join(__dirname, "../../..");
    const names = new RegExp(`\\b(${Object.keys(PATHS).join("|")})\\b`);
    const sources = ["catalog", "contracts", "infra", "platform", "workloads", "policy", "cli"].flatMap(folder =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map(file => `${folder}/${file}`),
    );
    const checked = sources.filter(file => file.endsWith(".ts") && !file.startsWith("workloads/paths/"));
    assert.ok(checked.length > 150 && checked.includes("workloads/settings/model.ts"));
    assert.deepEqual(
      checked.filter(file => names.test(withoutFileNames(readFileSync(join(root, file), "utf8")))),
      [],
    );
  });

  it("is asked once for the servers of each role, by the planning", async () => {
    const roles: string[] = [];
    const [decode] = toy.roles;
    const counted: ServingPath = {
      ...toy,
      roles: [decode, { ...decode, role: "prefill" }],
      server: (plan, role) => {
        roles.push(role.role);
        return toy.server(plan, role);
      },
    };
    const { plans, problems } = plansFor({}, { paths: { toy: counted }, pools: [pool("p5", { maxNodes: 4 })] });
    assert.deepEqual(problems, []);
    const { revisions } = plans[0] ?? assert.fail("it was not planned");
    await registeredByModel(revisions);
    assert.deepEqual(roles, ["decode", "prefill"]);
  });

  it("leaves models of other paths as they are", () =>
    assert.deepEqual(
      plansFor({ ...QWEN, path: "optimizedBaseline" }).plans,
      plansFor({ ...QWEN, path: "optimizedBaseline" }, { paths: PATHS }).plans,
    ));
});

/** A comment may say in which file of a path something stands. */
const withoutFileNames = (text: string): string => text.replace(/workloads\/paths\/\w+\.ts/g, "");

interface LeaderWorkerSet {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly rolloutStrategy: { readonly rollingUpdateConfiguration: { readonly maxUnavailable: unknown } };
    readonly leaderWorkerTemplate: {
      readonly workerTemplate: {
        readonly spec: { readonly containers: readonly { readonly args: string[]; readonly env: [] }[] };
      };
    };
  };
}
