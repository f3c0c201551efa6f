import assert from "node:assert/strict";
import { countByKind, waitsOf } from "../../rehearsal/waits";

const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const urnOf = (type: string, name: string) => `urn:pulumi:dev::llmd-platform::${type}::${name}`;
const resource = (type: string, name: string, more = {}) => ({ urn: urnOf(type, name), type, ...more });

describe("the waits of a stack", () => {
  const waits = waitsOf("platform", [
    resource("pulumi:pulumi:Stack", "llmd-platform-dev"),
    resource(DEPLOYMENT, "entry", { customTimeouts: { create: 1200 } }),
    resource(DEPLOYMENT, "renderer", { inputs: { metadata: { annotations: { "pulumi.com/skipAwait": "true" } } } }),
    resource("kubernetes:helm.sh/v3:Release", "keda", { inputs: { timeout: 900 } }),
    resource(DEPLOYMENT, "payload"),
  ]);

  it("name each object that is waited for, in the order of the state", () =>
    assert.deepEqual(
      waits.map(({ stack, urn, kind, atMostSeconds }) => [stack, urn, kind, atMostSeconds]),
      [
        ["platform", urnOf(DEPLOYMENT, "entry"), "Deployment", 1200],
        ["platform", urnOf("kubernetes:helm.sh/v3:Release", "keda"), "Release", 900],
        ["platform", urnOf(DEPLOYMENT, "payload"), "Deployment", 600],
      ],
    ));

  it("are counted by kind", () => assert.equal(countByKind(waits), "2 Deployment, 1 Release"));
});
