import assert from "node:assert/strict";
import type { Dashboard, Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { createDashboards, dashboards } from "../../../../platform/monitoring/dashboards";
import { capacity } from "../../../../platform/monitoring/dashboards/capacity";
import { gateway } from "../../../../platform/monitoring/dashboards/gateway";
import { serving } from "../../../../platform/monitoring/dashboards/serving";
import { TOOLCHAIN_TIMEOUT_MS } from "../../../support/apiServer";
import { choicesOf, expressionsOf, filledIn, panelsOf } from "../../../support/dashboards";
import { schemaProblems } from "../../../support/grafanaSchema";
import { assertNamed, inputsOf, type Registered, registeredBy } from "../../../support/mockedProgram";
import { checkRules } from "../../../support/promtool";
import { POOLS } from "../rules/capacity.cases";

const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";

const all = dashboards(POOLS);

const UIDS = ["llmd-capacity", "llmd-gateway", "llmd-gpu", "llmd-routing", "llmd-serving"];

interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

const places = ({ panels = [] }: Dashboard): Place[] => panels.flatMap(({ gridPos }) => gridPos ?? []);

const overlap = (a: Place, b: Place): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

/** `$name` in everything that is asked of Prometheus. */
const usedVariables = (dashboard: Dashboard): string[] => {
  const asked = [
    ...panelsOf(dashboard).flatMap(expressionsOf),
    ...choicesOf(dashboard).map(({ selector }) => selector),
  ];
  return asked.flatMap(text => [...text.matchAll(/\$([a-z]\w*)/g)].flatMap(([, name]) => name ?? []));
};

const panelNamed = (dashboard: Dashboard, title: string): Panel => {
  const panel = panelsOf(dashboard).find(candidate => candidate.title === title);
  assert.ok(panel, `no panel ${title}`);
  return panel;
};

describe("the dashboards", () => {
  it("have uids that never change", () => assert.deepEqual(all.map(({ uid }) => uid).sort(), UIDS));

  it("match Grafana's schema", () => assert.deepEqual(schemaProblems(all), []));

  it("would not match it with an unknown field or value", () => {
    const [first] = JSON.parse(JSON.stringify(all));
    first.liveThen = true;
    first.panels[1].options.colorMode = "loud";
    first.panels[1].fieldConfig.defaults.thresholds.mode = "relative";
    const problems = schemaProblems([first]);
    assert.equal(problems.length, 3, problems.join("\n"));
    for (const word of ["liveThen", "loud", "relative"])
      assert.ok(
        problems.some(problem => problem.includes(word)),
        `nothing about ${word}`,
      );
  });

  it("have queries that Prometheus can parse", async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    const expressions = [
      ...all.flatMap(panelsOf).flatMap(expressionsOf).map(filledIn),
      ...all.flatMap(choicesOf).map(({ selector }) => selector),
    ];
    await checkRules([
      { name: "dashboards", rules: expressions.map((expr, index) => ({ record: `test:expression:${index}`, expr })) },
    ]);
  });

  for (const dashboard of all)
    describe(`${dashboard.title}`, () => {
      it("has a description", () => assert.ok((dashboard.description ?? "").length > 20));

      it("has title, description, unit, thresholds and queries in every panel", () => {
        for (const panel of panelsOf(dashboard)) {
          assert.ok(panel.title, "a panel has no title");
          assert.ok((panel.description ?? "").length > 10, `${panel.title} has no description`);
          assert.ok(panel.fieldConfig?.defaults.unit, `${panel.title} has no unit`);
          assert.ok(panel.fieldConfig.defaults.thresholds?.steps.length, `${panel.title} has no thresholds`);
          const expressions = expressionsOf(panel);
          assert.ok(expressions.length > 0 && expressions.every(expr => expr !== ""), `${panel.title} asks nothing`);
        }
      });

      it("has unique titles and ids", () => {
        const titles = panelsOf(dashboard).map(({ title }) => title);
        assert.deepEqual(titles, [...new Set(titles)]);
        for (const { title, targets = [] } of panelsOf(dashboard)) {
          const ids = targets.map(target => ("refId" in target ? target.refId : ""));
          assert.deepEqual(ids, [...new Set(ids)], title);
        }
        const ids = (dashboard.panels ?? []).map(({ id }) => id);
        assert.deepEqual(ids, [...new Set(ids)]);
      });

      it("has no overlapping panels", () => {
        const taken = places(dashboard);
        assert.equal(taken.length, dashboard.panels?.length);
        for (const [index, place] of taken.entries()) {
          assert.ok(place.x + place.w <= 24, `panel ${index} is too far right`);
          for (const other of taken.slice(index + 1))
            assert.ok(!overlap(place, other), `something covers panel ${index}`);
        }
      });

      it("queries the selected Prometheus", () => {
        for (const { title, datasource, targets = [] } of panelsOf(dashboard))
          for (const source of [datasource, ...targets.map(target => "datasource" in target && target.datasource)])
            assert.deepEqual(source, { type: "prometheus", uid: "${datasource}" }, title);
      });

      it("has a variable for everything its queries use, and no other", () => {
        const variables = (dashboard.templating?.list ?? []).map(({ name }) => name).sort();
        assert.deepEqual([...new Set(["datasource", ...usedVariables(dashboard)])].sort(), variables);
      });

      it("is read-only in the browser, where changes would be lost", () => assert.equal(dashboard.editable, false));
    });

  it("show the ceiling of each pool", () => {
    const panel = panelNamed(capacity(POOLS), "Nodes and ceilings");
    assert.deepEqual(
      panel.targets?.map(target => ["legendFormat" in target && target.legendFormat, "expr" in target && target.expr]),
      [
        ["{{pool}}", "llmd:gpu_nodes:count"],
        ...POOLS.map(({ name, maxNodes }) => [`ceiling of ${name}`, `vector(${maxNodes})`]),
      ],
    );
  });

  it("have the thresholds of the alerts", () => {
    const steps = (title: string, dashboard: Dashboard) =>
      panelNamed(dashboard, title).fieldConfig?.defaults.thresholds?.steps;
    assert.deepEqual(steps("KV cache", serving()), [
      { value: null, color: "green" },
      { value: 0.9, color: "orange" },
    ]);
    assert.deepEqual(steps("Server errors", gateway()), [
      { value: null, color: "green" },
      { value: 0.05, color: "orange" },
      { value: 0.5, color: "red" },
    ]);
  });
});

