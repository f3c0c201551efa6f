import assert from "node:assert/strict";
import { PINS } from "../../catalog/versions";
import { installedFeatures, installedPins, readPlatformSettings } from "../../platform/settings";
import { configure, problemsOf, rehearsed } from "../support/settings";
import { configOf, STACKS } from "../support/stackFiles";

describe("the platform layer's settings", () => {
  rehearsed();
  afterEach(() => configure({}));

  const configured = (groups: Readonly<Record<string, unknown>>): void => {
    const own = Object.entries(groups).map(([key, value]) => [`llmd-platform:${key}`, JSON.stringify(value)]);
    const shared = Object.entries(configOf("dev")).filter(([key]) => !key.startsWith("llmd-platform:"));
    configure(Object.fromEntries([...shared, ...own]));
  };

  for (const stack of STACKS)
    it(`of ${stack} are read from its stack file`, () => {
      configure(configOf(stack));
      assert.equal(readPlatformSettings().owner, "ml-platform");
    });

  it("are complete where the stack file says nothing: Istio, monitoring, what scales and spans, and no entry", () => {
    configured({});
    const { definitions, istio, entry, monitoring, features } = readPlatformSettings();
    assert.deepEqual(definitions, { existing: [] });
    assert.deepEqual(istio, { mode: "managed" });
    assert.deepEqual(entry, { exposure: "none" });
    assert.deepEqual(monitoring, { retentionDays: 15, storageGiB: 50 });
    assert.deepEqual(features, { keda: true, leaderWorkerSet: true, payloadProcessor: false, gpuOperator: false });
  });

  it("report mistakes of every group at once, those that depend on Region, account and limits included", () => {
    configured({
      entry: {
        exposure: "internal",
        hostname: "llm.acme.dev",
        certificateArn: "arn:aws:acm:eu-west-1:111122223333:certificate/c0ffee",
      },
      monitoring: {
        retentionDays: 90,
        storageGiB: 10,
        alerts: { kind: "sns", topicArn: "arn:aws:sns:us-east-2:444455556666:llm-alerts" },
      },
    });
    const problems = problemsOf(readPlatformSettings);
    assert.equal(problems.length, 3);
    assert.match(
      problems[0] ?? "",
      /^"llmd-platform:entry\.certificateArn": .* Region is eu-west-1, the load balancer's is us-east-2/,
    );
    assert.match(
      problems[1] ?? "",
      /^"llmd-platform:monitoring\.storageGiB": 10 is too small: 90 days of metrics with 8/,
    );
    assert.match(problems[2] ?? "", /^"llmd-platform:monitoring\.alerts\.topicArn": .* account is 444455556666/);
  });

  it("know whether the alerts' secret is there, and never what it is", () => {
    configured({ monitoring: { alerts: { kind: "pagerDuty" } } });
    const [missing, ...others] = problemsOf(readPlatformSettings);
    assert.match(missing ?? "", /^"llmd-platform:alertsSecret" is missing: pagerDuty alerts need the routing key/);
    assert.deepEqual(others, []);
    configure({ ...configOf("dev"), "llmd-platform:alertsSecret": "R0UT1NG" });
    const problems = problemsOf(readPlatformSettings);
    assert.match(problems[0] ?? "", /^"llmd-platform:alertsSecret" is not used/);
    assert.doesNotMatch(problems.join(), /R0UT1NG/);
  });

  it("refuse a misspelt group", () => {
    configured({ feature: {} });
    assert.deepEqual(problemsOf(readPlatformSettings), [
      `"llmd-platform:feature" is not a key that is known: did you mean "features"?`,
    ]);
  });

  it("refuse a misspelt feature", () => {
    configured({ features: { kedas: true } });
    assert.deepEqual(problemsOf(readPlatformSettings), [
      `"llmd-platform:features.kedas" is not a key that is known: did you mean "keda"?`,
    ]);
  });

  describe("of the optional parts", () => {
    const OPTIONAL = ["certManager", "gpuOperator", "keda", "leaderWorkerSet", "payloadProcessor"];
    const settingsWith = (isOn: boolean, mode: "managed" | "existing") => {
      configured({ features: Object.fromEntries(OPTIONAL.map(name => [name, isOn])), istio: { mode } });
      return readPlatformSettings();
    };

    it("install every pin but vLLM's, which models bring, where all parts are on", () =>
      assert.deepEqual(
        installedPins(settingsWith(true, "managed")).sort(),
        Object.keys(PINS)
          .filter(name => name !== "vllm")
          .sort(),
      ));

    it("install no pin of a part that is off, nor of an existing Istio", () => {
      const installed = installedPins(settingsWith(false, "existing"));
      const missing = installedPins(settingsWith(true, "managed")).filter(name => !installed.includes(name));
      assert.deepEqual(missing.sort(), [
        "certManager",
        "gpuOperator",
        "istio",
        "keda",
        "leaderWorkerSet",
        "payloadProcessor",
      ]);
    });

    const issuer = { issuer: { kind: "ClusterIssuer", name: "ca" } };
    const entry = { exposure: "internal", hostname: "llm.acme.dev", certManager: issuer };
    for (const { what, groups, expected } of [
      { what: "by default", groups: {}, expected: false },
      { what: "for the entry's certificate", groups: { entry }, expected: true },
      {
        what: "for no certificate where it is off",
        groups: { entry, features: { certManager: false } },
        expected: false,
      },
      { what: "where it is on", groups: { features: { certManager: true } }, expected: true },
    ])
      it(`install cert-manager ${what}: ${expected}`, () => {
        configured(groups);
        assert.equal(installedFeatures(readPlatformSettings()).certManager, expected);
      });
  });

  describe("of CRDs", () => {
    const problems = (definitions: unknown): readonly string[] => {
      configured({ definitions });
      return problemsOf(readPlatformSettings).map(problem => problem.replace('"llmd-platform:definitions.', ""));
    };

    for (const existing of [[], ["gatewayApi"], ["llmd", "inferenceExtension", "gatewayApi"]])
      it(`accept the existing sets ${JSON.stringify(existing)}`, () => {
        configured({ definitions: { existing } });
        assert.deepEqual(readPlatformSettings().definitions, { existing });
      });

    for (const { what, definitions, problem } of [
      {
        what: "an unknown set",
        definitions: { existing: ["gatewayApi", "istio"] },
        problem: `existing[1]": "istio" is not allowed: take one of gatewayApi, inferenceExtension, llmd`,
      },
      {
        what: "a set twice",
        definitions: { existing: ["llmd", "llmd"] },
        problem: `existing[1]": "llmd" is refused: it is in the list already`,
      },
      {
        what: "a text in place of a list",
        definitions: { existing: "gatewayApi" },
        problem: `existing": "gatewayApi" is not a list. Sets of CRDs that the cluster has already: they are checked, not made.`,
      },
      {
        what: "a misspelt key",
        definitions: { existing: [], exists: ["llmd"] },
        problem: `exists" is not a key that is known: the keys here are existing`,
      },
    ])
      it(`refuse ${what}`, () => assert.deepEqual(problems(definitions), [problem]));
  });
});
