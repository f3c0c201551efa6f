import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Advisory, CHARTS, IMAGES, PINS, type PinName, URLS, unsupportedPins } from "../../catalog/versions";
import { floatingReferences } from "../support/floating";

const ROOT = join(__dirname, "../..");
const FOLDERS = ["infra", "platform", "workloads", "catalog", "policy"];

describe("the pins", () => {
  for (const [name, { version, since, why, supportedUntil }] of Object.entries(PINS)) {
    it(`give ${name} a full version`, () => assert.match(version, /^v?\d+\.\d+\.\d+$/));

    it(`say since when ${name} is pinned, with a day that was`, () => {
      assert.match(since, /^\d{4}-\d{2}-\d{2}$/);
      assert.equal(new Date(since).toISOString().slice(0, 10), since);
      assert.ok(new Date(since) <= new Date(), `${since} is yet to come`);
    });

    it(`say until when ${name} is supported, or that nobody has said so`, () => {
      if (supportedUntil === "unpublished") return;
      assert.equal(new Date(supportedUntil).toISOString().slice(0, 10), supportedUntil);
      assert.ok(supportedUntil > since, `${name} was pinned on ${since}, after its support had ended`);
    });

    it(`say why ${name} is at that version`, () => assert.ok(why.length > 10, `"${why}" is no reason`));
  }

  it("give every definition's address its version", () =>
    assert.deepEqual(URLS, {
      gatewayApi: `https://github.com/kubernetes-sigs/gateway-api/releases/download/${PINS.gatewayApi.version}/standard-install.yaml`,
      inferenceExtension: `https://github.com/kubernetes-sigs/gateway-api-inference-extension/releases/download/${PINS.inferenceExtension.version}/v1-manifests.yaml`,
      llmd: `https://github.com/llm-d/llm-d-router/releases/download/${PINS.llmdRouter.version}/manifests.yaml`,
    }));

  it("give every image a full version as its tag", () => {
    assert.equal(IMAGES.vllm, `docker.io/vllm/vllm-openai:${PINS.vllm.version}`);
    for (const image of Object.values(IMAGES)) assert.match(image, /^[a-z.]+\/[\w./-]+:v?\d+\.\d+\.\d+(-[\w.-]+)?$/);
  });

  for (const [name, chart] of Object.entries(CHARTS))
    it(`take the chart ${name} at a pinned version from an address that says whose it is`, () => {
      assert.ok(Object.values(PINS).some(({ version }) => version === chart.version));
      const address = "repository" in chart ? chart.repository : chart.chart;
      assert.match(address, /^(https|oci):\/\/[a-z0-9.-]+\/[a-z0-9./-]+$|^https:\/\/charts\.jetstack\.io$/);
    });
});

describe("the support of pins", () => {
  const all = Object.keys(PINS) as PinName[];

  it("is reported as ended from the day after its last", () => {
    assert.deepEqual(unsupportedPins(["istio"], new Date(`${PINS.istio.supportedUntil}T23:59:59Z`)), []);
    const dayAfter = new Date(Date.parse(PINS.istio.supportedUntil) + 24 * 3600_000);
    assert.deepEqual(unsupportedPins(["istio", "vllm"], dayAfter), [
      "istio 1.30.5 has had no security fixes since 2027-01-31: raise its pin in catalog/versions.ts",
    ]);
  });

  it("is reported for no pin that is not asked for, nor where upstream names no day", () =>
    assert.deepEqual(
      unsupportedPins(
        all.filter(name => name !== "istio"),
        new Date("2099-01-01"),
      ),
      [],
    ));
});