describe("the dashboards' objects", () => {
  let registered: Registered[];

  before(async () => {
    registered = await registeredBy(() => {
      const provider = new k8s.Provider("cluster", { kubeconfig: "{}" });
      createDashboards("monitoring", { namespace: "llm-d-monitoring", gpuPools: pulumi.output(POOLS) }, { provider });
    });
  });

  it("are named after their component", () =>
    assertNamed(
      registered.filter(({ type }) => type === CONFIG_MAP),
      "monitoring-dashboard-",
    ));

  it("are ConfigMaps that Grafana's sidecar looks for", () => {
    for (const inputs of inputsOf(registered, CONFIG_MAP)) {
      const { labels, namespace } = inputs.metadata as { labels: object; namespace: string };
      assert.deepEqual(labels, { grafana_dashboard: "1" });
      assert.equal(namespace, "llm-d-monitoring");
    }
  });

  it("have one dashboard each, in a file of its own", () => {
    const files = inputsOf(registered, CONFIG_MAP).flatMap(({ data }) =>
      Object.entries(data as Record<string, string>),
    );
    assert.deepEqual(
      files.map(([file]) => file).sort(),
      UIDS.map(uid => `${uid}.json`),
    );
    for (const [file, content] of files) assert.equal(`${JSON.parse(content).uid}.json`, file);
  });

  it("contain the pools", () => {
    const [inputs] = inputsOf(registered, CONFIG_MAP).filter(({ data }) => "llmd-capacity.json" in (data as object));
    assert.ok(inputs);
    assert.deepEqual(inputs.data, { "llmd-capacity.json": JSON.stringify(capacity(POOLS)) });
  });
});
