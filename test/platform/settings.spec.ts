import assert from "node:assert/strict";
import { readPlatformSettings } from "../../platform/settings";
import { configure, problemsOf, rehearsed } from "../support/settings";
import { configOf, STACKS } from "../support/stackFiles";

describe("the platform layer's settings", () => {
  rehearsed();
  afterEach(() => configure({}));

  const configured = (key: string, value: unknown): void =>
    configure({ ...configOf("dev"), [`llmd-platform:${key}`]: JSON.stringify(value) });

  for (const stack of STACKS)
    it(`of ${stack} are read from its stack file`, () => {
      configure(configOf(stack));
      assert.equal(readPlatformSettings().owner, "ml-platform");
    });

  it("have Istio managed, told so or not", () => {
    configure(configOf("dev"));
    assert.deepEqual(readPlatformSettings().istio, { mode: "managed" });
    configured("istio", { mode: "managed" });
    assert.deepEqual(readPlatformSettings().istio, { mode: "managed" });
  });

  const ENTRY = { exposure: "internal" };
  const MONITORING = { retentionDays: 15, storageGiB: 200 };

  const refused: readonly { what: string; key: string; value: unknown; problem: string }[] = [
    {
      what: "an Istio that is there already, which this layer cannot use yet",
      key: "istio",
      value: { mode: "existing" },
      problem: `istio.mode": "existing" is not allowed: take one of managed`,
    },
    {
      what: "an exposure that does not exist",
      key: "entry",
      value: { exposure: "public" },
      problem: `entry.exposure": "public" is not allowed: take one of none, internal, internet`,
    },
    {
      what: "a certificate without its ARN",
      key: "entry",
      value: { ...ENTRY, certificateArn: "c0ffee" },
      problem: `entry.certificateArn": "c0ffee" is refused: Invalid string: must start with "arn:"`,
    },
    {
      what: "an issuer that is no address",
      key: "entry",
      value: { ...ENTRY, jwt: { issuer: "login", audiences: ["llm"] } },
      problem: `entry.jwt.issuer": "login" is refused: Invalid URL`,
    },
    {
      what: "a login for nobody",
      key: "entry",
      value: { ...ENTRY, jwt: { issuer: "https://login.acme.dev/", audiences: [] } },
      problem: `entry.jwt.audiences": [] is too short: at least 1 entry`,
    },
    {
      what: "a rate of no request",
      key: "entry",
      value: { ...ENTRY, requestsPerMinute: 0 },
      problem: `entry.requestsPerMinute": 0 is too small: more than 0`,
    },
    {
      what: "metrics that nobody keeps",
      key: "monitoring",
      value: { ...MONITORING, retentionDays: 0 },
      problem: `monitoring.retentionDays": 0 is too small: more than 0`,
    },
    {
      what: "an alert of another kind",
      key: "monitoring",
      value: { ...MONITORING, alerts: { kind: "email", topicArn: "arn:aws:sns:x" } },
      problem: `monitoring.alerts.kind": "email" is not allowed: take one of sns`,
    },
    {
      what: "a feature that is neither on nor off",
      key: "features",
      value: { keda: "yes" },
      problem: `features.keda": "yes" is not true or false`,
    },
    {
      what: "a feature that does not exist",
      key: "features",
      value: { kedas: true },
      problem: `features.kedas" is not a key that is known: did you mean "keda"?`,
    },
    {
      what: "a misspelt key",
      key: "feature",
      value: {},
      problem: `feature" is not a key that is known: did you mean "features"?`,
    },
  ];
  for (const { what, key, value, problem } of refused)
    it(`refuse ${what}`, () => {
      configured(key, value);
      assert.deepEqual(problemsOf(readPlatformSettings), [`"llmd-platform:${problem}`]);
    });
});