describe("docs/security.md", () => {
  const text = readFileSync(join(ROOT, "docs/security.md"), "utf8");
  const rows = (advisories: readonly Advisory[]) =>
    advisories.map(({ id, effect, fixedIn, mitigation }) => `| ${id} | ${effect} | ${fixedIn} | ${mitigation} |`);

  for (const [name, { version, advisories }] of Object.entries(PINS))
    it(`lists every open advisory of ${name} ${version}, and no other`, () => {
      const section = text.split(/^## /m).find(part => part.startsWith(`${name} ${version}\n`)) ?? "";
      assert.deepEqual(
        section.split("\n").filter(line => /^\| (CVE|PYSEC|GHSA)-/.test(line)),
        rows(advisories),
      );
    });
});

describe("what docs/security.md says is fixed", () => {
  const text = readFileSync(join(ROOT, "docs/security.md"), "utf8");

  for (const [part, { version, why }] of Object.entries({ Istio: PINS.istio, Grafana: PINS.grafana, KEDA: PINS.keda }))
    it(`is fixed by the pin of ${part}, and has every advisory that the pin's reason names`, () => {
      const row = text.split("\n").find(line => line.startsWith(`| ${part} | ${version} |`)) ?? "";
      assert.notEqual(row, "");
      for (const [id] of why.matchAll(/CVE-\d+-\d+/g)) assert.ok(row.includes(id), id);
    });
});

describe("the repository", () => {
  const files = FOLDERS.flatMap(sourceFiles);

  for (const folder of FOLDERS)
    it(`pins every image and chart in ${folder}/`, () => {
      const inFolder = files.filter(file => file.startsWith(`${folder}/`));
      assert.notEqual(inFolder.length, 0);
      const floating = inFolder.flatMap(file => floatingReferences(read(file)).map(found => `${file}: ${found}`));
      assert.deepEqual(floating, []);
    });

  it("has the images and charts that the search is meant to see", () => {
    const text = files.map(read).join("\n");
    assert.match(text, /\bimage: IMAGES\./);
    assert.match(text, /\bhelm\.v3\.Release\(/);
  });

  for (const file of ["package.json", "policy/package.json"])
    it(`pins every package in ${file} to one version`, () => {
      const { dependencies = {}, devDependencies = {} } = JSON.parse(read(file)) as Packages;
      for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
        assert.match(version, /^(npm:[\w@/-]+@)?\d+\.\d+\.\d+$/, `${name} floats: "${version}"`);
    });
});

describe("the search for floating references", () => {
  const floating: readonly { source: string; found: string }[] = [
    { source: `const image = "vllm/vllm-openai:latest";`, found: "vllm/vllm-openai:latest" },
    { source: `const chart = "oci://ghcr.io/llm-d/chart@latest";`, found: "//ghcr.io/llm-d/chart@latest" },
    { source: "const url = `ghcr.io/${name}:main`;", found: "name}:main" },
    { source: `"https://raw.githubusercontent.com/a/b/main/c.yaml"`, found: "raw.githubusercontent.com/a/b/main" },
    { source: `"https://github.com/a/b/blob/master/c.yaml"`, found: "/blob/master" },
    { source: `"https://github.com/a/b/releases/latest/download/c.yaml"`, found: "releases/latest" },
    { source: `{ name: "web", image: "nginx" }`, found: `image: "nginx` },
    { source: `{ name: "web", image: "nginx:1" }`, found: `image: "nginx:1` },
    { source: `manager: { tag: "latest" }`, found: `tag: "latest"` },
    { source: `grafana: { imageTag: '13.2' }`, found: "imageTag: '13.2'" },
    { source: `manager: { tag: "" }`, found: `tag: ""` },
    { source: `new k8s.helm.v3.Release("x", { chart: "x", values: f() });`, found: "helm.v3.Release(" },
    { source: `new k8s.helm.v4.Chart("x", { chart: "x", version: ">=1" });`, found: "helm.v4.Chart(" },
  ];
  for (const { source, found } of floating)
    it(`finds ${found} in ${source}`, () => assert.deepEqual(floatingReferences(source), [found]));

  const pinned = [
    "image: IMAGES.vllm,",
    `image: { repository: "quay.io/a/b", tag: "13.2.2" }`,
    `image: "docker.io/library/nginx:1.29.2"`,
    `image: "docker.io/library/nginx:1.29.2@sha256:${"a".repeat(64)}"`,
    `new k8s.helm.v3.Release("x", { chart: "x", version: PINS.istio.version });`,
    "manager: { tag: PINS.grafana.version }",
    `manager: { tag: "13.2.2" }`,
    "main: index.ts",
    "export const mainRoute = { main: true };",
  ];
  for (const source of pinned)
    it(`finds nothing in ${source.slice(0, 60)}`, () => assert.deepEqual(floatingReferences(source), []));
});

interface Packages {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

/** Every file of a folder but for what is built or installed into it. */
function sourceFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap(entry => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ["dist", "node_modules"].includes(entry.name) ? [] : sourceFiles(path);
    return [path];
  });
}
