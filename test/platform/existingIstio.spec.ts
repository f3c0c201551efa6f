import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ExistingIstio, type FoundIstio, istioProblems } from "../../platform/existingIstio";
import { ofType, type Registered, registeredBy, type States } from "../support/mockedProgram";
import { loggedBy } from "../support/settings";

const COMPONENT = "llmd:platform:ExistingIstio";
const SWITCH = "ENABLE_GATEWAY_API_INFERENCE_EXTENSION";
const DESTINATION_RULES = "destinationrules.networking.istio.io";
const ENVOY_FILTERS = "envoyfilters.networking.istio.io";
const REQUEST_AUTHENTICATIONS = "requestauthentications.security.istio.io";
const AUTHORIZATION_POLICIES = "authorizationpolicies.security.istio.io";

const SERVED = {
  [DESTINATION_RULES]: ["v1", "v1alpha3", "v1beta1"],
  [ENVOY_FILTERS]: ["v1alpha3"],
  [REQUEST_AUTHENTICATIONS]: ["v1", "v1beta1"],
  [AUTHORIZATION_POLICIES]: ["v1", "v1beta1"],
};

interface Changes {
  readonly image?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly served?: FoundIstio["served"];
}

/** An Istio that is fit, but for the changes. */
function found({ env, labels, served, ...container }: Changes = {}): FoundIstio {
  const variables = Object.entries({ [SWITCH]: "true", ...env }).map(([name, value]) => ({ name, value }));
  const discovery = { name: "discovery", image: "docker.io/istio/pilot:1.30.5", env: variables, ...container };
  return { ...(labels && { labels }), containers: [discovery], served: { ...SERVED, ...served } };
}

const FLOORS = "1.29.9, 1.30.5 or 1.31.1, or newer in the same line";

describe("an Istio that is there already", () => {
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
      what: "a tag that says nothing, and the version in the label",
      changes: { image: "docker.io/istio/pilot:stable", labels: { [VERSION]: "1.30.5" } },
    },
    { what: "the switch as Go reads it", changes: { env: { [SWITCH]: "1" } } },
    {
      what: "what is on anyway said again",
      changes: {
        env: { PILOT_ENABLE_GATEWAY_API: "true", PILOT_GATEWAY_API_DEFAULT_GATEWAYCLASS_NAME: "istio" },
      },
    },
    { what: "a version of a definition besides", changes: { served: { [ENVOY_FILTERS]: ["v1", "v1alpha3"] } } },
  ];
  for (const { what, changes } of fit)
    it(`is fit with ${what}`, () => assert.deepEqual(istioProblems(found(changes)), []));

  const tooOld = (version: string) =>
    `it is Istio ${version}, which asks one endpoint picker for all pools of a route (istio#61594) and lacks security fixes ` +
    `of October 2026: upgrade it to ${FLOORS}`;
  const unversioned = (image: string) =>
    `its version cannot be told: neither the image ${image} nor the label app.kubernetes.io/version of its Deployment ` +
    `begins with one. Give it the label, ${FLOORS}`;

  const unfit: readonly { what: string; changes: Changes; problem: string }[] = [
    ...["1.28.9", "1.29.8", "1.30.4", "1.31.0", "1.9.0", "0.30.0", "2.0.0"].map(version => ({
      what: `version ${version}`,
      changes: { image: `docker.io/istio/pilot:${version}` },
      problem: tooOld(version),
    })),
    ...["1.30.5-alpha.0", "1.31.1-rc.0", "1.31.1-rc1", "1.29.9-beta.1-distroless", "1.32.0-dev"].map(version => ({
      what: `version ${version}, which came before its release`,
      changes: { image: `docker.io/istio/pilot:${version}` },
      problem: tooOld(version.replace("-distroless", "")),
    })),
    {
      what: "an older version, whatever its label says",
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
      { name: "PILOT_ENABLE_GATEWAY_API", effect: "looks at no Gateway" },
      { name: "PILOT_ENABLE_GATEWAY_API_GATEWAYCLASS_CONTROLLER", effect: "makes no GatewayClass" },
      { name: "PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER", effect: "makes no pods for a Gateway" },
      { name: "PILOT_ENABLE_GATEWAY_API_STATUS", effect: "never says that a Gateway is ready" },
    ].map(({ name, effect }) => ({
      what: `${name} off`,
      changes: { env: { [name]: "false" } },
      problem: `it ${effect}: take ${name} out of its environment`,
    })),
    {
      what: "a GatewayClass of another name",
      changes: { env: { PILOT_GATEWAY_API_DEFAULT_GATEWAYCLASS_NAME: "mesh" } },
      problem:
        'its GatewayClass is "mesh", not "istio": ' +
        "take PILOT_GATEWAY_API_DEFAULT_GATEWAYCLASS_NAME out of its environment",
    },
    ...[
      { definition: DESTINATION_RULES, served: ["v1beta1"], said: "v1beta1", needed: "v1" },
      { definition: ENVOY_FILTERS, served: ["v1", "v1beta1"], said: "v1, v1beta1", needed: "v1alpha3" },
      { definition: REQUEST_AUTHENTICATIONS, served: ["v1beta1"], said: "v1beta1", needed: "v1" },
      { definition: AUTHORIZATION_POLICIES, served: [], said: "no version", needed: "v1" },
    ].map(({ definition, served, said, needed }) => ({
      what: `${said} of ${definition}`,
      changes: { served: { [definition]: served } },
      problem: `its definition ${definition} serves ${said}, not ${needed}: upgrade the chart with its definitions (base)`,
    })),
  ];
  for (const { what, changes, problem } of unfit)
    it(`is not fit with ${what}`, () => assert.deepEqual(istioProblems(found(changes)), [problem]));

  it("is told everything at once", () => {
    const changes = { image: "docker.io/istio/pilot:1.28.0", env: { [SWITCH]: "false" } };
    const served = { [ENVOY_FILTERS]: [], [DESTINATION_RULES]: [] };
    assert.equal(istioProblems(found({ ...changes, served })).length, 4);
  });

  it("is looked at in istiod's own container, whatever else is in the pod", () => {
    const { containers, served } = found();
    const log = { name: "log", image: "docker.io/log/log:0.1.0", env: [] };
    assert.deepEqual(istioProblems({ containers: [log, ...containers], served }), []);
  });

  it("is looked at in the only container, whatever its name", () => {
    const { containers, served } = found();
    assert.deepEqual(istioProblems({ containers: containers.map(all => ({ ...all, name: "istiod" })), served }), []);
  });

  it("cannot be told without containers", () =>
    assert.deepEqual(istioProblems({ containers: [], served: SERVED }), [unversioned("(none)"), ON]));
});

