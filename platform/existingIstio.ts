/** An Istio that the cluster has already: read and checked, never changed. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { INFERENCE_SWITCH, isOff, isOn } from "../catalog/istio";
import { type NeededVersions, readServedVersions, type ServedVersions, unservedProblems } from "./existingCrds";

interface ExistingIstioArgs {
  readonly kubernetes: k8s.Provider;
  /** Namespace of its istiod. @default istio-system */
  readonly namespace?: string;
  /** Its revision; istiod's Deployment is `istiod-<revision>`. @default - none: the Deployment is `istiod` */
  readonly revision?: string;
}

/**
 * Reads istiod's Deployment and the CRDs of objects that this platform writes, in previews too, and fails when something is
 * missing in them. For an object that is missing altogether the engine itself says that it "does not exist", which no program
 * can catch (pulumi#3364): the remedy is logged beforehand. The GatewayClass is not read: istiod makes it once Gateway API is
 * there, which may be in the same update.
 */
export class ExistingIstio extends pulumi.ComponentResource {
  /** Value of `istio.io/rev` on this istiod's Gateways; a RunError with every problem where it cannot serve inference. */
  readonly revision: pulumi.Output<string | undefined>;

  constructor(name: string, args: ExistingIstioArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:ExistingIstio", name, {}, opts);
    const { kubernetes, namespace = "istio-system", revision } = args;
    const options = { parent: this, provider: kubernetes };
    const id = `${namespace}/${revision === undefined ? "istiod" : `istiod-${revision}`}`;
    pulumi.log.info(announcement(id), this);
    const { metadata, spec } = k8s.apps.v1.Deployment.get(`${name}-istiod`, id, options);
    const crds = readServedVersions(name, Object.keys(WRITTEN), options);

    this.revision = pulumi.all([metadata, spec, crds]).apply(([{ labels }, { template }, served]) => {
      const problems = istioProblems({ labels, containers: template.spec.containers, served });
      if (problems.length > 0) throw new pulumi.RunError(failure(id, problems));
      return revision;
    });
    // Without `revision`: its error would be printed twice.
    this.registerOutputs({});
  }
}

const announcement = (id: string): string =>
  `llmd-platform:istio has mode existing: the cluster must have Deployment ${id} and Istio's CRDs. If one of them "does not ` +
  'exist", install the charts base and istiod, or name another namespace or revision.';

/** Versions of the objects that this platform writes. */
const WRITTEN: NeededVersions = {
  "destinationrules.networking.istio.io": "v1",
  "envoyfilters.networking.istio.io": "v1alpha3",
  "requestauthentications.security.istio.io": "v1",
  "authorizationpolicies.security.istio.io": "v1",
};

/** Facts about an Istio in the cluster. */
export interface FoundIstio {
  /** Labels of istiod's Deployment. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Containers of istiod's pods. */
  readonly containers: readonly {
    readonly name: string;
    readonly image?: string;
    readonly env?: readonly { readonly name: string; readonly value?: string }[];
  }[];
  /** Versions that its CRDs serve. */
  readonly served: ServedVersions;
}

/** Problems that keep an Istio from serving inference, each with its remedy. */
export function istioProblems({ labels, containers, served }: FoundIstio): string[] {
  const istiod = containers.find(({ name }) => name === "discovery") ?? containers[0];
  const env = new Map(istiod?.env?.map(({ name, value }) => [name, value]));
  return [
    ...versionProblems(istiod?.image, labels?.["app.kubernetes.io/version"]),
    ...switchProblems(env),
    ...crdProblems(served),
  ];
}

/**
 * The oldest patch of each minor version that serves inference: it asks the endpoint picker of each weighted pool
 * (istio#61594) and has the security fixes of October 2026 (ISTIO-SECURITY-2026-005 to -007). Later minors have both.
 */
