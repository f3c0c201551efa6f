import assert from "node:assert/strict";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import type { EngineUnderTest } from "../../support/engine";
import { workloads } from "../../support/everything";

/** An autoscaler that somebody put beside KEDA's own. */
const BESIDE = `const metadata = { name: "beside", namespace: "default" };
const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "beside" };
const triggers = [{ type: "cron", metadata: { timezone: "UTC", start: "0 7 * * *", end: "0 19 * * *", desiredReplicas: "1" } }];
new k8s.apiextensions.CustomResource(
  "ours",
  { apiVersion: "keda.sh/v1alpha1", kind: "ScaledObject", metadata, spec: { scaleTargetRef, triggers } },
  { provider },
);
new k8s.autoscaling.v2.HorizontalPodAutoscaler("theirs", { metadata, spec: { scaleTargetRef, maxReplicas: 4 } }, { provider });`;

describe("the policy for what scales servers", () => {
  let engine: EngineUnderTest;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    engine = await workloads();
  });

  it("refuses an autoscaler beside a ScaledObject", async () => {
    const program = engine.withClusterProgram("workloads", BESIDE);
    const { exitCode, output } = await engine.preview(program);
    assert.equal(exitCode, 1, output);
    assert.match(
      output,
      /stack-scaledobject-owns-replicas[\s\S]*HorizontalPodAutoscaler "theirs" scales apps\/Deployment "beside", which ScaledObject "ours" owns: leave one of them out\./,
    );
  });
});
