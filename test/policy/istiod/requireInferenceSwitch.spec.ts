import assert from "node:assert/strict";
import { UnknownValueError } from "@pulumi/policy";
import { istiodRequireInferenceSwitch } from "../../../policy/istiod/requireInferenceSwitch";
import { UNKNOWN, violations } from "../fixtures";

const RELEASE = "kubernetes:helm.sh/v3:Release";
const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const SWITCH = "ENABLE_GATEWAY_API_INFERENCE_EXTENSION";

const saidOf = (type: string, props: object): string[] => violations(istiodRequireInferenceSwitch, type, "mesh", props);

const release = (fields: object = {}) => ({
  chart: "istiod",
  version: "1.30.5",
  values: { pilot: { env: { [SWITCH]: "true" } } },
  ...fields,
});

const deployment = ({ env = [{ name: SWITCH, value: "true" }] as unknown, name = "istiod", app = "istiod" } = {}) => ({
  metadata: { name, labels: { app } },
  spec: {
    template: {
      metadata: { labels: { app } },
      spec: { containers: [{ name: "log" }, { name: "discovery", env }] },
    },
  },
});

const OFF_IN_RELEASE =
  '"mesh" installs an istiod that ignores every InferencePool without a message: ' +
  'set "pilot.env.ENABLE_GATEWAY_API_INFERENCE_EXTENSION" of its values to "true".';
const OFF_IN_DEPLOYMENT =
  '"mesh" is an istiod that ignores every InferencePool without a message: ' +
  'set ENABLE_GATEWAY_API_INFERENCE_EXTENSION in its container\'s "env" to "true".';

describe("istiod-require-inference-switch", () => {
  describe("of a release", () => {
    const accepted: readonly { what: string; props: object }[] = [
      { what: "the switch on", props: release() },
      {
        what: "the switch on as Helm takes it, too",
        props: release({ values: { pilot: { env: { [SWITCH]: true } } } }),
      },
      { what: "the switch on where the chart has it", props: release({ values: { env: { [SWITCH]: "true" } } }) },
      {
        what: "the switch on below pilot, which the chart takes",
        props: release({ values: { pilot: { env: { [SWITCH]: "true" } }, env: { [SWITCH]: "false" } } }),
      },
      { what: "another chart, whatever its values", props: release({ chart: "base", values: {} }) },
      { what: "a chart whose name only ends like it", props: release({ chart: "my-istiod", values: {} }) },
      { what: "a chart that is not named at all", props: {} },
    ];
    for (const { what, props } of accepted) it(`accepts ${what}`, () => assert.deepEqual(saidOf(RELEASE, props), []));

    const refused: readonly { what: string; props: object }[] = [
      { what: "no values", props: release({ values: undefined }) },
      { what: "other values", props: release({ values: { pilot: { env: { PILOT_ENABLE_STATUS: "true" } } } }) },
      ...["false", "on", "yes", "", false, null, 0].map(value => ({
        what: `${JSON.stringify(value)}`,
        props: release({ values: { pilot: { env: { [SWITCH]: value } } } }),
      })),
      {
        what: "the switch off below pilot, which the chart takes",
        props: release({ values: { pilot: { env: { [SWITCH]: "false" } }, env: { [SWITCH]: "true" } } }),
      },
      ...["istio/istiod", "oci://registry.example/charts/istiod", "./istiod-1.30.5.tgz"].map(chart => ({
        what: `no values of the chart ${chart}`,
        props: release({ chart, values: {} }),
      })),
    ];
    for (const { what, props } of refused)
      it(`refuses ${what}, and says what to set`, () => assert.deepEqual(saidOf(RELEASE, props), [OFF_IN_RELEASE]));

    it("leaves a value unknown at preview to the update, which knows it before it installs", () =>
      assert.throws(
        () => saidOf(RELEASE, release({ values: { pilot: { env: { [SWITCH]: UNKNOWN } } } })),
        UnknownValueError,
      ));

    it("does not look into the values of another chart, whose unknowns are no matter of its", () =>
      assert.deepEqual(saidOf(RELEASE, release({ chart: "keda", values: UNKNOWN })), []));
  });

  describe("of a Deployment", () => {
    const accepted: readonly { what: string; props: object }[] = [
      { what: "the switch on", props: deployment() },
      { what: "another app of the name", props: deployment({ env: [], app: "tracing" }) },
      { what: "another name of the app", props: deployment({ env: [], name: "istio" }) },
      { what: "a name that only begins like it", props: deployment({ env: [], name: "istiodashboard" }) },
      { what: "one without anything", props: {} },
    ];
    for (const { what, props } of accepted)
      it(`accepts ${what}`, () => assert.deepEqual(saidOf(DEPLOYMENT, props), []));

    const refused: readonly { what: string; props: object }[] = [
      { what: "no environment", props: deployment({ env: null }) },
      { what: "the switch off", props: deployment({ env: [{ name: SWITCH, value: "false" }] }) },
      { what: "another switch on", props: deployment({ env: [{ name: "PILOT_ENABLE_STATUS", value: "true" }] }) },
      { what: "the switch of a revision off", props: deployment({ env: [], name: "istiod-canary" }) },
      {
        what: "the switch off where only the pods are labelled",
        props: { ...deployment({ env: [] }), metadata: { name: "istiod" } },
      },
    ];
    for (const { what, props } of refused)
      it(`refuses ${what}, and says what to set`, () =>
        assert.deepEqual(saidOf(DEPLOYMENT, props), [OFF_IN_DEPLOYMENT]));

    it("leaves a value unknown at preview to the update", () =>
      assert.throws(
        () => saidOf(DEPLOYMENT, deployment({ env: [{ name: SWITCH, value: UNKNOWN }] })),
        UnknownValueError,
      ));
  });

  it("does not look into other resources, whose unknown values are no matter of its", () =>
    assert.deepEqual(saidOf("aws:ec2/vpc:Vpc", { chart: UNKNOWN, metadata: UNKNOWN }), []));
});
