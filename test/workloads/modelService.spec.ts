import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import type { ModelEndpoint } from "../../contracts/outputs";
import type { ModelServiceArgs } from "../../workloads/modelService";
import type { RevisionPlan } from "../../workloads/plan";
import type { routeRules } from "../../workloads/routing/route";
import {
  assertNamed,
  ofType,
  only,
  type Registered,
  registeredBy,
  secretValue,
  settled,
} from "../support/mockedProgram";
import {
  type Around,
  alone,
  COMPONENT,
  CONFIG_MAP,
  DEPLOYMENT,
  HTTP_ROUTE,
  modelService,
  POOL,
  registeredByModel,
  SECRET,
  withCanary,
} from "../support/modelService";
import { ADAPTER } from "./fixtures";
import { BASELINE, inS3, PLANS, rolePlan } from "./paths/fixtures";
import { START, WORKDAYS } from "./scaling/plans";
import { ASSOCIATION } from "./weights/fixtures";

const withToken = (): Around => ({ cluster: { huggingFaceToken: pulumi.secret("hf_abc") } });

type RouteSpec = { readonly rules: ReturnType<typeof routeRules> };

describe("a model service", () => {
  for (const plan of PLANS) {
    it(`names everything after itself, under itself and only once: ${plan.path}`, async () => {
      const registered = await registeredByModel(withCanary(inS3(plan)), withToken);
      assertNamed(registered, plan.name);
      for (const { type, name, parent } of registered)
        if (type !== COMPONENT) assert.equal(parent, `${COMPONENT}::${plan.name}`, `parent of ${type} ${name}`);
    });

    it(`puts every object into the models' namespace, under a name that no run changes: ${plan.path}`, async () => {
      for (const { type, name, inputs } of await registeredByModel(withCanary(inS3(plan)), withToken)) {
        if (type === COMPONENT || type === ASSOCIATION) continue;
        const metadata = inputs.metadata as { name?: string; namespace: string };
        assert.equal(metadata.namespace, "llm-d", `${type} ${name}`);
        assert.ok(metadata.name?.startsWith(plan.name), `${type} ${name}`);
      }
    });

    it(`changes nothing of its own revision for a canary, save the route that both share: ${plan.path}`, async () => {
      const isCommon = ({ type, name }: Registered) => type === HTTP_ROUTE || name.startsWith(`${plan.name}-v2`);
      const before = await registeredByModel(alone(plan), withToken);
      const after = await registeredByModel(withCanary(plan, "v2"), withToken);
      assert.deepEqual(
        after.filter(object => !isCommon(object)),
        before.filter(object => !isCommon(object)),
      );
    });
  }

  it("serves every revision by a pool and a picker of its own, behind one route", async () => {
    const registered = await registeredByModel(withCanary(BASELINE, "v2"));
    const pools = ["qwen3-32b-v1", "qwen3-32b-v2"];
    assert.deepEqual(
      ofType(registered, POOL).map(({ name }) => name),
      pools,
    );
    const pickers = ofType(registered, DEPLOYMENT).filter(({ name }) => name.endsWith("-epp"));
    assert.deepEqual(
      pickers.map(({ name }) => name),
      pools.map(pool => `${pool}-epp`),
    );
    const route = only(registered, HTTP_ROUTE, "qwen3-32b");
    assert.deepEqual(
      route.dependencies,
      pools.map(pool => `${POOL}::${pool}`),
    );
    const { rules } = route.inputs.spec as RouteSpec;
    const shares = rules.map(({ backendRefs }) =>
      Object.fromEntries(backendRefs.map(({ name, weight }) => [name, weight])),
    );
    assert.deepEqual(shares, [
      {},
      { "qwen3-32b-v1": 100 },
      { "qwen3-32b-v2": 100 },
      { "qwen3-32b-v1": 90, "qwen3-32b-v2": 10 },
    ]);
    assert.deepEqual(
      rules.map(({ matches: [{ headers = [] }] }) => headers.map(({ name, value }) => `${name}: ${value}`)),
      [[], ["x-llmd-revision: v1"], ["x-llmd-revision: v2"], []],
    );
  });

  it("has one token for all its revisions, secret all the way, and none without a token", async () => {
    const registered = await registeredByModel(withCanary(BASELINE), withToken);
    const { inputs } = only(registered, SECRET, "qwen3-32b-hf-token");
    assert.deepEqual(inputs.metadata, { name: "qwen3-32b-hf-token", namespace: "llm-d" });
    assert.deepEqual(secretValue(inputs.stringData), { HF_TOKEN: "hf_abc" });
    assert.deepEqual(Object.keys(inputs).sort(), ["apiVersion", "kind", "metadata", "stringData"]);
    assert.deepEqual(ofType(await registeredByModel(withCanary(BASELINE)), SECRET), []);
  });

  describe("as to the payload processor", () => {
    const lora = (...names: string[]): RevisionPlan => ({
      ...BASELINE,
      lora: names.map(name => ({ ...ADAPTER, name })),
    });
    const revisions: ModelServiceArgs["revisions"] = [
      { plan: lora("sql-v1", "legal"), percent: 90 },
      { plan: { ...lora("sql-v2", "legal"), revision: "v2" }, percent: 10 },
    ];
    const paths = (registered: readonly Registered[]): string[] => {
      const { rules } = only(registered, HTTP_ROUTE).inputs.spec as RouteSpec;
      return rules
        .flatMap(({ matches }) => matches.filter(({ path: { type } }) => type === "PathPrefix"))
        .map(({ path }) => path.value);
    };

    it("tells it the model and the adapters of all revisions where it runs", async () => {
      const registered = await registeredByModel(revisions, () => ({ byModelField: true }));
      const { data } = only(registered, CONFIG_MAP, "qwen3-32b-names").inputs as {
        data: { baseModel: string; adapters: string };
      };
      assert.equal(data.baseModel, "Qwen/Qwen3-32B");
      assert.deepEqual(parse(data.adapters), ["legal", "sql-v1", "sql-v2"]);
      assert.deepEqual([...new Set(paths(registered))], ["/qwen3-32b/v1", "/v1"]);
    });

    it("tells nobody anything where it does not run, and leaves the path to all models alone", async () => {
      const registered = await registeredByModel(revisions);
      assert.deepEqual(
        ofType(registered, CONFIG_MAP).map(({ name }) => name),
        ["qwen3-32b-v1-epp", "qwen3-32b-v2-epp"],
      );
      assert.deepEqual([...new Set(paths(registered))], ["/qwen3-32b/v1"]);
    });
  });
});

