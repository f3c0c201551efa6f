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
        `"${name}" installs an istiod that ignores every InferencePool without a word: ` +
          `set "pilot.env.${INFERENCE_SWITCH}" of its values to "true".`,
      );
    if (type === DEPLOYMENT && isIstiod(props) && !isOn(switchOfDeployment(props)))
      report(
        `"${name}" is an istiod that ignores every InferencePool without a word: ` +
          `set ${INFERENCE_SWITCH} in its container's "env" to "true".`,
      );
  },
  severity: "high",
};

const RELEASE = "kubernetes:helm.sh/v3:Release";
const DEPLOYMENT = "kubernetes:apps/v1:Deployment";

type Env = Readonly<Record<string, unknown>>;
type Labels = Readonly<Record<string, string>>;

/** The parts of a Release that are looked at; each may be missing, since anyone can write one. */
interface ReleaseProps {
  /** Name in a repository, or the whole address of a chart. */
  readonly chart?: string;
  /** Helm takes them before those of files. */
  readonly values?: { readonly env?: Env; readonly pilot?: { readonly env?: Env } };
}

const installsIstiod = ({ chart }: ReleaseProps): boolean => /(^|\/)istiod(-[\d.]+\.tgz)?$/.test(chart ?? "");

/** The chart copies what is below `pilot` over what is not. */
const switchOfRelease = ({ values }: ReleaseProps): unknown =>
  values?.pilot?.env?.[INFERENCE_SWITCH] ?? values?.env?.[INFERENCE_SWITCH];

/** The same of a Deployment. */
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
