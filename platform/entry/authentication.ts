/** Authentication of clients. */

import type { AccessRule, AuthorizationPolicySpec, EnvoyConfig, JwtRule } from "../gateways/customResources";
import type { OpenEntry } from "../settings/entry";
import type { EntryPlan } from "./plan";

/** Parts of the entry for one method of authentication. */
export interface Authentication {
  /** Rules that Istio checks tokens by. */
  readonly jwtRules: readonly JwtRule[];
  /** Rule that accepts authenticated requests. */
  readonly access: AccessRule;
  /** Identity of the client for the request limit. */
  readonly client: Client;
}

export interface Client {
  /** Key of the descriptor that the action produces. */
  readonly key: string;
  /** Action of Envoy's `RateLimit` that identifies the client. */
  readonly action: EnvoyConfig;
}

/** Methods of authentication; each is empty unless the settings ask for it. A new method is a new entry. */
const METHODS: readonly ((settings: OpenEntry) => readonly Authentication[])[] = [jwtAuthentication];

export const authentications = (settings: OpenEntry): Authentication[] => METHODS.flatMap(method => method(settings));

/**
 * Tokens of one issuer. A bad token is answered with 401, a missing one with 403 by the policy below. The token is removed:
 * nothing behind the entry needs it.
 */
function jwtAuthentication({ jwt }: OpenEntry): Authentication[] {
  if (!jwt) return [];
  const { issuer, audiences, jwksUri } = jwt;
  return [
    {
      jwtRules: [{ issuer, audiences, ...(jwksUri && { jwksUri }), forwardOriginalToken: false }],
      // Istio names the principal of a token `<iss>/<sub>`.
      access: { from: [{ source: { requestPrincipals: [`${issuer}/*`] } }] },
      client: SUBJECT,
    },
  ];
}

/** The `sub` of a valid token, in the metadata that Istio configures. */
const SUBJECT: Client = {
  key: "subject",
  action: {
    metadata: {
      descriptor_key: "subject",
      metadata_key: { key: "envoy.filters.http.jwt_authn", path: [{ key: "payload" }, { key: "sub" }] },
    },
  },
};

/** Rules that accept requests: those of each method, and all requests at the listener that only redirects. */
export const accessRules = (
  methods: readonly Authentication[],
  { redirect }: EntryPlan,
): AuthorizationPolicySpec["rules"] => [
  ...methods.map(({ access }) => access),
  ...(redirect ? [{ to: [{ operation: { ports: [String(redirect.port)] } }] }] : []),
];
