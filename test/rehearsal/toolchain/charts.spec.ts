import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { maxSatisfying } from "semver";
import { parse } from "yaml";
import { CHARTS } from "../../../catalog/versions";
import { CHECKED_VALUES } from "../../../rehearsal/charts";
import {
  CHART_SOURCES,
  type ChartFolders,
  type ChartSource,
  chartFolders,
  type RenderedChart,
} from "../../../rehearsal/toolchain/charts";
import type { CrdFiles } from "../../../rehearsal/toolchain/crds";
import { TOOLCHAIN_TIMEOUT_MS, toolchain } from "../../support/apiServer";
import { FakeGo } from "./fakeGo";

interface ChartFile {
  readonly name: string;
  readonly version: string;
  readonly appVersion?: string;
  readonly dependencies?: readonly { readonly name: string; readonly version: string }[];
}

const chartFile = (folder: string): ChartFile => parse(readFileSync(join(folder, "Chart.yaml"), "utf8")) as ChartFile;

const GO_MOD = readFileSync(join(__dirname, "../../../rehearsal/toolchain/charts/go.mod"), "utf8");
const moduleVersion = (module: string): string | undefined =>
  GO_MOD.split("\n")
    .map(line => line.trim().split(" "))
    .find(([name]) => name === module)?.[1];

/** Charts whose version release tooling writes: the module's own version is what must be the pin's. */
const RELEASED_WITH_MODULE: readonly RenderedChart[] = ["leaderWorkerSet", "certManager"];
/** Istio's are of a commit of 2026-08, KEDA's is of 2.20.2. */
const STANDING_IN: readonly RenderedChart[] = ["istioBase", "istiod", "keda"];

describe("the charts of upstream", () => {
  let folders: ChartFolders;
  let crds: CrdFiles;
  let helm: string;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS); // the first time on a machine they are downloaded, and Helm is built
    const { charts, binaries, crds: files } = await toolchain();
    folders = charts;
    crds = files;
    helm = binaries.helm;
  });

  it("are, with those whose values are checked, every chart of the catalogue", () =>
    assert.deepEqual([...Object.keys(folders), ...Object.keys(CHECKED_VALUES)].sort(), Object.keys(CHARTS).sort()));

  for (const [name, { chart, version }] of Object.entries(CHARTS).filter(([name]) => name in CHART_SOURCES)) {
    const known = name as RenderedChart;

    it(`have ${chart} under its name and at its pin`, () => {
      const file = chartFile(folders[known]);
      assert.deepEqual([file.name, String(file.version)], [chart.split("/").at(-1), version]);
    });

    if (RELEASED_WITH_MODULE.includes(known))
      it(`have ${chart} from the module of its pin`, () =>
        assert.equal(moduleVersion(CHART_SOURCES[known].module)?.replace(/^v?/, "v"), version.replace(/^v?/, "v")));
    else if (!STANDING_IN.includes(known))
      it(`have ${chart} say its version itself`, () => assert.equal(CHART_SOURCES[known].published, undefined));

    it(`have ${chart} in a form that Helm renders`, () => {
      const args = ["template", "spec", folders[known], "--kube-version=v1.35.0", "--include-crds"];
      const rendered = execFileSync(helm, args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
      assert.match(rendered, /^kind: (Deployment|CustomResourceDefinition)$/m);
    });
  }

  it("have every subchart that kube-prometheus-stack asks for, at a version it takes", () => {
    const stack = folders.kubePrometheusStack;
    const subcharts = readdirSync(join(stack, "charts")).map(name => chartFile(join(stack, "charts", name)));
    const asked = chartFile(stack).dependencies ?? [];
    for (const { name, version } of asked) {
      const found = subcharts.find(subchart => subchart.name === name);
      assert.ok(found && maxSatisfying([found.version], version), `${name} ${version}: ${found?.version}`);
    }
    assert.equal(subcharts.length, asked.length);
  });

  it("have Istio's CRDs at their pin, every one, to be kept", () => {
    const args = ["template", "spec", folders.istioBase];
    const rendered = execFileSync(helm, args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
    const names = (text: string) => [...text.matchAll(/^ {2}name: (\S+\.istio\.io)$/gm)].map(([, name]) => name).sort();
    const pinned = names(readFileSync(crds.istio, "utf8"));
    assert.ok(pinned.includes("destinationrules.networking.istio.io"));
    assert.deepEqual(names(rendered), pinned);
    assert.equal(rendered.match(/helm\.sh\/resource-policy"?: keep/g)?.length, pinned.length);
  });

  it("say of Grafana's stand-in what the stack asks for, and keep the application's version", () => {
    const grafana = chartFile(join(folders.kubePrometheusStack, "charts", "grafana"));
    assert.deepEqual([grafana.version, grafana.appVersion], ["12.11.2", "13.2.0"]);
  });
});

describe("the download of charts", () => {
  let fake: FakeGo;

  beforeEach(() => {
    fake = new FakeGo();
  });

  afterEach(() => fake.remove());

  /** Only Istio's are asked for. */
  const crds = (): CrdFiles => {
    const istio = fake.write("crds-0/istio.yaml", "kind: CustomResourceDefinition\n");
    return { istio, gatewayApi: "", inferenceExtension: "", karpenter: "" };
  };
  const charts = () => chartFolders(fake.options, crds());

  const sources = (source: ChartSource): ChartSource[] => [source, ...(source.subcharts ?? []).flatMap(sources)];

  /** Read-only, as the go command leaves modules. */
  function publish(text = "name: spec\nversion: 0.0.0\nappVersion: 0.0.0\n"): void {
    const all = Object.values(CHART_SOURCES).flatMap(sources);
    for (const { module, folder } of all) fake.write(join("modules", module, folder, "Chart.yaml"), text, 0o444);
    const modules = [...new Set(all.map(({ module }) => module))];
    const entries = modules.map(module => JSON.stringify({ Path: module, Dir: fake.path("modules", module) }));
    fake.answer({ download: entries.join("\n") });
  }

  it("puts each chart together, subcharts within, as published and for anybody to remove", async () => {
    publish();
    const folders = await charts();
    assert.deepEqual(fake.calls(), ["charts: mod download -json"]);
    const { certManager, kubePrometheusStack, prometheusOperatorCrds, istioBase } = folders;
    const crds = readFileSync(join(istioBase, "files/crd-all.gen.yaml"), "utf8");
    assert.equal(crds, "kind: CustomResourceDefinition\n");
    assert.deepEqual(chartFile(certManager), {
      name: "spec",
      version: CHARTS.certManager.version,
      appVersion: CHARTS.certManager.version,
    });
    assert.equal(chartFile(prometheusOperatorCrds).version, "0.0.0");
    assert.equal(chartFile(join(kubePrometheusStack, "charts", "grafana")).version, "12.11.2");
    assert.equal(statSync(join(prometheusOperatorCrds, "Chart.yaml")).mode & 0o777, 0o644);
  });

  it("is made once", async () => {
    publish();
    await charts();
    await charts();
    assert.equal(fake.calls().length, 1);
    assert.match(fake.lines.join("\n"), /downloading charts/);
  });

  it("fails whole where a module is missing or a chart has no version to write over", async () => {
    await assert.rejects(charts(), { message: "go mod download did not bring istio.io/istio" });
    publish("name: spec\n");
    await assert.rejects(charts(), /istioBase\/Chart\.yaml has no version$/);
    assert.deepEqual(
      readdirSync(fake.cache).filter(name => name.startsWith("charts-")),
      [],
    );
  });
});
