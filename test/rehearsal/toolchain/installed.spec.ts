import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { delimiter } from "node:path";
import { installedTool } from "../../../rehearsal/toolchain/installed";
import { Scratch } from "../../support/scratch";

const CLUSTER_TOOLS = ["etcd", "kube-apiserver", "kube-controller-manager"] as const;

describe("an installed tool", () => {
  let scratch: Scratch;

  beforeEach(() => {
    scratch = new Scratch();
    mkdirSync(scratch.bin);
  });

  afterEach(() => scratch.remove());

  const onPath = (): NodeJS.ProcessEnv => ({ PATH: [scratch.path("empty"), scratch.bin].join(delimiter) });
  const pulumiThatPrints = (version: string) => scratch.command("pulumi", `echo "${version}"`);

  describe("that is the engine", () => {
    for (const version of ["v3.250.0", "v3.260.1", "v4.0.0"])
      it(`is used at ${version}`, async () => {
        const pulumi = pulumiThatPrints(version);
        assert.equal(await installedTool("pulumi", onPath()), pulumi);
      });

    for (const version of ["v3.249.0", "v3.9.0", "v3.250.0-alpha.1", "garbage", ""])
      it(`is not used when it calls its version "${version}"`, async () => {
        pulumiThatPrints(version);
        assert.equal(await installedTool("pulumi", onPath()), undefined);
      });

    it("is not used when it does not run", async () => {
      scratch.command("pulumi", 'echo "no version is set for this command" >&2; exit 126');
      assert.equal(await installedTool("pulumi", onPath()), undefined);
    });

    it("is not used when it is no program", async () => {
      mkdirSync(scratch.path("bin", "pulumi"));
      assert.equal(await installedTool("pulumi", onPath()), undefined);
    });

    it("is none where the PATH has none or there is no PATH", async () => {
      assert.equal(await installedTool("pulumi", onPath()), undefined);
      assert.equal(await installedTool("pulumi", {}), undefined);
    });

    it("is asked for its version without looking for updates", async () => {
      const pulumi = scratch.command("pulumi", '[ "$* $PULUMI_SKIP_UPDATE_CHECK" = "version true" ] && echo v3.250.0');
      assert.equal(await installedTool("pulumi", onPath()), pulumi);
    });
  });

  describe("that is the YAML host", () => {
    beforeEach(() => scratch.command("pulumi-language-yaml", "exit 1"));

    it("is used beside an installed engine", async () => {
      pulumiThatPrints("v3.260.1");
      assert.equal(await installedTool("pulumi-language-yaml", onPath()), scratch.path("bin", "pulumi-language-yaml"));
    });

    it("is not used beside an engine that is too old", async () => {
      pulumiThatPrints("v3.249.0");
      assert.equal(await installedTool("pulumi-language-yaml", onPath()), undefined);
    });

    it("is not used without an engine", async () =>
      assert.equal(await installedTool("pulumi-language-yaml", onPath()), undefined));
  });

  it("that is the YAML host is none where an installed engine comes without it", async () => {
    pulumiThatPrints("v3.260.1");
    assert.equal(await installedTool("pulumi-language-yaml", onPath()), undefined);
  });

  describe("of the cluster", () => {
    const assets = (): NodeJS.ProcessEnv => ({ KUBEBUILDER_ASSETS: scratch.path("assets") });

    for (const tool of CLUSTER_TOOLS) {
      const others = CLUSTER_TOOLS.filter(other => other !== tool);

      it(`is used where KUBEBUILDER_ASSETS has ${tool}`, async () => {
        const binary = scratch.write(`assets/${tool}`, "");
        assert.equal(await installedTool(tool, assets()), binary);
        for (const other of others) assert.equal(await installedTool(other, assets()), undefined);
      });

      it(`is not used where KUBEBUILDER_ASSETS has all but ${tool}`, async () => {
        for (const other of others) scratch.write(`assets/${other}`, "");
        assert.equal(await installedTool(tool, assets()), undefined);
      });

      it(`is not looked for on the PATH, where ${tool} may be of any version`, async () => {
        scratch.command(tool, "exit 0");
        assert.equal(await installedTool(tool, onPath()), undefined);
        assert.equal(await installedTool(tool, { ...onPath(), KUBEBUILDER_ASSETS: "" }), undefined);
      });
    }
  });
});
