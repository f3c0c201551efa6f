import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { ifKnown } from "../unknown";
import { type Exposed, exposedBy } from "./exposed";
import { protectionOf } from "./protection";

/** An entry on the internet without TLS exposes prompts, one without tokens exposes the GPUs. Severity: critical. */
export const requireProtectedEntry: StackValidationPolicy = {
  name: "stack-entry-require-tls-and-authentication",
  description:
    "Everything on the internet leads to a Gateway, and every port that does more than redirect has TLS and requires a token.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, report) => {
    for (const resource of resources) for (const problem of problemsOf(resource, resources)) report(problem);
  },
  severity: "critical",
};

const problemsOf = (resource: PolicyResource, resources: readonly PolicyResource[]): string[] =>
  ifKnown(
    () => {
      const exposed = exposedBy(resource);
      return exposed ? missingProtection(exposed, resources) : [];
    },
    ({ message }) => [`It is unknown whether "${resource.name}" is protected: ${message}`],
  );

function missingProtection(exposed: Exposed, resources: readonly PolicyResource[]): string[] {
  const { hasGateway, portsWithoutListener, plaintextPorts, checksTokens, requiresTokens, openPorts } = protectionOf(
    exposed,
    resources,
  );
  const { what, gateway } = exposed;
  if (!hasGateway)
    return [
      `${what} is on the internet and leads to no Gateway of this stack, so nothing checks its callers: ` +
        "make it internal, or lead it to a Gateway.",
    ];
  const target = `Gateway "${gateway?.name}"`;
  const lacks = [
    ...portsWithoutListener.map(
      ({ port }) => `a listener behind port ${port}: lead it to the port of one of ${target}`,
    ),
    ...plaintextPorts.map(
      ({ port }) =>
        `TLS on port ${port}: give it a certificate and name the port in its ssl-ports, or ${target} an HTTPS listener ` +
        "there with one, or HTTPRoutes there that only redirect to https",
    ),
    ...(checksTokens ? [] : [`token checks: add a RequestAuthentication with jwtRules that targets ${target}`]),
    ...(requiresTokens
      ? []
      : [`a policy that requires a token: add an AuthorizationPolicy with requestPrincipals that targets ${target}`]),
    ...openPorts.map(
      port =>
        `a required token on port ${port} of ${target}: remove the port from the AuthorizationPolicy, or have HTTPRoutes ` +
        "there only redirect to https",
    ),
  ];
  return lacks.map(lack => `${what} is on the internet without ${lack}.`);
}
