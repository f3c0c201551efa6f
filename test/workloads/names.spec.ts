import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import type { PathName } from "../../workloads/paths";
import type { RevisionPlan, RolePlan } from "../../workloads/plan";
import { ofType, type Registered } from "../support/mockedProgram";
import { alone, COMPONENT, POOL, podTemplateIn, registeredByModel, SERVICE, withCanary } from "../support/modelService";
import { inS3, PLANS } from "./paths/fixtures";
import { BASELINE as ENTRY, refusedWith, withSettings } from "./settings/fixtures";
import { ASSOCIATION, JOB } from "./weights/fixtures";

interface Named {
  readonly name: string;
  readonly revision: string;
}

const ranged = (role: RolePlan): RolePlan => ({ ...role, replicas: { min: 2, max: 4 } });

/** With everything that makes one object more. */
function full(plan: RevisionPlan, { name, revision }: Named): RevisionPlan {
  const [first, ...others] = plan.roles;
  return {
    ...inS3(plan),
    name,
    revision,
    priorities: { premium: 100 },
    schedule: { timezone: "UTC", up: "0 7 * * 1-5", down: "0 19 * * 1-5", replicas: 0, wakeOnTraffic: false },
    roles: [ranged(first), ...others.map(ranged)],
  };
}

const around = () => ({ byModelField: true, cluster: { huggingFaceToken: pulumi.secret("hf_abc") } });

type Labels = Readonly<Record<string, string>>;

describe("the selectors of models in one namespace", () => {
  /** Of two revisions each; of those with one name, the second is the first's canary. */
  const MODELS = [
    { name: "qwen", revisions: ["v1", "v2"] },
    { name: "qwen-v1", revisions: ["v1", "v2"] },
    { name: "llama", revisions: ["v1", "v1v2"] },
  ] as const;

  interface Pods {
    readonly who: string;
    /** Name of what makes them. */
    readonly of: string;
    readonly labels: Labels;
  }

  interface Selector {
    readonly who: string;
    readonly type: string;
    readonly of: string;
    readonly labels: Labels;
  }

  for (const plan of PLANS)
    describe(`all with path ${plan.path}`, () => {
      const pods: Pods[] = [];
      const selectors: Selector[] = [];

      before(async () => {
        for (const { name, revisions } of MODELS) {
          const [own, canary] = revisions;
          const registered = await registeredByModel(withCanary(full(plan, { name, revision: own }), canary), around);
          const ofRevisions = registered.map(object => ({ ...madeBy(object), who: ownerOf(object, name, revisions) }));
          pods.push(...ofRevisions.flatMap(({ who, of, pods: labels }) => (labels ? [{ who, of, labels }] : [])));
          selectors.push(
            ...ofRevisions.flatMap(({ who, type, of, selected }) =>
              selected.map(labels => ({ who, type, of, labels })),
            ),
          );
        }
      });

      const foundBy = ({ labels }: Selector): readonly Pods[] =>
        pods.filter(pod => Object.entries(labels).every(([key, value]) => pod.labels[key] === value));

      it("find pods of their own revision, and nobody else's", () => {
        assert.ok(selectors.length >= 5 * 2 * MODELS.length, `${selectors.length} selectors`);
        for (const selector of selectors)
          assert.deepEqual(
            [...new Set(foundBy(selector).map(({ who }) => who))],
            [selector.who],
            `whose pods ${selector.type} ${selector.of} finds`,
          );
      });

      it("find all servers of the revision where they are a pool's", () => {
        const pools = selectors.filter(({ type }) => type === POOL);
        assert.equal(pools.length, 2 * MODELS.length);
        for (const pool of pools)
          assert.deepEqual(
            foundBy(pool).map(({ of }) => of),
            plan.roles.map(({ role }) => `${pool.of}-${role}`),
          );
      });

      it("find the pods of one Deployment where they are a Service's", () => {
        const services = selectors.filter(({ type }) => type === SERVICE);
        assert.ok(services.length >= 2 * MODELS.length);
        for (const service of services)
          assert.deepEqual(
            foundBy(service).map(({ of }) => of),
            // Tokens of prompts come from the servers.
            [service.of.replace(/-render$/, "-decode")],
          );
      });

      it("are labels that Kubernetes takes", () => {
        for (const { labels } of [...pods, ...selectors])
          for (const value of Object.values(labels)) assert.match(value, /^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/);
      });
    });

  const madeBy = (object: Registered) => ({
    type: object.type,
    of: nameOf(object),
    pods: podTemplateIn(object)?.metadata.labels,
    selected: selectorsIn(object),
  });

  /** The model's revision that the object is of; the model where it is of all of them. */
  const ownerOf = (object: Registered, name: string, revisions: readonly string[]): string =>
    revisions.map(revision => `${name}-${revision}`).find(found => `${nameOf(object)}-`.startsWith(`${found}-`)) ??
    name;

  /** A Service's own, and every `matchLabels` wherever it is. */
  function selectorsIn({ type, inputs }: Registered): Labels[] {
    const { spec } = inputs as { spec?: { selector?: Labels } };
    if (type === SERVICE) return spec?.selector ? [spec.selector] : [];
    return matchLabelsIn(inputs);
  }

  function matchLabelsIn(value: unknown): Labels[] {
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) =>
      key === "matchLabels" ? [inner as Labels] : matchLabelsIn(inner),
    );
  }
});

