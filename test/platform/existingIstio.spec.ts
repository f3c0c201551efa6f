import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ExistingIstio, type FoundIstio, istioProblems } from "../../platform/existingIstio";
import { ofType, type States } from "../support/mockedProgram";
import { check, SERVED_ISTIO, statesOf } from "./servedCrds";

const SWITCH = "ENABLE_GATEWAY_API_INFERENCE_EXTENSION";
const DESTINATION_RULES = "destinationrules.networking.istio.io";
const ENVOY_FILTERS = "envoyfilters.networking.istio.io";
const REQUEST_AUTHENTICATIONS = "requestauthentications.security.istio.io";
const AUTHORIZATION_POLICIES = "authorizationpolicies.security.istio.io";

interface Changes {
  readonly image?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly served?: FoundIstio["served"];
}

/** An Istio that can serve inference, with some changes. */
function found({ env, labels, served, ...container }: Changes = {}): FoundIstio {
  const variables = Object.entries({ [SWITCH]: "true", ...env }).map(([name, value]) => ({ name, value }));
  const discovery = { name: "discovery", image: "docker.io/istio/pilot:1.30.5", env: variables, ...container };
  return { ...(labels && { labels }), containers: [discovery], served: { ...SERVED_ISTIO, ...served } };
}

const FLOORS = "1.29.9, 1.30.5 or 1.31.1, or newer in the same line";

describe("the problems of an existing Istio", () => {
  const VERSION = "app.kubernetes.io/version";
  const ON = 'it ignores InferencePools: set ENABLE_GATEWAY_API_INFERENCE_EXTENSION to "true" (pilot.env of its chart)';

  const fit: readonly { what: string; changes: Changes }[] = [
    { what: "the pinned version", changes: {} },
    ...["1.29.9", "1.29.10", "1.30.5", "1.29.9-debug", "1.30.12-distroless", "1.30.5-tetrate0", "1.31.1", "1.40.0"].map(
      version => ({
        what: `version ${version}`,
        changes: { image: `docker.io/istio/pilot:${version}` },
      }),
    ),
    { what: "a v before the version", changes: { image: "mirror.example:5000/pilot:v1.29.9" } },
    { what: "a digest behind the version", changes: { image: "docker.io/istio/pilot:1.30.5@sha256:c0ffee" } },
    {
      what: "a digest alone, and the version in the label of Istio's chart",
      changes: { image: "mirror.example:5000/pilot@sha256:c0ffee", labels: { [VERSION]: "1.30.5" } },
    },
    {
      what: "a tag without a version, and the version in the label",
      changes: { image: "docker.io/istio/pilot:stable", labels: { [VERSION]: "1.30.5" } },
    },
    { what: "the switch as 1", changes: { env: { [SWITCH]: "1" } } },
    {
      what: "defaults written out",
      changes: {
        env: { PILOT_ENABLE_GATEWAY_API: "true", PILOT_GATEWAY_API_DEFAULT_GATEWAYCLASS_NAME: "istio" },
      },
    },
    { what: "a further version of a CRD", changes: { served: { [ENVOY_FILTERS]: ["v1", "v1alpha3"] } } },
  ];
  for (const { what, changes } of fit)
    it(`are none with ${what}`, () => assert.deepEqual(istioProblems(found(changes)), []));

  const tooOld = (version: string) =>
    `it is Istio ${version}, which asks one endpoint picker for all pools of a route (istio#61594) and lacks security fixes ` +
    `of October 2026: upgrade it to ${FLOORS}`;
  const unversioned = (image: string) =>
    `its version is unknown: neither the image ${image} nor the label app.kubernetes.io/version of its Deployment ` +
    `has one. Set the label; needed is ${FLOORS}`;

  const unfit: readonly { what: string; changes: Changes; problem: string }[] = [
    ...["1.28.9", "1.29.8", "1.30.4", "1.31.0", "1.9.0", "0.30.0", "2.0.0"].map(version => ({
      what: `version ${version}`,
      changes: { image: `docker.io/istio/pilot:${version}` },
      problem: tooOld(version),
    })),
    ...["1.30.5-alpha.0", "1.31.1-rc.0", "1.31.1-rc1", "1.29.9-beta.1-distroless", "1.32.0-dev"].map(version => ({
      what: `version ${version}, a pre-release`,
      changes: { image: `docker.io/istio/pilot:${version}` },
      problem: tooOld(version.replace("-distroless", "")),
    })),
    {
      what: "an older version in the tag than in the label",
      changes: { image: "docker.io/istio/pilot:1.28.0", labels: { [VERSION]: "1.30.5" } },
      problem: tooOld("1.28.0"),
    },
    ...["docker.io/istio/pilot:stable", "mirror.example:5000/pilot", "docker.io/istio/pilot@sha256:c0ffee"].map(
      image => ({ what: `the image ${image}`, changes: { image }, problem: unversioned(image) }),
    ),
    { what: "no image", changes: { image: undefined }, problem: unversioned("(none)") },
    ...["false", "on", ""].map(value => ({
      what: `the switch at "${value}"`,
      changes: { env: { [SWITCH]: value } },
      problem: ON,
    })),
    ...[
      { name: "PILOT_ENABLE_GATEWAY_API", effect: "ignores Gateways" },
      { name: "PILOT_ENABLE_GATEWAY_API_GATEWAYCLASS_CONTROLLER", effect: "creates no GatewayClass" },
      { name: "PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER", effect: "creates no pods for Gateways" },
      { name: "PILOT_ENABLE_GATEWAY_API_STATUS", effect: "never reports a Gateway as ready" },
    ].map(({ name, effect }) => ({
      what: `${name} off`,
      changes: { env: { [name]: "false" } },
      problem: `it ${effect}: remove ${name} from its environment`,
    })),
    {
      what: "a GatewayClass of another name",
      changes: { env: { PILOT_GATEWAY_API_DEFAULT_GATEWAYCLASS_NAME: "mesh" } },
      problem:
        'its GatewayClass is "mesh", not "istio": ' +
        "remove PILOT_GATEWAY_API_DEFAULT_GATEWAYCLASS_NAME from its environment",
    },
    ...[
      { crd: DESTINATION_RULES, served: ["v1beta1"], said: "v1beta1", needed: "v1" },
      { crd: ENVOY_FILTERS, served: ["v1", "v1beta1"], said: "v1, v1beta1", needed: "v1alpha3" },
      { crd: REQUEST_AUTHENTICATIONS, served: ["v1beta1"], said: "v1beta1", needed: "v1" },
      { crd: AUTHORIZATION_POLICIES, served: [], said: "no version", needed: "v1" },
    ].map(({ crd, served, said, needed }) => ({
      what: `${said} of ${crd}`,
      changes: { served: { [crd]: served } },
      problem: `its CRD ${crd} serves ${said}, not ${needed}: upgrade the chart that has its CRDs (base)`,
    })),
  ];
  for (const { what, changes, problem } of unfit)
    it(`include ${what}`, () => assert.deepEqual(istioProblems(found(changes)), [problem]));

  it("are told all at once", () => {
    const changes = { image: "docker.io/istio/pilot:1.28.0", env: { [SWITCH]: "false" } };
    const served = { [ENVOY_FILTERS]: [], [DESTINATION_RULES]: [] };
    assert.equal(istioProblems(found({ ...changes, served })).length, 4);
  });

  it("are those of istiod's own container, not of others in the pod", () => {
    const { containers, served } = found();
    const log = { name: "log", image: "docker.io/log/log:0.1.0", env: [] };
    assert.deepEqual(istioProblems({ containers: [log, ...containers], served }), []);
  });

  it("are those of the only container, whatever its name", () => {
    const { containers, served } = found();
    assert.deepEqual(istioProblems({ containers: containers.map(all => ({ ...all, name: "istiod" })), served }), []);
  });

  it("are an unknown version and a missing switch without containers", () =>
    assert.deepEqual(istioProblems({ containers: [], served: SERVED_ISTIO }), [unversioned("(none)"), ON]));
});

