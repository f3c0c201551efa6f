/** Who is let in. */

import type { AccessRule, AuthorizationPolicySpec, EnvoyConfig, JwtRule } from "../gateways/customResources";
import type { OpenEntry } from "../settings/entry";
import type { EntryPlan } from "./plan";

/** What one way of proving who one is adds to the entry. */
export interface Authentication {
  /** What Istio checks tokens against. */
  readonly jwtRules: readonly JwtRule[];
  /** What lets a request in that has proved it. */
  readonly access: AccessRule;
  /** Names the client to the request limit: an action of Envoy's `RateLimit`, and the key it gives. */
  readonly client: Client;
}

export interface Client {
  readonly key: string;
  readonly action: EnvoyConfig;
}

/** Each way there is; one that the settings do not ask for adds nothing. A new way is a new entry. */
const WAYS: readonly ((settings: OpenEntry) => readonly Authentication[])[] = [jwtAuthentication];

export const authentications = (settings: OpenEntry): Authentication[] => WAYS.flatMap(way => way(settings));

/**
 * Tokens of one issuer. A wrong token is refused with 401, none at all with 403 by the policy below. The token itself goes
 * no further: nothing behind the entry needs it.
 */
function jwtAuthentication({ jwt }: OpenEntry): Authentication[] {
  if (!jwt) return [];
  const { issuer, audiences, jwksUri } = jwt;
  return [
    {
      jwtRules: [{ issuer, audiences, ...(jwksUri && { jwksUri }), forwardOriginalToken: false }],
      // Istio's name of a token is `<iss>/<sub>`.
      access: { from: [{ source: { requestPrincipals: [`${issuer}/*`] } }] },
      client: SUBJECT,
    },
  ];
}

/** The `sub` of a checked token, where Istio has Envoy put it. */
const SUBJECT: Client = {
  key: "subject",
  action: {
    metadata: {
      descriptor_key: "subject",
      metadata_key: { key: "envoy.filters.http.jwt_authn", path: [{ key: "payload" }, { key: "sub" }] },
    },
  },
};

/** What is refused unless one of the ways lets it in; the listener that only redirects is open to everyone. */
export const accessRules = (
  ways: readonly Authentication[],
  { redirect }: EntryPlan,
): AuthorizationPolicySpec["rules"] => [
  ...ways.map(({ access }) => access),
  ...(redirect ? [{ to: [{ operation: { ports: [String(redirect.port)] } }] }] : []),
];
