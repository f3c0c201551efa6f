import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PULUMI_VERSION, REHEARSAL_TOOLS, TOOLS } from "../../../rehearsal/toolchain/tools";

const fileOf = (module: string, file: string): string =>
  readFileSync(join(__dirname, "../../../rehearsal/toolchain", module, file), "utf8");

describe("the tools of a rehearsal", () => {
  for (const [key, { name, module, command, coldBuildSeconds }] of Object.entries(TOOLS)) {
    it(`have ${key} under its own name`, () => assert.equal(name, key));

    it(`pin ${key}, and with checksums whatever it is built from`, () => {
      assert.ok(fileOf(module, "go.mod").includes(`\ntool ${command}\n`), `${module}/go.mod does not name ${command}`);
      assert.match(fileOf(module, "go.sum"), / h1:/);
    });

    it(`tell how long ${key} takes to build`, () => assert.ok(coldBuildSeconds > 0));
  }

  it("have every tool but promtool, which only specs run", () =>
    assert.deepEqual([...REHEARSAL_TOOLS, "promtool"].sort(), Object.keys(TOOLS).sort()));

  it("have istiod without the validators that nobody calls, as Istio builds it", () =>
    assert.equal(TOOLS.istiod.tags, "vtprotobuf,disable_pgv"));

  it("make the API server say which release it is built from", () => {
    const [, version = ""] = /\tk8s\.io\/kubernetes (v1\.(\d+)\.\d+) /.exec(fileOf("kubernetes", "go.mod")) ?? [];
    const [, minor] = version.split(".");
    assert.equal(
      TOOLS["kube-apiserver"].linkerFlags,
      [`gitVersion=${version}`, "gitMajor=1", `gitMinor=${minor}`]
        .map(stamp => `-X k8s.io/component-base/version.${stamp}`)
        .join(" "),
    );
  });

  it("have Helm 3, whose releases the provider makes", () =>
    assert.match(fileOf("helm", "go.mod"), /\n\t?(require )?helm\.sh\/helm\/v3 v3\.\d+\.\d+/));

  it("have the engine in the version that installed ones must reach, and make it say so", () => {
    assert.ok(fileOf("pulumi", "go.mod").includes(`\tgithub.com/pulumi/pulumi/pkg/v3 v${PULUMI_VERSION} `));
    assert.equal(
      TOOLS.pulumi.linkerFlags,
      `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${PULUMI_VERSION}`,
    );
  });
});
