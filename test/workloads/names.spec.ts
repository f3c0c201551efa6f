import assert from "node:assert/strict";
import fc from "fast-check";
import { readWorkloadsSettings } from "../../workloads/settings";
import type { Registered } from "../support/mockedProgram";
import { ofType, only } from "../support/mockedProgram";
import { COMPONENT, DEPLOYMENT, deploymentIn, POOL, QWEN, registeredByModel, SERVICE } from "../support/modelService";
import { configure, problemsOf, rehearsed } from "../support/settings";
import { configOf } from "../support/stackFiles";

interface Named {
  readonly name: string;
  readonly revision: string;
}

const built = (named: Named): Promise<Registered[]> =>
  registeredByModel(() => ({ ...named, huggingFaceToken: "hf_abc" }));

type Labels = Readonly<Record<string, string>>;

describe("the selectors of models of one path in one namespace", () => {
  const MODELS: readonly Named[] = [
    { name: "qwen", revision: "v1" },
    { name: "qwen", revision: "v2" },
    { name: "qwen-v1", revision: "v1" },
    { name: "qwen-v1", revision: "v2" },
    { name: "llama", revision: "v1" },
    { name: "llama", revision: "v1v2" },
  ];

  interface Pods {
    /** Their Deployment's name. */
    readonly of: string;
    readonly labels: Labels;
  }

  interface Selector {
    readonly of: string;
    readonly labels: Labels;
    /** Deployment of the only pods it may find. */
    readonly own: string;
  }

  const pods: Pods[] = [];
  const selectors: Selector[] = [];

  before(async () => {
    for (const named of MODELS) {
      const registered = await built(named);
      const revision = `${named.name}-${named.revision}`;
      for (const deployment of ofType(registered, DEPLOYMENT)) {
        const { selector, template } = deploymentIn(deployment).spec;
        pods.push({ of: deployment.name, labels: template.metadata.labels });
        selectors.push({ of: `Deployment ${deployment.name}`, labels: selector.matchLabels, own: deployment.name });
      }
      const pool = only(registered, POOL).inputs.spec as { selector: { matchLabels: Labels } };
      const service = only(registered, SERVICE).inputs.spec as { selector: Labels };
      selectors.push(
        { of: `pool ${revision}`, labels: pool.selector.matchLabels, own: `${revision}-decode` },
        { of: `Service of ${revision}`, labels: service.selector, own: `${revision}-epp` },
      );
    }
  });

  it("find each its own pods, and nobody else's", () => {
    assert.equal(pods.length, 2 * MODELS.length);
    assert.equal(selectors.length, 4 * MODELS.length);
    for (const { of, labels, own } of selectors) {
      const found = pods.filter(pod => Object.entries(labels).every(([key, value]) => pod.labels[key] === value));
      assert.deepEqual(
        found.map(pod => pod.of),
        [own],
        `pods that ${of} finds`,
      );
    }
  });

  it("are labels that Kubernetes takes", () => {
    for (const { labels } of [...pods, ...selectors])
      for (const value of Object.values(labels)) assert.match(value, /^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/);
  });
});

describe("the names of a model's objects", () => {
  rehearsed();
  afterEach(() => configure({}));

  const objectsOf = async (model: Named): Promise<readonly string[]> =>
    (await built(model))
      .filter(({ type }) => type !== COMPONENT)
      .map(({ type, inputs }) => `${type.replace("kubernetes:", "")} ${(inputs.metadata as { name: string }).name}`)
      .sort();

  /** Of a model called `model` in its revision `revision`. */
  const PATTERNS = [
    "apps/v1:Deployment model-revision-decode",
    "apps/v1:Deployment model-revision-epp",
    "core/v1:ConfigMap model-revision-epp",
    "core/v1:Secret model-hf-token",
    "core/v1:Service model-revision-epp",
    "core/v1:ServiceAccount model-revision-epp",
    "core/v1:ServiceAccount model-revision-sa",
    "gateway.networking.k8s.io/v1:HTTPRoute model",
    "inference.networking.k8s.io/v1:InferencePool model-revision",
    "networking.istio.io/v1:DestinationRule model-revision-epp",
    "rbac.authorization.k8s.io/v1:Role model-revision-epp-non-sa",
    "rbac.authorization.k8s.io/v1:Role model-revision-epp-sa",
    "rbac.authorization.k8s.io/v1:RoleBinding model-revision-epp-non-sa",
    "rbac.authorization.k8s.io/v1:RoleBinding model-revision-epp-sa",
  ];

  const patterned = ({ name, revision }: Named): readonly string[] =>
    PATTERNS.map(pattern => pattern.replace(/\b(model|revision)\b/g, word => (word === "model" ? name : revision)));

  const DEV = configOf("dev");
  const isAllowed = ({ name, revision }: Named): boolean => {
    configure({ ...DEV, "llmd-workloads:models": JSON.stringify([{ ...QWEN, name, revision }]) });
    return problemsOf(readWorkloadsSettings).length === 0;
  };

  /** What names are made of, so that many come close to each other. */
  const PARTS = ["a", "v1", "epp", "sa", "non", "decode", "hf", "token"];
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

  it("come from the model's name and its revision, and from nothing else", () =>
    fc.assert(
      fc.asyncProperty(named, async model => assert.deepEqual(await objectsOf(model), [...patterned(model)].sort())),
      { numRuns: 5, examples: [[LONGEST], [{ name: "model", revision: "revision" }]] },
    ));

  it("are never another model's or revision's, save the route and the token that all revisions of a model have", () =>
    fc.assert(
      fc.property(named, named, (first, second) => {
        fc.pre(first.name !== second.name || first.revision !== second.revision);
        const ofSecond = patterned(second);
        assert.deepEqual(
          patterned(first).filter(name => ofSecond.includes(name)),
          first.name === second.name
            ? [`core/v1:Secret ${first.name}-hf-token`, `gateway.networking.k8s.io/v1:HTTPRoute ${first.name}`]
            : [],
        );
      }),
      {
        numRuns: 1000,
        examples: [
          [
            { name: "a-v1", revision: "epp" },
            { name: "a", revision: "v1" },
          ],
          [
            { name: "a", revision: "v1" },
            { name: "a", revision: "v2" },
          ],
        ],
      },
    ));

  it("are labels of the domain name system, within 40 characters for the pool, whatever the settings allow", () => {
    assert.equal(isAllowed(LONGEST), true);
    fc.assert(
      fc.property(named, model => {
        for (const object of patterned(model)) assert.match(object, / [a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
        assert.ok(`${model.name}-${model.revision}`.length <= 40);
      }),
      { numRuns: 500, examples: [[LONGEST]] },
    );
  });
});
