/** Settings of an entry for specs. */
import { type EntrySettings, type OpenEntry, openEntry } from "../../../platform/settings/entry";

export const ISSUER = "https://login.acme.dev/";
export const CERTIFICATE_ARN = "arn:aws:acm:us-east-2:111122223333:certificate/c0ffee";

/** An internal entry in clear, with something changed. */
export function entryWith(changes: Partial<EntrySettings> = {}): OpenEntry {
  const entry = openEntry({ exposure: "internal", ...changes });
  if (!entry) throw new Error("there is no entry");
  return entry;
}

/** The three ways of TLS. */
export const IN_CLEAR = entryWith();
export const AT_LOAD_BALANCER = entryWith({
  exposure: "internet",
  hostname: "llm.acme.dev",
  certificateArn: CERTIFICATE_ARN,
  jwt: { issuer: ISSUER, audiences: ["llm"] },
});
export const AT_GATEWAY = entryWith({
  exposure: "internet",
  hostname: "llm.acme.dev",
  certManager: { acmeEmail: "team@acme.dev" },
  jwt: { issuer: ISSUER, audiences: ["llm"] },
});