describe("the platform on an Istio that is there already", () => {
  const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
  const DEFINITION = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";

  const definitionState = (versions: readonly string[]) => ({
    spec: { versions: [{ name: "v0", served: false }, ...versions.map(name => ({ name, served: true }))] },
  });

  function states({ containers, served, labels }: FoundIstio): States {
    const definitions = Object.entries(served).map(([name, versions]) => [
      `${DEFINITION}::istio-${name}`,
      definitionState(versions),
    ]);
    const istiod = { metadata: { labels }, spec: { template: { spec: { containers } } } };
    return { [`${DEPLOYMENT}::istio-istiod`]: istiod, ...Object.fromEntries(definitions) };
  }

  interface Run {
    readonly registered: Registered[];
    readonly notices: readonly string[];
    /** The revision, or why there is none. */
    readonly result: unknown;
  }

  async function run(args: { namespace?: string; revision?: string } = {}, istio = found()): Promise<Run> {
    const made: { registered: Registered[]; result: unknown } = { registered: [], result: undefined };
    const { notices } = await loggedBy(async () => {
      made.registered = await registeredBy(async () => {
        const kubernetes = new k8s.Provider("istio-cluster", {});
        const { revision } = new ExistingIstio("istio", { kubernetes, ...args });
        made.result = await outcome(revision);
      }, states(istio));
    });
    return { ...made, notices };
  }

  it("makes nothing of Istio's", async () => {
    const { registered } = await run();
    assert.deepEqual(
      registered.map(({ type }) => type),
      ["pulumi:providers:kubernetes", COMPONENT].sort(),
    );
    assert.equal(ofType(registered, COMPONENT)[0]?.name, "istio");
  });

  it("says beforehand what has to be there, and what to do where it is not", async () => {
    const { notices } = await run({ namespace: "mesh", revision: "canary" });
    assert.deepEqual(notices, [
      "Deployment mesh/istiod-canary and Istio's definitions have to be there already (llmd-platform:istio). Where one of " +
        'them "does not exist", install the charts base and istiod, or name another namespace or revision.',
    ]);
  });

  it("has it look after Gateways without a revision when it has none", async () => {
    const { result, notices } = await run();
    assert.equal(result, undefined);
    assert.match(notices[0] ?? "", /^Deployment istio-system\/istiod and/);
  });

  it("has it look after Gateways of its revision", async () =>
    assert.equal((await run({ revision: "canary" })).result, "canary"));

  it("ends with everything that is wrong with it", async () => {
    const istio = found({ image: "docker.io/istio/pilot:1.28.0", env: { [SWITCH]: "false" } });
    const { result } = await run({ revision: "canary" }, istio);
    assert.ok(result instanceof pulumi.RunError);
    assert.equal(
      result.message,
      `the Istio that is there already (llmd-platform:istio, Deployment istio-system/istiod-canary) cannot serve inference:
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

/** The value of an output, or the error it ends with, which only its promise tells. */
const outcome = (output: pulumi.Output<unknown> & { readonly promise?: () => Promise<unknown> }): Promise<unknown> => {
  assert.ok(output.promise);
  return output.promise().catch((error: unknown) => error);
};