/** What the API server calls the object; of one that is none of its, what the engine does. */
function nameOf({ name, inputs }: Registered): string {
  const { metadata } = inputs as { metadata?: { name: string } };
  return metadata?.name ?? name;
}

describe("the names of a model's objects", () => {
  withSettings();

  /** As the engine knows it and as the API server does; a Job's without its digest. */
  const identifierOf = (object: Registered): string => {
    const given = nameOf(object);
    const known = object.type === JOB ? given.replace(/-[0-9a-f]{8}$/, "") : given;
    return `${object.type.replace("kubernetes:", "")} ${object.name} ${known}`;
  };

  /** Those of a model of any path called `model` in its revision `revision`. */
  const EVERY = [
    "apps/v1:Deployment model-revision-epp",
    `${ASSOCIATION} model-revision-sa`,
    `${ASSOCIATION} model-revision-copy`,
    "batch/v1:Job model-revision-copy",
    "core/v1:ConfigMap model-names",
    "core/v1:ConfigMap model-revision-copy",
    "core/v1:ConfigMap model-revision-epp",
    "core/v1:Secret model-hf-token",
    "core/v1:Service model-revision-epp",
    "core/v1:ServiceAccount model-revision-copy",
    "core/v1:ServiceAccount model-revision-epp",
    "core/v1:ServiceAccount model-revision-sa",
    "gateway.networking.k8s.io/v1:HTTPRoute model",
    "inference.networking.k8s.io/v1:InferencePool model-revision",
    "keda.sh/v1alpha1:ScaledObject model-revision-decode-scaling model-revision-decode",
    "llm-d.ai/v1alpha2:InferenceObjective model-revision-premium",
    "networking.istio.io/v1:DestinationRule model-revision-epp",
    "policy/v1:PodDisruptionBudget model-revision-decode-budget model-revision-decode",
    "rbac.authorization.k8s.io/v1:Role model-revision-epp-non-sa",
    "rbac.authorization.k8s.io/v1:Role model-revision-epp-sa",
    "rbac.authorization.k8s.io/v1:RoleBinding model-revision-epp-non-sa",
    "rbac.authorization.k8s.io/v1:RoleBinding model-revision-epp-sa",
  ];

  const PREFILL = [
    "keda.sh/v1alpha1:ScaledObject model-revision-prefill-scaling model-revision-prefill",
    "policy/v1:PodDisruptionBudget model-revision-prefill-budget model-revision-prefill",
  ];

  const OF_PATH: Readonly<Record<PathName, readonly string[]>> = {
    optimizedBaseline: ["apps/v1:Deployment model-revision-decode"],
    precisePrefix: ["apps/v1:Deployment model-revision-decode", "core/v1:Service model-revision-render"],
    prefillDecode: [
      ...PREFILL,
      "apps/v1:Deployment model-revision-decode",
      "apps/v1:Deployment model-revision-prefill",
    ],
    wideExpert: [
      ...PREFILL,
      "leaderworkerset.x-k8s.io/v1:LeaderWorkerSet model-revision-decode",
      "leaderworkerset.x-k8s.io/v1:LeaderWorkerSet model-revision-prefill",
    ],
  };

  /** Type, the engine's name, the API server's where it is another. */
  const filled = (patterns: readonly string[], { name, revision }: Named): readonly string[] =>
    patterns.map(pattern => {
      const [type, known, given = known] = pattern.split(" ");
      const names = `${known} ${given}`.replace(/\b(model|revision)\b/g, word => (word === "model" ? name : revision));
      return `${type} ${names}`;
    });

  const DISTINCT = [...new Set([...EVERY, ...Object.values(OF_PATH).flat()])];

  const isAllowed = (named: Named): boolean => refusedWith([{ ...ENTRY, ...named }]).length === 0;

  /** What names are made of, so that many come close to each other. */
  const PARTS = ["a", "v1", "epp", "sa", "non", "decode", "prefill", "render", "copy", "names", "hf", "token"];
  const alike = fc.record({
    name: fc.array(fc.constantFrom(...PARTS), { minLength: 1, maxLength: 3 }).map(parts => parts.join("-")),
    revision: fc.constantFrom(...PARTS),
  });
  const any = fc.record({
    name: fc.stringMatching(/^[a-z0-9-]{1,32}$/),
    revision: fc.stringMatching(/^[a-z0-9]{1,9}$/),
  });
  const named = fc.oneof(alike, any).filter(isAllowed);

  const LONGEST: Named = { name: "a".repeat(31), revision: "12345678" };

  const built = async (plan: RevisionPlan, model: Named): Promise<readonly string[]> =>
    (await registeredByModel(alone(full(plan, model)), around))
      .filter(({ type }) => type !== COMPONENT)
      .map(identifierOf)
      .sort();

  for (const plan of PLANS)
    it(`come from the model's name and its revision, and from nothing else: ${plan.path}`, () =>
      fc.assert(
        fc.asyncProperty(named, async model =>
          assert.deepEqual(
            await built(plan, model),
            [...filled([...EVERY, ...OF_PATH[plan.path as PathName]], model)].sort(),
          ),
        ),
        { numRuns: 3, examples: [[LONGEST], [{ name: "model", revision: "revision" }]] },
      ));

  it("are another's neither at the engine nor at the API server, save those that all revisions of a model share", () =>
    fc.assert(
      fc.property(named, named, (first, second) => {
        fc.pre(first.name !== second.name || first.revision !== second.revision);
        const shared = first.name === second.name ? SHARED : [];
        for (const at of [1, 2]) {
          const ofSecond = new Set(filled(DISTINCT, second).map(name => namedAt(name, at)));
          assert.deepEqual(
            filled(DISTINCT, first)
              .map(name => namedAt(name, at))
              .filter(name => ofSecond.has(name)),
            filled(shared, first).map(name => namedAt(name, at)),
          );
        }
      }),
      {
        numRuns: 1000,
        examples: [
          [
            { name: "a-v1", revision: "epp" },
            { name: "a", revision: "v1" },
          ],
          [
            { name: "a-v1", revision: "copy" },
            { name: "a", revision: "v1" },
          ],
          [
            { name: "a", revision: "v1" },
            { name: "a", revision: "v2" },
          ],
        ],
      },
    ));

  const SHARED = DISTINCT.filter(pattern => !pattern.includes("revision"));

  /** Type, and the engine's name (1) or the API server's (2). */
  const namedAt = (name: string, at: number): string => {
    const parts = name.split(" ");
    return `${parts[0]} ${parts[at]}`;
  };

  it("are labels of the domain name system, within 40 characters for the pool, whatever the settings allow", () => {
    assert.equal(isAllowed(LONGEST), true);
    fc.assert(
      fc.property(named, model => {
        for (const object of filled(DISTINCT, model)) assert.match(object, / [a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
        assert.ok(`${model.name}-${model.revision}`.length <= 40);
      }),
      { numRuns: 500, examples: [[LONGEST]] },
    );
  });

  it("are once each in a model of several revisions", async () => {
    for (const plan of PLANS) {
      const revisions = withCanary(full(plan, { name: "a-v1", revision: "copy" }), "epp");
      const registered = await registeredByModel(revisions, around);
      const objects = registered.filter(({ type }) => type !== COMPONENT);
      assert.equal(ofType(registered, COMPONENT).length, 1);
      const known = objects.map(({ type, name }) => `${type} ${name}`);
      const given = objects.map(object => `${object.type} ${nameOf(object)}`);
      for (const names of [known, given]) assert.deepEqual(names, [...new Set(names)]);
    }
  });
});
