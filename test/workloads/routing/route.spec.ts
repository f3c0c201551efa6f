import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import fc from "fast-check";
import { createRoute, routeRules } from "../../../workloads/routing/route";
import { only } from "../../support/mockedProgram";
import { HTTP_ROUTE } from "../../support/modelService";
import { registeredWith } from "../fixtures";

const QWEN = { name: "qwen3-32b", repository: "Qwen/Qwen3-32B" };

const revisionKeyOf = (revision: string) => ({ model: QWEN.name, revision, guide: "optimized-baseline" });

const shares = (percents: Readonly<Record<string, number>>) =>
  Object.entries(percents).map(([revision, percent]) => ({ key: revisionKeyOf(revision), percent }));

describe("the route to a model", () => {
  const BACKEND = { group: "inference.networking.k8s.io", kind: "InferencePool" };
  const OWN_PATH = { path: { type: "PathPrefix", value: "/qwen3-32b/v1" } };
  const REWRITE = [
    { type: "URLRewrite", urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/v1" } } },
  ];
  const NO_LIMIT = { request: "0s" };
  const header = (name: string, value: string) => ({ type: "Exact", name, value });

  const routed = (byModelField = false) =>
    registeredWith(({ cluster, opts }) => {
      const pools = ["v1", "v2"].map(name => new k8s.core.v1.Namespace(`pool-${name}`, {}, opts));
      const revisions = shares({ v1: 90, v2: 10 }).map((share, index) => {
        const pool = pools[index];
        assert.ok(pool);
        return { ...share, pool };
      });
      createRoute({ model: QWEN, revisions, cluster, byModelField }, opts);
    });

  it("hangs below the gateway under the model's name, whatever its revisions", async () => {
    const { inputs } = only(await routed(), HTTP_ROUTE);
    assert.deepEqual(inputs.metadata, { name: "qwen3-32b", namespace: "llm-d" });
    assert.deepEqual((inputs.spec as { parentRefs: object }).parentRefs, [
      { name: "inference", namespace: "llm-d-gateway" },
    ]);
  });

  it("opens when all pools are there", async () =>
    assert.deepEqual(only(await routed(), HTTP_ROUTE).dependencies, [
      "kubernetes:core/v1:Namespace::pool-v1",
      "kubernetes:core/v1:Namespace::pool-v2",
    ]));

  it("has its rules as they are computed", async () =>
    assert.deepEqual(
      (only(await routed(true), HTTP_ROUTE).inputs.spec as { rules: object }).rules,
      routeRules(QWEN, shares({ v1: 90, v2: 10 }), true),
    ));

  it("is the API alone, below the model's name", () =>
    assert.deepEqual(routeRules(QWEN, shares({ v1: 100 }), false).slice(1), [
      {
        matches: [OWN_PATH],
        filters: REWRITE,
        backendRefs: [{ ...BACKEND, name: "qwen3-32b-v1", weight: 100 }],
        timeouts: NO_LIMIT,
      },
    ]));

  it("leads nobody to where servers load adapters, from wherever they are told to", () => {
    const [refused] = routeRules(QWEN, shares({ v1: 100 }), true);
    const headers = [header("X-Gateway-Base-Model-Name", "Qwen/Qwen3-32B")];
    const exactly = (value: string) => ({ path: { type: "Exact", value } });
    assert.deepEqual(refused?.matches, [
      exactly("/qwen3-32b/v1/load_lora_adapter"),
      exactly("/qwen3-32b/v1/unload_lora_adapter"),
      { ...exactly("/v1/load_lora_adapter"), headers },
      { ...exactly("/v1/unload_lora_adapter"), headers },
    ]);
    assert.deepEqual(refused?.backendRefs, []);
  });

  it("is the path of all models as well where requests are told apart by the model they name", () =>
    assert.deepEqual(routeRules(QWEN, shares({ v1: 100 }), true).slice(2), [
      {
        matches: [
          {
            path: { type: "PathPrefix", value: "/v1" },
            headers: [header("X-Gateway-Base-Model-Name", "Qwen/Qwen3-32B")],
          },
        ],
        backendRefs: [{ ...BACKEND, name: "qwen3-32b-v1", weight: 100 }],
        timeouts: NO_LIMIT,
      },
    ]));

  it("shares requests out between revisions, whatever the shares, in the order of the revisions", () => {
    for (const percent of [0, 10, 50, 90])
      assert.deepEqual(routeRules(QWEN, shares({ v1: 100 - percent, v2: percent }), false).at(-1)?.backendRefs, [
        { ...BACKEND, name: "qwen3-32b-v1", weight: 100 - percent },
        { ...BACKEND, name: "qwen3-32b-v2", weight: percent },
      ]);
  });

  it("leads to each of several revisions by name, even to one that gets no other requests", () => {
    const [, first, second] = routeRules(QWEN, shares({ v1: 100, v2: 0 }), false);
    assert.deepEqual(second, {
      matches: [{ ...OWN_PATH, headers: [header("x-llmd-revision", "v2")] }],
      filters: REWRITE,
      backendRefs: [{ ...BACKEND, name: "qwen3-32b-v2", weight: 100 }],
      timeouts: NO_LIMIT,
    });
    assert.deepEqual(first?.matches, [{ ...OWN_PATH, headers: [header("x-llmd-revision", "v1")] }]);
  });

  it("leads to a revision by name on the path of all models, too", () => {
    const [rule] = routeRules(QWEN, shares({ v1: 90, v2: 10 }), true).slice(-2);
    assert.deepEqual(rule?.matches[0].headers, [
      header("X-Gateway-Base-Model-Name", "Qwen/Qwen3-32B"),
      header("x-llmd-revision", "v2"),
    ]);
  });

  const percents = fc.constantFrom<Readonly<Record<string, number>>>(
    { v1: 100 },
    { v1: 90, v2: 10 },
    { v1: 0, v2: 100 },
    { v1: 40, v2: 30, v3: 30 },
  );

  /** Path and headers, which decide which rule a request takes. */
  const matchOf = ({ matches: [match] }: ReturnType<typeof routeRules>[number]): string => JSON.stringify(match);

  it("is no other model's: no rule matches what a rule of another model matches, and none matches everything", () =>
    fc.assert(
      fc.property(percents, percents, fc.boolean(), (first, second, byModelField) => {
        const other = { name: "llama", repository: "meta-llama/Llama-3.1-8B" };
        const matches = [
          ...routeRules(QWEN, shares(first), byModelField),
          ...routeRules(other, shares(second), byModelField),
        ].map(matchOf);
        assert.deepEqual(matches, [...new Set(matches)]);
        for (const match of matches) assert.match(match, /qwen3|Qwen3|llama|Llama/);
      }),
    ));

  it("has no more rules than a route may have, up to six revisions", () => {
    const six = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`v${index}`, index === 0 ? 100 : 0]));
    assert.equal(routeRules(QWEN, shares(six), true).length, 15);
  });
});
