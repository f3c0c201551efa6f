import type { ResourceValidationPolicy } from "@pulumi/policy";
import { INFERENCE_SWITCH, isOn } from "../../catalog/istio";

/** An istiod without the switch answers every request for a model with an error. Severity: high. */
export const istiodRequireInferenceSwitch: ResourceValidationPolicy = {
  name: "istiod-require-inference-switch",
  description: `Every istiod has ${INFERENCE_SWITCH} set to true.`,
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props }, report) => {
    if (type === RELEASE && installsIstiod(props) && !isOn(switchOfRelease(props)))
      report(
        `"${name}" installs an istiod that ignores every InferencePool without a message: ` +
          `set "pilot.env.${INFERENCE_SWITCH}" of its values to "true".`,
      );
    if (type === DEPLOYMENT && isIstiod(props) && !isOn(switchOfDeployment(props)))
      report(
        `"${name}" is an istiod that ignores every InferencePool without a message: ` +
          `set ${INFERENCE_SWITCH} in its container's "env" to "true".`,
      );
  },
  severity: "high",
};

const RELEASE = "kubernetes:helm.sh/v3:Release";
const DEPLOYMENT = "kubernetes:apps/v1:Deployment";

type Env = Readonly<Record<string, unknown>>;
type Labels = Readonly<Record<string, string>>;

/** Fields that are read. Each may be missing, because any program can make a Release. */
interface ReleaseProps {
  /** Name of the chart in a repository, or its address. */
  readonly chart?: string;
  /** Values, which Helm prefers to those of files. */
  readonly values?: { readonly env?: Env; readonly pilot?: { readonly env?: Env } };
}

const installsIstiod = ({ chart }: ReleaseProps): boolean => /(^|\/)istiod(-[\d.]+\.tgz)?$/.test(chart ?? "");

/** Value of the switch. The chart prefers values below `pilot`. */
const switchOfRelease = ({ values }: ReleaseProps): unknown =>
  values?.pilot?.env?.[INFERENCE_SWITCH] ?? values?.env?.[INFERENCE_SWITCH];

/** Fields of a Deployment that are read. */
interface DeploymentProps {
  readonly metadata?: { readonly name?: string; readonly labels?: Labels };
  readonly spec?: {
    readonly template?: {
      readonly metadata?: { readonly labels?: Labels };
      readonly spec?: {
        readonly containers?: readonly {
          readonly env?: readonly { readonly name?: string; readonly value?: string }[];
        }[];
      };
    };
  };
}

const isIstiod = ({ metadata, spec }: DeploymentProps): boolean =>
  /^istiod(-|$)/.test(metadata?.name ?? "") &&
  [metadata?.labels, spec?.template?.metadata?.labels].some(labels => labels?.app === "istiod");

const switchOfDeployment = ({ spec }: DeploymentProps): unknown =>
  spec?.template?.spec?.containers?.flatMap(({ env }) => env ?? []).find(({ name }) => name === INFERENCE_SWITCH)
    ?.value;
