/** Configuration of the entry, the gateway for clients outside the cluster. */
import { Netmask } from "netmask";
import { z } from "zod";
import { rejectDuplicates, whenValid } from "../../contracts/rules";
import { bodiesMiB, largestFitting, MOST_BODIES_MIB } from "../entry/rate";

/**
 * Default source ranges of an internal entry: every private address (RFC 1918), which is the VPC and networks connected to it.
 * Other ranges, such as 100.64.0.0/10, have to be named.
 */
const PRIVATE_RANGES = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/** Values of keys that the stack file leaves out. */
const ENTRY_DEFAULTS = {
  requestsPerMinute: 600,
  maxBodyMiB: 20,
  streamIdleMinutes: 10,
  replicas: { min: 2, max: 6 },
  sourceRanges: { internal: PRIVATE_RANGES, internet: ["0.0.0.0/0"] },
} as const;

const httpsUrl = z.url({ protocol: /^https$/, error: "an address looks like https://login.your-company.com/" });

const hostname = z
  .string()
  .max(253)
  .regex(
    /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
    "a name looks like llm.your-company.com, in lower case",
  );

/** Tokens of one issuer, which clients authenticate with. */
const jwt = z.strictObject({
  issuer: httpsUrl.describe("The `iss` of the tokens, to the letter."),
  audiences: z
    .array(z.string().min(1))
    .min(1)
    .superRefine(rejectDuplicates, whenValid())
    .describe("Accepted audiences: a token's `aud` has one of them."),
  jwksUri: httpsUrl
    .optional()
    .describe("Address of the issuer's keys (JWKS). Without it: the one in its OpenID configuration."),
});

const certManager = z
  .strictObject({
    issuer: z
      .strictObject({
        kind: z.enum(["ClusterIssuer", "Issuer"]).describe("Kind of the issuer in the cluster."),
        name: z.string().min(1).describe("Name of an existing issuer. An Issuer is one in the entry's namespace."),
      })
      .optional()
      .describe("Issuer that is in the cluster. Without it: one is made with acmeEmail."),
    acmeEmail: z
      .email("an e-mail address looks like team@your-company.com")
      .optional()
      .describe("Address for Let's Encrypt, whose issuer is made. Without it: give issuer."),
  })
  .superRefine(rejectTwoIssuers, whenValid("issuer", "acmeEmail"));

const replicas = z
  .strictObject({
    min: z.int().min(1).max(50).describe("Fewest pods, 1 to 50."),
    max: z.int().min(1).max(50).describe("Most pods, 1 to 50."),
  })
  .superRefine(rejectMaxBelowMin, whenValid("min", "max"));

const sourceRange = z.cidrv4({ abort: true }).superRefine((range, context) => {
  const whole = String(new Netmask(range));
  if (whole !== range)
    context.addIssue({
      code: "custom",
      input: range,
      message: `it does not begin at its first address: write ${whole}`,
    });
});

