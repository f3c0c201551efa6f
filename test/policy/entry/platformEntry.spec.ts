import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Entry } from "../../../platform/entry";
import type { OpenEntry } from "../../../platform/settings/entry";
import { requireProtectedEntry } from "../../../policy/entry/requireProtectedEntry";
import { AT_GATEWAY, AT_LOAD_BALANCER, IN_CLEAR } from "../../platform/entry/support";
import { registeredBy } from "../../support/mockedProgram";
import { resource, stackViolations } from "../fixtures";

const SERVICE = "kubernetes:core/v1:Service";
const NLB = { status: { loadBalancer: { ingress: [{ hostname: "llmd-entry-1.elb.us-east-2.amazonaws.com" }] } } };

/** Every object of an entry, as the policy pack is shown it. */
async function objectsOf(settings: OpenEntry) {
  const build = () =>
    new Entry("entry", {
      kubernetes: new k8s.Provider("cluster"),
      namespace: "llm-d-entry",
      settings,
      revision: pulumi.output(undefined),
      to: { name: "llm-d-inference-gateway-istio", namespace: "llm-d-gateway" },
      tags: { owner: "ml" },
    });
  const registered = await registeredBy(build, { [`${SERVICE}::entry`]: NLB });
  return registered.map(({ type, name, inputs }) => resource(type, name, inputs));
}

describe("the platform's own entry", () => {
  for (const [what, settings] of Object.entries({
    "at the load balancer": AT_LOAD_BALANCER,
    "at the gateway": AT_GATEWAY,
  }))
    it(`passes the policy with TLS ${what}`, async () =>
      assert.deepEqual(stackViolations(requireProtectedEntry, await objectsOf(settings)), []));

  it("passes it inside, whatever it lacks, and would not on the internet", async () => {
    assert.deepEqual(stackViolations(requireProtectedEntry, await objectsOf(IN_CLEAR)), []);
    const violations = stackViolations(requireProtectedEntry, await objectsOf({ ...IN_CLEAR, exposure: "internet" }));
    assert.deepEqual(
      violations.map(violation => /without (TLS on port 80|token checks|a policy)/.exec(violation)?.[1]),
      ["TLS on port 80", "token checks", "a policy"],
    );
  });
});
