import assert from "node:assert/strict";
import { z } from "zod";
import { readSettings } from "../../../contracts/settings";
import { type EntrySettings, entryProblems, entrySchema, openEntry } from "../../../platform/settings/entry";
import { configure, problemsOf, rehearsed } from "../../support/settings";

const read = () => readSettings({ "llmd-platform": z.strictObject({ entry: entrySchema }) }).entry;

const refused = (entry: object): readonly string[] => {
  configure({ "llmd-platform:entry": JSON.stringify(entry) });
  return problemsOf(read).map(problem => problem.replace(/^"llmd-platform:entry/, ""));
};

const taken = (entry: object): EntrySettings => {
  configure({ "llmd-platform:entry": JSON.stringify(entry) });
  return read();
};

const ARN = "arn:aws:acm:us-east-2:111122223333:certificate/c0ffee-1";
const ISSUER = "https://login.acme.dev/";
const JWT = { issuer: ISSUER, audiences: ["llm"] };
const PUBLIC = { exposure: "internet", hostname: "llm.acme.dev", certificateArn: ARN, jwt: JWT };
const INTERNAL = { exposure: "internal" };

const NO_NAME = "clients check the name in the certificate: set hostname";
const NO_TLS = "tokens and prompts would cross the internet unencrypted: set certificateArn or certManager";
const NO_LOGIN = "everyone could use the GPUs: set jwt";
const IDLE = "it has no effect while exposure is none: remove it, or set exposure to internal or internet";
const ONE_ISSUER = "set either issuer, for one in the cluster, or acmeEmail, for one to make";
const SOURCES = "Addresses that may connect. Without it: all private ones, or with exposure internet all.";
const CERT_MANAGER = "cert-manager makes the certificate; the gateway ends TLS with it.";
const ADDRESS = "an address looks like https://login.your-company.com/";
const NAME = "a name looks like llm.your-company.com, in lower case. Name that clients call.";
const WHO =
  "Clients that can reach the entry: private networks (internal) or everybody (internet); none makes no entry.";
const RATE = "Requests of one client in a minute. Without it: 600.";
const BODY = "Largest request, 1 to 100 MiB. Without it: 20.";
const PAUSE = "Minutes an answer may pause, 1 to 60. Without it: 10.";
const CERTIFICATE =
  "the ARN of a certificate looks like arn:aws:acm:us-east-2:111122223333:certificate/…. " +
  "Certificate of AWS Certificate Manager; the load balancer ends TLS with it.";

describe("the entry's settings", () => {
  rehearsed();
  afterEach(() => configure({}));

  it("are none where nobody says anything", () => {
    configure({});
    assert.deepEqual(read(), { exposure: "none" });
    assert.equal(openEntry({ exposure: "none" }), undefined);
  });

  const good: readonly { what: string; entry: object }[] = [
    { what: "an internal entry that nothing else is said of", entry: INTERNAL },
    { what: "an internal entry with a login but no TLS", entry: { ...INTERNAL, jwt: JWT } },
    { what: "a public entry with a certificate of ACM's", entry: PUBLIC },
    {
      what: "a public entry with a certificate of Let's Encrypt's",
      entry: { ...PUBLIC, certificateArn: undefined, certManager: { acmeEmail: "team@acme.dev" } },
    },
    {
      what: "an internal entry with a certificate of an issuer that is there",
      entry: { ...INTERNAL, hostname: "llm.acme.dev", certManager: { issuer: { kind: "ClusterIssuer", name: "ca" } } },
    },
    { what: "a zone for the record", entry: { ...PUBLIC, hostedZoneId: "Z0123456789ABCDEFGHIJ" } },
    { what: "keys that are somewhere else", entry: { ...INTERNAL, jwt: { ...JWT, jwksUri: `${ISSUER}keys` } } },
    {
      what: "the least of every number",
      entry: { ...INTERNAL, requestsPerMinute: 1, maxBodyMiB: 1, streamIdleMinutes: 1, replicas: { min: 1, max: 1 } },
    },
    {
      what: "the most of body and pause, and as many requests as then fit",
      entry: { ...INTERNAL, maxBodyMiB: 100, streamIdleMinutes: 60, requestsPerMinute: 256 },
    },
    {
      what: "Let's Encrypt where everywhere is among the ranges",
      entry: {
        ...PUBLIC,
        certificateArn: undefined,
        certManager: { acmeEmail: "team@acme.dev" },
        sourceRanges: ["203.0.113.0/24", "0.0.0.0/0"],
      },
    },
    { what: "ranges of one's own", entry: { ...INTERNAL, sourceRanges: ["100.64.0.0/10", "203.0.114.7/32"] } },
  ];
  for (const { what, entry } of good) it(`take ${what}`, () => assert.deepEqual(refused(entry), []));

  it("let all private addresses in to an internal entry, and have the documented defaults", () =>
    assert.deepEqual(openEntry(taken(INTERNAL)), {
      exposure: "internal",
      requestsPerMinute: 600,
      maxBodyMiB: 20,
      streamIdleMinutes: 10,
      replicas: { min: 2, max: 6 },
      sourceRanges: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
    }));

  it("let everyone connect to a public entry", () =>
    assert.deepEqual(openEntry(taken(PUBLIC))?.sourceRanges, ["0.0.0.0/0"]));

  it("prefer what is said to what is not", () => {
    const said = { requestsPerMinute: 5, sourceRanges: ["10.1.0.0/16"], replicas: { min: 3, max: 3 } };
    const entry = openEntry({ exposure: "internet", maxBodyMiB: undefined, ...said });
    assert.deepEqual(entry, { exposure: "internet", maxBodyMiB: 20, streamIdleMinutes: 10, ...said });
  });

  const bad: readonly { what: string; entry: object; problems: readonly string[] }[] = [
    {
      what: "an exposure that does not exist",
      entry: { exposure: "public" },
      problems: [
        `.exposure": "public" is not allowed: take one of none, internal, internet. Clients that can reach the entry: private networks (internal) or everybody (internet); none makes no entry.`,
      ],
    },
    {
      what: "a public entry without name, TLS and login, all at once",
      entry: { exposure: "internet" },
      problems: [NO_NAME, NO_TLS, NO_LOGIN].map(why => `.exposure": "internet" is refused: ${why}. ${WHO}`),
    },
    {
      what: "a public entry without a name",
      entry: { ...PUBLIC, hostname: undefined },
      problems: [`.exposure": "internet" is refused: ${NO_NAME}. ${WHO}`],
    },
    {
      what: "a public entry in clear",
      entry: { ...PUBLIC, certificateArn: undefined },
      problems: [`.exposure": "internet" is refused: ${NO_TLS}. ${WHO}`],
    },
    {
      what: "a public entry without a login",
      entry: { ...PUBLIC, jwt: undefined },
      problems: [`.exposure": "internet" is refused: ${NO_LOGIN}. ${WHO}`],
    },
    {
      what: "keys of an entry that is not there",
      entry: { exposure: "none", hostname: "llm.acme.dev", requestsPerMinute: 5 },
      problems: [
        `.hostname": "llm.acme.dev" is refused: ${IDLE}. Name that clients call.`,
        `.requestsPerMinute": 5 is refused: ${IDLE}. Requests of one client in a minute. Without it: 600.`,
      ],
    },
    {
      what: "certificate and record of an internal entry without a name",
      entry: { ...INTERNAL, certificateArn: ARN, hostedZoneId: "Z0123456789ABCDEFGHIJ" },
      problems: [
        `.certificateArn": "${ARN}" is refused: a certificate needs a name: set hostname to one that it covers. ` +
          "Certificate of AWS Certificate Manager; the load balancer ends TLS with it.",
        `.hostedZoneId": "Z0123456789ABCDEFGHIJ" is refused: a record needs a name: set hostname. ` +
          "Route 53 zone that gets hostname's record. Without it: the record to make is printed.",
      ],
    },
    {
      what: "a certificate to make for no name",
      entry: { ...INTERNAL, certManager: { issuer: { kind: "Issuer", name: "ca" } } },
      problems: [
        `.certManager": {"issuer":{"kind":"Issuer","name":"ca"}} is refused: a certificate needs a name: set hostname. ${CERT_MANAGER}`,
      ],
    },
    {
      what: "two certificates",
      entry: { ...PUBLIC, certManager: { acmeEmail: "team@acme.dev" } },
      problems: [
        `.certManager": {"acmeEmail":"team@acme.dev"} is refused: certificateArn is set too, and TLS ends in one place: ` +
          `remove one of the two. ${CERT_MANAGER}`,
      ],
    },
    {
      what: "Let's Encrypt for an internal entry",
      entry: { ...INTERNAL, hostname: "llm.acme.dev", certManager: { acmeEmail: "team@acme.dev" } },
      problems: [
        `.certManager.acmeEmail": "team@acme.dev" is refused: Let's Encrypt connects over the internet, which cannot reach an ` +
          "internal entry: name an issuer that proves the name in another way, such as DNS. Address for Let's Encrypt, whose issuer is made. Without it: give issuer.",
      ],
    },
    {
      what: "Let's Encrypt where its requests are not let in",
      entry: {
        ...PUBLIC,
        certificateArn: undefined,
        certManager: { acmeEmail: "team@acme.dev" },
        sourceRanges: ["203.0.113.0/24"],
      },
      problems: [
        `.certManager.acmeEmail": "team@acme.dev" is refused: Let's Encrypt connects from unpublished ` +
          "addresses, and sourceRanges has no 0.0.0.0/0: add it, remove sourceRanges, or name an " +
          "issuer that proves the name in another way, such as DNS. Address for Let's Encrypt, whose issuer is made. Without it: give issuer.",
      ],
    },
    {
      what: "bodies of which one client could fill a pod",
      entry: { ...INTERNAL, maxBodyMiB: 100 },
      problems: [
        `.maxBodyMiB": 100 is refused: one client could fill a pod with 17600 MiB of bodies, at most 7680 MiB are allowed: ` +
          "with requestsPerMinute 600, maxBodyMiB 100 and replicas.min 2, set maxBodyMiB to at most 43, or " +
          `requestsPerMinute to at most 256, or raise replicas.min. ${BODY}`,
      ],
    },
    {
      what: "requests with which one client could fill a pod, however small they are",
      entry: { ...INTERNAL, requestsPerMinute: 1_000_000, replicas: { min: 1, max: 1 } },
      problems: [
        `.requestsPerMinute": 1000000 is refused: one client could fill a pod with 11666700 MiB of bodies, at most 7680 MiB ` +
          "are allowed: with requestsPerMinute 1000000, maxBodyMiB 20 and replicas.min 1, set requestsPerMinute to at most " +
          `656, or raise replicas.min. ${RATE}`,
      ],
    },
    {
      what: "no issuer",
      entry: { ...PUBLIC, certificateArn: undefined, certManager: {} },
      problems: [`.certManager": {} is refused: ${ONE_ISSUER}. ${CERT_MANAGER}`],
    },
    {
      what: "two issuers",
      entry: {
        ...PUBLIC,
        certificateArn: undefined,
        certManager: { acmeEmail: "team@acme.dev", issuer: { kind: "Issuer", name: "ca" } },
      },
      problems: [
        `.certManager": {"issuer":{"kind":"Issuer","name":"ca"},"acmeEmail":"team… is refused: ${ONE_ISSUER}. ${CERT_MANAGER}`,
      ],
    },
    {
      what: "another kind of issuer",
      entry: { ...PUBLIC, certificateArn: undefined, certManager: { issuer: { kind: "Vault", name: "ca" } } },
      problems: [
        `.certManager.issuer.kind": "Vault" is not allowed: take one of ClusterIssuer, Issuer. Kind of the issuer in the cluster.`,
      ],
    },
    ...["http://login.acme.dev/", "login"].map(issuer => ({
      what: `${issuer} as an issuer`,
      entry: { ...INTERNAL, jwt: { ...JWT, issuer } },
      problems: [`.jwt.issuer": "${issuer}" is refused: ${ADDRESS}. The \`iss\` of the tokens, to the letter.`],
    })),
    {
      what: "keys that arrive in clear",
      entry: { ...INTERNAL, jwt: { ...JWT, jwksUri: "http://login.acme.dev/keys" } },
      problems: [
        `.jwt.jwksUri": "http://login.acme.dev/keys" is refused: ${ADDRESS}. ` +
          "Address of the issuer's keys (JWKS). Without it: the one in its OpenID configuration.",
      ],
    },
    {
      what: "a login for nobody",
      entry: { ...INTERNAL, jwt: { issuer: ISSUER, audiences: [] } },
      problems: [
        `.jwt.audiences": [] is too short: at least 1 entry. Accepted audiences: a token's \`aud\` has one of them.`,
      ],
    },
    {
      what: "an audience twice",
      entry: { ...INTERNAL, jwt: { issuer: ISSUER, audiences: ["llm", "llm"] } },
      problems: [`.jwt.audiences[1]": "llm" is refused: it is in the list already`],
    },
    ...["llm", "*.acme.dev", "LLM.acme.dev", "llm.acme.dev."].map(hostname => ({
      what: `${hostname} as a name`,
      entry: { ...INTERNAL, hostname },
      problems: [`.hostname": "${hostname}" is refused: ${NAME}`],
    })),
    ...["c0ffee", "arn:aws:iam::111122223333:server-certificate/x", `${ARN}/`].map(certificateArn => ({
      what: `${certificateArn} as a certificate`,
      entry: { ...INTERNAL, hostname: "llm.acme.dev", certificateArn },
      problems: [`.certificateArn": "${certificateArn}" is refused: ${CERTIFICATE}`],
    })),
    {
      what: "a zone by its name",
      entry: { ...PUBLIC, hostedZoneId: "acme.dev" },
      problems: [
        `.hostedZoneId": "acme.dev" is refused: the id of a hosted zone looks like Z0123456789ABCDEFGHIJ. ` +
          "Route 53 zone that gets hostname's record. Without it: the record to make is printed.",
      ],
    },
    {
      what: "a range that begins in its middle, and an address that is no range",
      entry: { ...INTERNAL, sourceRanges: ["10.0.0.1/8", "10.0.0.1"] },
      problems: [
        `.sourceRanges[0]": "10.0.0.1/8" is refused: it does not begin at its first address: write 10.0.0.0/8`,
        `.sourceRanges[1]": "10.0.0.1" is refused: Invalid IPv4 range`,
      ],
    },
    {
      what: "a range twice",
      entry: { ...INTERNAL, sourceRanges: ["10.1.0.0/16", "10.1.0.0/16"] },
      problems: [`.sourceRanges[1]": "10.1.0.0/16" is refused: it is in the list already`],
    },
    {
      what: "a range for nobody",
      entry: { ...INTERNAL, sourceRanges: [] },
      problems: [`.sourceRanges": [] is too short: at least 1 entry. ${SOURCES}`],
    },
    ...[
      { key: "requestsPerMinute", low: 0, least: 1, high: 1_000_001, most: 1_000_000, way: RATE },
      { key: "maxBodyMiB", low: 0, least: 1, high: 101, most: 100, way: BODY },
      { key: "streamIdleMinutes", low: 0, least: 1, high: 61, most: 60, way: PAUSE },
    ].flatMap(({ key, low, least, high, most, way }) =>
      [
        { value: low, why: `is too small: at least ${least}` },
        { value: high, why: `is too large: at most ${most}` },
        { value: least + 0.5, why: "is not a whole number" },
      ].map(({ value, why }) => ({
        what: `${key} ${value}`,
        entry: { ...INTERNAL, [key]: value },
        problems: [`.${key}": ${value} ${why}. ${way}`],
      })),
    ),
    {
      what: "fewer pods at most than at least",
      entry: { ...INTERNAL, replicas: { min: 4, max: 2 } },
      problems: [`.replicas.max": 2 is refused: it is below min: set max to 4 or more. Most pods, 1 to 50.`],
    },
    {
      what: "a misspelt key",
      entry: { ...INTERNAL, hostName: "llm.acme.dev" },
      problems: [`.hostName" is not a key that is known: did you mean "hostname"?`],
    },
  ];
  for (const { what, entry, problems } of bad) it(`refuse ${what}`, () => assert.deepEqual(refused(entry), problems));

  describe("and where the stack is", () => {
    const placed = { region: "us-east-2", accountId: "111122223333" };
    const entry: EntrySettings = { exposure: "internal", hostname: "llm.acme.dev", certificateArn: ARN };

    it("agree on a certificate of the same Region and account, and on none", () => {
      assert.deepEqual(entryProblems({ ...placed, entry }), []);
      assert.deepEqual(entryProblems({ ...placed, entry: { exposure: "none" } }), []);
    });

    for (const { what, stack, its, own } of [
      { what: "Region", stack: { region: "us-west-2" }, its: "us-east-2", own: "us-west-2" },
      { what: "account", stack: { accountId: "444455556666" }, its: "111122223333", own: "444455556666" },
    ])
      it(`disagree on a certificate of another ${what}, and name both`, () =>
        assert.deepEqual(entryProblems({ ...placed, ...stack, entry }), [
          `"llmd-platform:entry.certificateArn": "${ARN}" is refused: its ${what} is ${its}, the load balancer's is ${own}. ` +
            `Name a certificate of the load balancer's ${what}`,
        ]));
  });
});