const entryFields = z.strictObject({
  exposure: z
    .enum(["none", "internal", "internet"])
    .describe(
      "Clients that can reach the entry: private networks (internal) or everybody (internet); none makes no entry.",
    ),
  hostname: hostname.optional().describe("Name that clients call."),
  hostedZoneId: z
    .string()
    .regex(/^Z[A-Z0-9]{1,31}$/, "the id of a hosted zone looks like Z0123456789ABCDEFGHIJ")
    .optional()
    .describe("Route 53 zone that gets hostname's record. Without it: the record to make is printed."),
  certificateArn: z
    .string()
    .regex(
      /^arn:aws[\w-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/,
      "the ARN of a certificate looks like arn:aws:acm:us-east-2:111122223333:certificate/…",
    )
    .optional()
    .describe("Certificate of AWS Certificate Manager; the load balancer ends TLS with it."),
  certManager: certManager.optional().describe("cert-manager makes the certificate; the gateway ends TLS with it."),
  jwt: jwt.optional().describe("Tokens that clients must send. Without it: everyone who reaches the entry may use it."),
  requestsPerMinute: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe(`Requests of one client in a minute. Without it: ${ENTRY_DEFAULTS.requestsPerMinute}.`),
  maxBodyMiB: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe(`Largest request, 1 to 100 MiB. Without it: ${ENTRY_DEFAULTS.maxBodyMiB}.`),
  streamIdleMinutes: z
    .int()
    .min(1)
    .max(60)
    .optional()
    .describe(`Minutes an answer may pause, 1 to 60. Without it: ${ENTRY_DEFAULTS.streamIdleMinutes}.`),
  sourceRanges: z
    .array(sourceRange)
    .min(1)
    .superRefine(rejectDuplicates, whenValid())
    .optional()
    .describe("Addresses that may connect. Without it: all private ones, or with exposure internet all."),
  replicas: replicas.optional().describe("Pods of the entry. Without it: 2 to 6."),
});

type Entry = z.output<typeof entryFields>;

export const entrySchema = entryFields
  .superRefine(rejectIdleKeys, whenValid("exposure"))
  .superRefine(rejectUnprotectedEntry, whenValid("exposure", "hostname", "certificateArn", "certManager", "jwt"))
  .superRefine(rejectMissingName, whenValid("exposure", "hostname", "certificateArn", "certManager", "hostedZoneId"))
  .superRefine(rejectTwoCertificates, whenValid("exposure", "certificateArn", "certManager"))
  .superRefine(rejectUnreachableChallenge, whenValid("exposure", "certManager", "acmeEmail", "sourceRanges"))
  .superRefine(rejectFullMemory, whenValid("exposure", "requestsPerMinute", "maxBodyMiB", "replicas", "min", "max"))
  .default({ exposure: "none" });

export type EntrySettings = z.output<typeof entrySchema>;

/** Settings of an entry with every default filled in; `exposure` is not none. */
export type OpenEntry = Omit<EntrySettings, "exposure" | keyof typeof ENTRY_DEFAULTS> & {
  readonly exposure: "internal" | "internet";
} & Required<Pick<EntrySettings, keyof typeof ENTRY_DEFAULTS>>;

/** Fills in the defaults; `undefined` where there is no entry. */
export function openEntry(settings: EntrySettings): OpenEntry | undefined {
  const { exposure } = settings;
  if (exposure === "none") return undefined;
  return {
    ...settings,
    exposure,
    ...withDefaults(settings),
    sourceRanges: settings.sourceRanges ?? [...ENTRY_DEFAULTS.sourceRanges[exposure]],
  };
}

const withDefaults = ({
  requestsPerMinute = ENTRY_DEFAULTS.requestsPerMinute,
  maxBodyMiB = ENTRY_DEFAULTS.maxBodyMiB,
  streamIdleMinutes = ENTRY_DEFAULTS.streamIdleMinutes,
  replicas = ENTRY_DEFAULTS.replicas,
}: Partial<Entry>) => ({ requestsPerMinute, maxBodyMiB, streamIdleMinutes, replicas });

const issue = (key: string, input: unknown, message: string) => ({
  code: "custom" as const,
  path: [key],
  input,
  message,
});

/** A limit or a login in the stack file must never be without effect. */
function rejectIdleKeys(entry: Entry, context: z.RefinementCtx): void {
  if (entry.exposure !== "none") return;
  const message = "it has no effect while exposure is none: remove it, or set exposure to internal or internet";
  for (const [key, value] of Object.entries(entry))
    if (key !== "exposure" && value !== undefined) context.addIssue(issue(key, value, message));
}

/** An entry on the internet needs a name, TLS and authentication. */
function rejectUnprotectedEntry(entry: Entry, context: z.RefinementCtx): void {
  if (entry.exposure !== "internet") return;
  const missing = [
    ...(entry.hostname ? [] : ["clients check the name in the certificate: set hostname"]),
    ...(entry.certificateArn || entry.certManager
      ? []
      : ["tokens and prompts would cross the internet unencrypted: set certificateArn or certManager"]),
    ...(entry.jwt ? [] : ["everyone could use the GPUs: set jwt"]),
  ];
  for (const message of missing) context.addIssue(issue("exposure", entry.exposure, message));
}

const NEEDS_NAME = {
  certificateArn: "a certificate needs a name: set hostname to one that it covers",
  certManager: "a certificate needs a name: set hostname",
  hostedZoneId: "a record needs a name: set hostname",
} as const;

/** On the internet `rejectUnprotectedEntry` reports the missing name already. */
function rejectMissingName(entry: Entry, context: z.RefinementCtx): void {
  if (entry.exposure === "none" || entry.hostname) return;
  for (const key of ["certificateArn", "certManager", "hostedZoneId"] as const)
    if (entry[key] !== undefined && (entry.exposure === "internal" || key === "hostedZoneId"))
      context.addIssue(issue(key, entry[key], NEEDS_NAME[key]));
}

function rejectTwoCertificates(entry: Entry, context: z.RefinementCtx): void {
  if (entry.exposure === "none" || !entry.certificateArn || !entry.certManager) return;
  const message = "certificateArn is set too, and TLS ends in one place: remove one of the two";
  context.addIssue(issue("certManager", entry.certManager, message));
}

function rejectTwoIssuers(
  { issuer, acmeEmail }: { readonly issuer?: object | undefined; readonly acmeEmail?: string | undefined },
  context: z.RefinementCtx,
): void {
  if ((issuer === undefined) !== (acmeEmail === undefined)) return;
  const message = "set either issuer, for one in the cluster, or acmeEmail, for one to make";
  context.addIssue({ code: "custom", input: { issuer, acmeEmail }, message });
}

const EVERYWHERE = "0.0.0.0/0";

/** Let's Encrypt connects from several addresses at once, which it does not publish. */
function rejectUnreachableChallenge(
  { exposure, certManager: certificates, sourceRanges = [EVERYWHERE] }: Entry,
  context: z.RefinementCtx,
): void {
  if (exposure === "none" || certificates?.acmeEmail === undefined) return;
  const reason = {
    internal: "over the internet, which cannot reach an internal entry: ",
    internet: `from unpublished addresses, and sourceRanges has no ${EVERYWHERE}: add it, remove sourceRanges, or `,
  }[exposure];
  if (exposure === "internet" && sourceRanges.includes(EVERYWHERE)) return;
  context.addIssue({
    code: "custom",
    path: ["certManager", "acmeEmail"],
    input: certificates.acmeEmail,
    message: `Let's Encrypt connects ${reason}name an issuer that proves the name in another way, such as DNS`,
  });
}

/** A pod holds request bodies in memory: those of one client must fit. */
function rejectFullMemory(entry: Entry, context: z.RefinementCtx): void {
  if (entry.exposure === "none") return;
  const rate = withDefaults(entry);
  const bodies = bodiesMiB(rate);
  if (bodies <= MOST_BODIES_MIB) return;
  const largest = largestFitting(rate);
  const key = entry.maxBodyMiB === undefined ? "requestsPerMinute" : "maxBodyMiB";
  const remedies = (["maxBodyMiB", "requestsPerMinute"] as const)
    .filter(limit => largest[limit] > 0)
    .map(limit => `${limit} to at most ${largest[limit]}`);
  const message =
    `one client could fill a pod with ${bodies} MiB of bodies, at most ${MOST_BODIES_MIB} MiB are allowed: with ` +
    `requestsPerMinute ${rate.requestsPerMinute}, maxBodyMiB ${rate.maxBodyMiB} and replicas.min ${rate.replicas.min}, set ` +
    `${remedies.join(", or ")}, or raise replicas.min`;
  context.addIssue(issue(key, rate[key], message));
}

function rejectMaxBelowMin(
  { min, max }: { readonly min: number; readonly max: number },
  context: z.RefinementCtx,
): void {
  if (min > max) context.addIssue(issue("max", max, `it is below min: set max to ${min} or more`));
}

/** Settings that a certificate has to agree with. */
interface PlacedEntry {
  readonly region: string;
  readonly accountId: string;
  readonly entry: EntrySettings;
}

/** A load balancer takes certificates of its own Region and account only. */
export function entryProblems({ region, accountId, entry }: PlacedEntry): string[] {
  if (entry.certificateArn === undefined) return [];
  const [, , , certificateRegion, certificateAccount] = entry.certificateArn.split(":");
  const refused = `"llmd-platform:entry.certificateArn": "${entry.certificateArn}" is refused`;
  const mismatches = [
    { own: region, its: certificateRegion, name: "Region" },
    { own: accountId, its: certificateAccount, name: "account" },
  ].filter(({ own, its }) => own !== its);
  return mismatches.map(
    ({ own, its, name }) =>
      `${refused}: its ${name} is ${its}, the load balancer's is ${own}. Name a certificate of the load balancer's ${name}`,
  );
}
