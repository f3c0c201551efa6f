import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readObjects } from "../../../rehearsal/doubles/kubernetes/components";
import type { KubernetesObject } from "../../../rehearsal/kubernetesApi";
import { TOOLCHAIN_TIMEOUT_MS, toolchain } from "../../support/apiServer";
import { REPOSITORY } from "../../support/command";
import { type EngineUnderTest, sharedEngine } from "../../support/engine";
import { holdings, NOTHING } from "../../support/holdings";

const NAMESPACE = "default";
const NEEDED = ["destinationrules", "envoyfilters", "requestauthentications", "authorizationpolicies"];

const istiod = (value: string): KubernetesObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "istiod-canary", namespace: NAMESPACE },
  spec: {
    selector: { matchLabels: { app: "istiod" } },
    template: {
      metadata: { labels: { app: "istiod" } },
      spec: {
        containers: [
          {
            name: "discovery",
            image: "docker.io/istio/pilot:1.30.5",
            env: [{ name: "ENABLE_GATEWAY_API_INFERENCE_EXTENSION", value }],
          },
        ],
      },
    },
  },
});

describe("an Istio that is there already", () => {
  let engine: EngineUnderTest;
  let crds: readonly KubernetesObject[];

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await sharedEngine();
    const all = await readObjects((await toolchain()).crds.istio);
    crds = all.filter(({ metadata }) => NEEDED.includes(metadata.name.split(".")[0] ?? ""));
  });

  after(async () => {
    const { api } = engine.environment.cluster;
    await Promise.all([istiod("true"), ...crds].map(object => api.delete(object)));
    assert.deepEqual(await holdings(engine), NOTHING);
  });

  const program = (kubeconfig: string) =>
    engine.withProgram(
      "platform",
      `const k8s = require("@pulumi/kubernetes");
const pulumi = require("@pulumi/pulumi");
const { ExistingIstio } = require(${JSON.stringify(join(REPOSITORY, "platform/existingIstio"))});
const kubernetes = new k8s.Provider("cluster", { kubeconfig: ${kubeconfig} });
const { revision } = new ExistingIstio("istio", { kubernetes, namespace: "${NAMESPACE}", revision: "canary" });
exports.revision = revision;
exports.bill = [];
`,
    );

  const preview = () =>
    engine.preview(program(JSON.stringify(readFileSync(engine.environment.cluster.kubeconfig, "utf8"))));

  it("is left to a later run while the cluster is yet to be made", async () => {
    const { exitCode, output } = await engine.preview(program("pulumi.output(pulumi.unknown)"));
    assert.equal(exitCode, 0, output);
  });

  it("is missed by name, after the remedy", async () => {
    const { exitCode, output } = await preview();
    assert.equal(exitCode, 1, output);
    assert.match(output, /the cluster must have Deployment default\/istiod-canary and Istio's CRDs/);
    assert.match(output, /resource '(default\/istiod-canary|\w+\.(networking|security)\.istio\.io)' does not exist/);
  });

  it("is refused in the preview when its switch is off", async () => {
    const { api } = engine.environment.cluster;
    await Promise.all([istiod("false"), ...crds].map(object => api.applyPatiently(object)));
    const { exitCode, output } = await preview();
    assert.equal(exitCode, 1, output);
    assert.match(
      output,
      /Deployment default\/istiod-canary\) cannot serve inference:\s+- it ignores InferencePools: set ENABLE_GATEWAY/,
    );
  });

  it("is taken when it is fit, and tells its revision", async () => {
    await engine.api.applyPatiently(istiod("true"));
    const { exitCode, output } = await preview();
    assert.equal(exitCode, 0, output);
    assert.match(output, /revision *: "canary"/);
  });
});
