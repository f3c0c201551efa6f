import { type PolicyResource, type StackValidationPolicy, UnknownValueError } from "@pulumi/policy";
import { type Exposed, exposedBy, protectionOf } from "./exposed";

/** On the internet without TLS or login, anyone reads prompts or uses the GPUs. Severity: critical. */
export const requireProtectedEntry: StackValidationPolicy = {
  name: "stack-entry-require-tls-and-authentication",
  description: "What is on the internet leads to a Gateway with TLS, token checks and a policy that asks for a token.",
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
  const { isThere, hasTls, checksTokens, asksForTokens } = protectionOf(exposed, resources);
  const { what, gateway } = exposed;
  if (!isThere)
    return [
      `${what} is on the internet and leads to no Gateway of this stack, so that nothing checks who calls: ` +
        "make it internal, or lead it to a Gateway.",
    ];
  const target = `Gateway "${gateway?.name}"`;
  const lacks = [
    ...(hasTls ? [] : ["TLS: give it a certificate, or the Gateway an HTTPS listener with one"]),
    ...(checksTokens ? [] : [`token checks: add a RequestAuthentication with jwtRules that targets ${target}`]),
    ...(asksForTokens
      ? []
      : [`a policy that asks for a token: add an AuthorizationPolicy with requestPrincipals that targets ${target}`]),
  ];
  return lacks.map(lack => `${what} is on the internet without ${lack}.`);
}