const OLDEST_PATCH: Readonly<Record<string, number>> = { "1.29": 9, "1.30": 5, "1.31": 1 };
const FLOORS = Object.entries(OLDEST_PATCH).map(([minor, patch]) => `${minor}.${patch}`);

/** Version with the suffix of a pre-release, such as `-alpha.0`. Other suffixes name the build: `-distroless`, `-debug`. */
const VERSION = /^v?(\d+)\.(\d+)\.(\d+)(-(?:alpha|beta|rc|dev)[\w.]*)?/;

/** Reads the version from the image's tag, or from the label of Istio's chart where the tag has none. */
function versionProblems(image: string | undefined, label: string | undefined): string[] {
  const found = [tagOf(image), label].map(text => VERSION.exec(text ?? "")).find(match => match !== null);
  if (!found)
    return [
      `its version is unknown: neither the image ${image ?? "(none)"} nor the label app.kubernetes.io/version of its Deployment ` +
        `has one. Set the label; needed is ${NEEDED_VERSION}`,
    ];
  const [version, major, minor, patch, prerelease] = found;
  if (prerelease === undefined && isRecentEnough([major, minor, patch].map(Number))) return [];
  return [
    `it is Istio ${version}, which asks one endpoint picker for all pools of a route (istio#61594) and lacks security ` +
      `fixes of October 2026: upgrade it to ${NEEDED_VERSION}`,
  ];
}

const NEEDED_VERSION = `${FLOORS.slice(0, -1).join(", ")} or ${FLOORS.at(-1)}, or newer in the same line`;

function isRecentEnough([major = 0, minor = 0, patch = 0]: readonly number[]): boolean {
  const oldest = OLDEST_PATCH[`${major}.${minor}`];
  return oldest === undefined ? major === 1 && minor > 31 : patch >= oldest;
}

/** The tag in an image, such as `1.29.2-distroless` in `registry:5000/istio/pilot:1.29.2-distroless@sha256:…`. */
const tagOf = (image = ""): string | undefined => image.split("@")[0]?.split("/").at(-1)?.split(":")[1];

/** Effect of switches that are on by default, when they are turned off. */
const NEEDED_SWITCHES: Readonly<Record<string, string>> = {
  PILOT_ENABLE_GATEWAY_API: "ignores Gateways",
  PILOT_ENABLE_GATEWAY_API_GATEWAYCLASS_CONTROLLER: "creates no GatewayClass",
  PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER: "creates no pods for Gateways",
  PILOT_ENABLE_GATEWAY_API_STATUS: "never reports a Gateway as ready",
};
const CLASS_NAME = "PILOT_GATEWAY_API_DEFAULT_GATEWAYCLASS_NAME";
/** GatewayClass of every Gateway of this platform. */
const GATEWAY_CLASS = "istio";

const switchProblems = (env: ReadonlyMap<string, string | undefined>): string[] => [
  ...(isOn(env.get(INFERENCE_SWITCH))
    ? []
    : [`it ignores InferencePools: set ${INFERENCE_SWITCH} to "true" (pilot.env of its chart)`]),
  ...Object.entries(NEEDED_SWITCHES)
    .filter(([name]) => isOff(env.get(name)))
    .map(([name, effect]) => `it ${effect}: remove ${name} from its environment`),
  ...((env.get(CLASS_NAME) ?? GATEWAY_CLASS) === GATEWAY_CLASS
    ? []
    : [
        `its GatewayClass is "${env.get(CLASS_NAME)}", not "${GATEWAY_CLASS}": remove ${CLASS_NAME} from its environment`,
      ]),
];

const crdProblems = (served: ServedVersions): string[] =>
  unservedProblems(WRITTEN, served).map(problem => `its CRD ${problem}: upgrade the chart that has its CRDs (base)`);

const failure = (id: string, problems: readonly string[]): string =>
  `the existing Istio (llmd-platform:istio, Deployment ${id}) cannot serve inference:\n` +
  problems.map(problem => `  - ${problem}`).join("\n");
