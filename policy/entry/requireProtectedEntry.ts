import { type PolicyResource, type StackValidationPolicy, UnknownValueError } from "@pulumi/policy";
import { type Exposed, exposedBy } from "./exposed";
import { protectionOf } from "./protection";

/** On the internet without TLS or login, anyone reads prompts or uses the GPUs. Severity: critical. */
export const requireProtectedEntry: StackValidationPolicy = {
  name: "stack-entry-require-tls-and-authentication",
  description:
    "What is on the internet leads to a Gateway, and every port that does more than redirect has TLS and asks for a token.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, report) => {
    for (const resource of resources) for (const problem of problemsOf(resource, resources)) report(problem);
  },
  severity: "critical",
};

/** An unknown that escaped would make the whole rule a mere advice for this preview, the only run that can block. */
function problemsOf(resource: PolicyResource, resources: readonly PolicyResource[]): string[] {
  try {
    const exposed = exposedBy(resource);
    return exposed ? lacksOf(exposed, resources) : [];
  } catch (error) {
    if (!(error instanceof UnknownValueError && error instanceof Error)) throw error;
    return [`Whether "${resource.name}" is protected cannot be told: ${error.message}`];
  }
}

function lacksOf(exposed: Exposed, resources: readonly PolicyResource[]): string[] {
  const { isThere, aside, inClear, checksTokens, asksForTokens, openPorts } = protectionOf(exposed, resources);
  const { what, gateway } = exposed;
  if (!isThere)
    return [
      `${what} is on the internet and leads to no Gateway of this stack, so that nothing checks who calls: ` +
        "make it internal, or lead it to a Gateway.",
    ];
  const target = `Gateway "${gateway?.name}"`;
  const lacks = [
    ...aside.map(({ port }) => `a listener behind port ${port}: lead it to the port of one of ${target}`),
    ...inClear.map(
      ({ port }) =>
        `TLS on port ${port}: give it a certificate and name the port in its ssl-ports, or ${target} an HTTPS listener ` +
        "there with one, or HTTPRoutes there that only redirect to https",
    ),
    ...(checksTokens ? [] : [`token checks: add a RequestAuthentication with jwtRules that targets ${target}`]),
    ...(asksForTokens
      ? []
      : [`a policy that asks for a token: add an AuthorizationPolicy with requestPrincipals that targets ${target}`]),
    ...openPorts.map(
      port =>
        `a token asked for on port ${port} of ${target}: take the port out of the AuthorizationPolicy, or have HTTPRoutes ` +
        "there only redirect to https",
    ),
  ];
  return lacks.map(lack => `${what} is on the internet without ${lack}.`);
}