describe("the component that reads an existing Istio", () => {
  const COMPONENT = "llmd:platform:ExistingIstio";

  const statesWith = ({ containers, served, labels }: FoundIstio): States => ({
    "kubernetes:apps/v1:Deployment::istio-istiod": {
      metadata: { labels },
      spec: { template: { spec: { containers } } },
    },
    ...statesOf("istio", served),
  });

  const run = (args: { namespace?: string; revision?: string } = {}, istio = found()) =>
    check(() => {
      const kubernetes = new k8s.Provider("istio-cluster", {});
      return new ExistingIstio("istio", { kubernetes, ...args }).revision;
    }, statesWith(istio));

  it("makes nothing", async () => {
    const { registered } = await run();
    assert.deepEqual(
      registered.map(({ type }) => type),
      ["pulumi:providers:kubernetes", COMPONENT].sort(),
    );
    assert.equal(ofType(registered, COMPONENT)[0]?.name, "istio");
  });

  it("logs what the cluster must have, and the remedy", async () => {
    const { notices } = await run({ namespace: "mesh", revision: "canary" });
    assert.deepEqual(notices, [
      "llmd-platform:istio has mode existing: the cluster must have Deployment mesh/istiod-canary and Istio's CRDs. If one of " +
        'them "does not exist", install the charts base and istiod, or name another namespace or revision.',
    ]);
  });

  it("hands over no revision where istiod has none", async () => {
    const { result, notices } = await run();
    assert.equal(result, undefined);
    assert.match(notices[0] ?? "", / Deployment istio-system\/istiod and/);
  });

  it("hands over the revision of istiod", async () =>
    assert.equal((await run({ revision: "canary" })).result, "canary"));

  it("fails with every problem", async () => {
    const istio = found({ image: "docker.io/istio/pilot:1.28.0", env: { [SWITCH]: "false" } });
    const { result } = await run({ revision: "canary" }, istio);
    assert.ok(result instanceof pulumi.RunError);
    assert.equal(
      result.message,
      `the existing Istio (llmd-platform:istio, Deployment istio-system/istiod-canary) cannot serve inference:
  - it is Istio 1.28.0, which asks one endpoint picker for all pools of a route (istio#61594) and lacks security fixes of October 2026: upgrade it to ${FLOORS}
  - it ignores InferencePools: set ENABLE_GATEWAY_API_INFERENCE_EXTENSION to "true" (pilot.env of its chart)`,
    );
  });

  it("counts only versions that are served", async () => {
    const { result } = await run({}, found({ served: { [ENVOY_FILTERS]: [] } }));
    assert.ok(result instanceof pulumi.RunError);
    assert.match(result.message, /envoyfilters\.networking\.istio\.io serves no version, not v1alpha3/);
  });
});
