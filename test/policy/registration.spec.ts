import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { LIMITS_SCHEMA } from "../../policy/limits";
import * as rules from "../../policy/rules";

type Policy = ResourceValidationPolicy | StackValidationPolicy;

const FOLDER = join(__dirname, "../../policy");
/** The pack itself, which starts a server when it is loaded, and the list it registers. */
const NOT_RULES = ["index.ts", "rules.ts"];

interface Exported {
  readonly file: string;
  readonly policy: Policy;
}

describe("the policy pack", () => {
  const found = policyFiles(FOLDER).flatMap(exportedPolicies);

  it("registers every policy that a file exports", () =>
    assert.deepEqual(names(Object.values(rules)), names(found.map(({ policy }) => policy))));

  // Names are keys of the pack's configuration: another one would silently drop the limits in it.
  it("has these policies, of which some read limits from the pack's configuration", () =>
    assert.deepEqual(
      Object.fromEntries(found.map(({ policy }) => [policy.name, [policy.severity, policy.configSchema]])),
      {
        "stack-worst-case-within-limits": ["critical", LIMITS_SCHEMA],
        "stack-entry-require-tls-and-authentication": ["critical", undefined],
        "istiod-require-inference-switch": ["high", undefined],
        "nodepool-allow-families": ["high", LIMITS_SCHEMA],
        "nodepool-allow-on-demand": ["high", LIMITS_SCHEMA],
        "nodepool-require-cpu-limit": ["high", undefined],
        "nodepool-require-gpu-limit": ["critical", LIMITS_SCHEMA],
        "stack-scaledobject-owns-replicas": ["high", undefined],
      },
    ));

  it("finds policies for resources and for stacks", () => {
    assert.ok(found.some(({ policy }) => !isStackPolicy(policy)));
    assert.ok(found.some(({ policy }) => isStackPolicy(policy)));
  });

  for (const { file, policy } of found) {
    it(`names ${policy.name} in kebab case, what it looks at first`, () => {
      assert.match(policy.name, /^[a-z]+(-[a-z]+)+$/);
      const looksAt = isStackPolicy(policy) ? "stack" : basename(dirname(file));
      assert.ok(policy.name.startsWith(`${looksAt}-`), `${policy.name} does not start with ${looksAt}-`);
    });

    it(`says what ${policy.name} is about, and enforces it`, () => {
      assert.match(policy.description, /^[A-Z].*\.$/);
      assert.equal(policy.enforcementLevel, "mandatory");
    });

    it(`writes ${policy.name} in the order in which all policies are written`, () => {
      const order = [
        "name",
        "description",
        "configSchema",
        "enforcementLevel",
        "validateResource",
        "validateStack",
        "severity",
      ];
      const written = Object.keys(policy);
      assert.deepEqual(
        written,
        order.filter(key => written.includes(key)),
      );
    });
  }
});

const names = (policies: readonly Policy[]): string[] => policies.map(({ name }) => name).sort();

function isStackPolicy(policy: Policy): policy is StackValidationPolicy {
  return "validateStack" in policy;
}

function policyFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ["dist", "node_modules"].includes(entry.name) ? [] : policyFiles(path);
    return entry.name.endsWith(".ts") && !NOT_RULES.includes(entry.name) ? [path] : [];
  });
}

function exportedPolicies(file: string): Exported[] {
  return Object.values(require(file) as Record<string, unknown>)
    .filter(isPolicy)
    .map(policy => ({ file, policy }));
}

function isPolicy(value: unknown): value is Policy {
  const callbacks = ["validateResource", "remediateResource", "validateStack"];
  return typeof value === "object" && value !== null && "name" in value && callbacks.some(key => key in value);
}