describe("the endpoint of a model service", () => {
  async function endpointOf(revisions: ModelServiceArgs["revisions"], around: Around = {}): Promise<ModelEndpoint> {
    const endpoints: ModelEndpoint[] = [];
    await registeredBy(async () => {
      endpoints.push(await settled(modelService(revisions, around).endpoint));
    });
    const [endpoint] = endpoints;
    assert.ok(endpoint);
    return endpoint;
  }

  const ranged = (min: number, max: number, fields: Partial<RevisionPlan> = {}): RevisionPlan => ({
    ...BASELINE,
    roles: [{ ...rolePlan("decode", 2, min), replicas: { min, max } }],
    ...fields,
  });

  const BODY = `{"model":"Qwen/Qwen3-32B","messages":[{"role":"user","content":"Say hello."}],"max_tokens":16}`;

  it("says where the model answers, by which name, with how many GPUs, and how to call it first", async () =>
    assert.deepEqual(await endpointOf(alone(ranged(2, 4))), {
      url: "https://llm.acme.dev/qwen3-32b/v1",
      curl:
        `curl https://llm.acme.dev/qwen3-32b/v1/chat/completions -H "Content-Type: application/json" ` +
        `-H "Authorization: Bearer $TOKEN" -d '${BODY}'`,
      servedName: "Qwen/Qwen3-32B",
      gpusMin: 4,
      gpusMax: 8,
    }));

  it("is the gateway's own where there is no entry", async () => {
    const { url, curl } = await endpointOf(alone(BASELINE), { cluster: { entryUrl: undefined } });
    assert.equal(url, "http://inference.llm-d-gateway/qwen3-32b/v1");
    assert.equal(
      curl,
      `curl http://inference.llm-d-gateway/qwen3-32b/v1/chat/completions -H "Content-Type: application/json" -d '${BODY}'`,
    );
  });

  it("counts the GPUs of all revisions, and is called by the model's own repository", async () => {
    const { servedName, gpusMin, gpusMax } = await endpointOf([
      { plan: ranged(2, 4), percent: 90 },
      { plan: ranged(1, 1, { revision: "v2", model: "Qwen/Qwen3-32B-FP8" }), percent: 10 },
    ]);
    assert.deepEqual({ servedName, gpusMin, gpusMax }, { servedName: "Qwen/Qwen3-32B", gpusMin: 6, gpusMax: 10 });
  });

  it("says the name that servers are given, not where their weights come from", async () =>
    assert.equal((await endpointOf(alone({ ...BASELINE, servedName: "acme/served" }))).servedName, "acme/served"));

  it("says how long a model that is known takes to answer from no node", async () => {
    const roles: RevisionPlan["roles"] = [{ ...rolePlan("decode", 2, 1), start: START }];
    assert.equal((await endpointOf(alone({ ...BASELINE, roles }))).readyAfterMinutes, 14);
  });

  it("says what clients have to know of times without servers", async () => {
    const { whileEmpty, gpusMin } = await endpointOf(alone(ranged(1, 4, { schedule: WORKDAYS })));
    assert.equal(gpusMin, 0);
    assert.match(String(whileEmpty), /^While no server answers, a request waits \d+ seconds and is then refused with /);
    assert.match(
      String(whileEmpty),
      /From "0 19 \* \* 1-5" to "0 7 \* \* 1-5" \(Europe\/Berlin\) requests start none;/,
    );
  });
});
