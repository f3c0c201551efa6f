/** An Istio that is there already: not touched, only looked at. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { INFERENCE_SWITCH, isOff, isOn } from "../catalog/istio";
import { readServedVersions, type ServedVersions, unserved } from "./servedVersions";

export interface ExistingIstioArgs {
  readonly kubernetes: k8s.Provider;
  /** Where its istiod is. @default istio-system */
  readonly namespace?: string;
  /** Its revision; istiod's Deployment is then `istiod-<revision>`. @default - none: `istiod` */
  readonly revision?: string;
}

/**
 * Reads istiod's Deployment and the definitions that this platform writes objects of, in previews, too; what is missing in
 * them is told at once. Of an object that is not there at all the engine itself says that it "does not exist", which no
 * program can catch (pulumi#3364); what to do then is told beforehand.
 *
 * The GatewayClass is not read: istiod makes it when Gateway API is there, which may be in this very update.
 * @throws RunError with everything that keeps it from serving inference, each with the way out.
 */
export class ExistingIstio extends pulumi.ComponentResource {
  /** What `istio.io/rev` of a Gateway has to say for this istiod to look after it; known when it was found fit. */
  readonly revision: pulumi.Output<string | undefined>;

  constructor(name: string, args: ExistingIstioArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:ExistingIstio", name, {}, opts);
    const { kubernetes, namespace = "istio-system", revision } = args;
    const options = { parent: this, provider: kubernetes };
    const id = `${namespace}/${revision === undefined ? "istiod" : `istiod-${revision}`}`;
    pulumi.log.info(expected(id), this);
    const { metadata, spec } = k8s.apps.v1.Deployment.get(`${name}-istiod`, id, options);
    const definitions = readServedVersions(name, Object.keys(WRITTEN_IN), options);

    this.revision = pulumi.all([metadata, spec, definitions]).apply(([{ labels }, { template }, served]) => {
      const problems = istioProblems({ labels, containers: template.spec.containers, served });
      if (problems.length > 0) throw new pulumi.RunError(unfit(id, problems));
      return revision;
    });
    // Without the revision: an error would be told twice.
    this.registerOutputs({});
  }
}

const expected = (id: string): string =>
  `Deployment ${id} and Istio's definitions have to be there already (llmd-platform:istio). Where one of them "does not ` +
  'exist", install the charts base and istiod, or name another namespace or revision.';

/** Version that objects of each definition are written in, by its name. */
const WRITTEN_IN: Readonly<Record<string, string>> = {
  "destinationrules.networking.istio.io": "v1",
  "envoyfilters.networking.istio.io": "v1alpha3",
  "requestauthentications.security.istio.io": "v1",
  "authorizationpolicies.security.istio.io": "v1",
};

/** What is known of an Istio. */
export interface FoundIstio {
  /** Of istiod's Deployment. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly containers: readonly {
    readonly name: string;
    readonly image?: string;
    readonly env?: readonly { readonly name: string; readonly value?: string }[];
  }[];
  readonly served: ServedVersions;
}

/** Everything that keeps an Istio from serving inference, each with the way out. */
export function istioProblems({ labels, containers, served }: FoundIstio): string[] {
  const istiod = containers.find(({ name }) => name === "discovery") ?? containers[0];
  const env = new Map(istiod?.env?.map(({ name, value }) => [name, value]));
  return [
    ...versionProblems(istiod?.image, labels?.["app.kubernetes.io/version"]),
    ...switchProblems(env),
    ...definitionProblems(served),
  ];
}

/**
 * The oldest patch of each minor version that serves inference: it asks the endpoint picker of each weighted pool
 * (istio#61594) and has the security fixes of October 2026 (ISTIO-SECURITY-2026-005 to -007). Later minors have both.
 */
const OLDEST_PATCH: Readonly<Record<string, number>> = { "1.29": 9, "1.30": 5, "1.31": 1 };
const FLOORS = Object.entries(OLDEST_PATCH).map(([minor, patch]) => `${minor}.${patch}`);

/**
 * With what makes it a version before its release, such as `-alpha.0`. Any other suffix says how the image was built:
 * `-distroless`, `-debug`, a vendor's own number.
 */
const VERSION = /^v?(\d+)\.(\d+)\.(\d+)(-(?:alpha|beta|rc|dev)[\w.]*)?/;

/** Takes the version from the image's tag, or from the label that Istio's chart sets where the tag says none. */
function versionProblems(image: string | undefined, label: string | undefined): string[] {
  const found = [tagOf(image), label].map(text => VERSION.exec(text ?? "")).find(match => match !== null);
  if (!found)
    return [
      `its version cannot be told: neither the image ${image ?? "(none)"} nor the label app.kubernetes.io/version of its ` +
        `Deployment begins with one. Give it the label, ${remedy}`,
    ];
  const [version, major, minor, patch, prerelease] = found;
  if (prerelease === undefined && isRecentEnough([major, minor, patch].map(Number))) return [];
  return [
    `it is Istio ${version}, which asks one endpoint picker for all pools of a route (istio#61594) and lacks security ` +
      `fixes of October 2026: upgrade it to ${remedy}`,
  ];
}

const remedy = `${FLOORS.slice(0, -1).join(", ")} or ${FLOORS.at(-1)}, or newer in the same line`;

function isRecentEnough([major = 0, minor = 0, patch = 0]: readonly number[]): boolean {
  const oldest = OLDEST_PATCH[`${major}.${minor}`];
  return oldest === undefined ? major === 1 && minor > 31 : patch >= oldest;
}

/** Of `registry:5000/istio/pilot:1.29.2-distroless@sha256:…`: `1.29.2-distroless`. */
const tagOf = (image = ""): string | undefined => image.split("@")[0]?.split("/").at(-1)?.split(":")[1];

/** On unless somebody turned them off. */
const NEEDED_SWITCHES: Readonly<Record<string, string>> = {
  PILOT_ENABLE_GATEWAY_API: "looks at no Gateway",
  PILOT_ENABLE_GATEWAY_API_GATEWAYCLASS_CONTROLLER: "makes no GatewayClass",
  PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER: "makes no pods for a Gateway",
  PILOT_ENABLE_GATEWAY_API_STATUS: "never says that a Gateway is ready",
};
const CLASS_NAME = "PILOT_GATEWAY_API_DEFAULT_GATEWAYCLASS_NAME";
/** Of every Gateway that this platform makes. */
const GATEWAY_CLASS = "istio";

const switchProblems = (env: ReadonlyMap<string, string | undefined>): string[] => [
  ...(isOn(env.get(INFERENCE_SWITCH))
    ? []
    : [`it ignores InferencePools: set ${INFERENCE_SWITCH} to "true" (pilot.env of its chart)`]),
  ...Object.entries(NEEDED_SWITCHES)
    .filter(([name]) => isOff(env.get(name)))
    .map(([name, effect]) => `it ${effect}: take ${name} out of its environment`),
  ...((env.get(CLASS_NAME) ?? GATEWAY_CLASS) === GATEWAY_CLASS
    ? []
    : [
        `its GatewayClass is "${env.get(CLASS_NAME)}", not "${GATEWAY_CLASS}": take ${CLASS_NAME} out of its environment`,
      ]),
];

const definitionProblems = (served: ServedVersions): string[] =>
  unserved(WRITTEN_IN, served).map(
    problem => `its definition ${problem}: upgrade the chart with its definitions (base)`,
  );

const unfit = (id: string, problems: readonly string[]): string =>
  `the Istio that is there already (llmd-platform:istio, Deployment ${id}) cannot serve inference:\n` +
  problems.map(problem => `  - ${problem}`).join("\n");
