/** Names and labels of a model's objects: keys are upstream's, selectors keep every model and revision to itself. */
import { LABELS, PICKER_SUFFIX } from "../catalog/serving";
import type { RevisionPlan, Role } from "./plan";

/** Identity of one revision of one model, which all its objects have in common. */
export interface RevisionKey {
  /** The model's name in the stack file. */
  readonly model: string;
  /** @default "v1" */
  readonly revision: string;
  /** Upstream's name of the serving path. */
  readonly guide: string;
}

/** Key of the revision that a plan describes. */
export const revisionKeyOf = ({
  name,
  revision,
  servingPath,
}: Pick<RevisionPlan, "name" | "revision" | "servingPath">): RevisionKey => ({
  model: name,
  revision,
  guide: servingPath.guide,
});

/**
 * Name of a revision's pool and the beginning of all its other names. The revision has no dash, so that no two models
 * come to the same name; at most 40 characters, where upstream's charts cut names off.
 */
export const revisionName = ({ model, revision }: Pick<RevisionKey, "model" | "revision">): string =>
  `${model}-${revision}`;

/**
 * Name of the servers' account. Without the ending, revision `epp` of model `a-v1` would share the picker's account of `a`
 * `v1`.
 */
export const serverAccountName = (key: RevisionKey): string => `${revisionName(key)}-sa`;

/** Name of the Deployment or LeaderWorkerSet of a role's servers. */
export const serversName = (key: RevisionKey, role: Role): string => `${revisionName(key)}-${role}`;

/** Name of the endpoint picker's objects: upstream's. */
export const pickerName = (key: RevisionKey): string => `${revisionName(key)}${PICKER_SUFFIX}`;

/** Name of the Service by which the picker asks the servers for the tokens of prompts. */
export const rendererName = (key: Pick<RevisionKey, "model" | "revision">): string => `${revisionName(key)}-render`;

/**
 * What a pool selects its pods by. Upstream selects by the guide alone, by which two models of one path in one namespace
 * would serve each other's requests.
 */
export const poolSelector = ({ model, revision, guide }: RevisionKey) => ({
  [LABELS.guide]: guide,
  [LABELS.model]: model,
  [LABELS.revision]: revision,
});

/** Selector of a Deployment of model servers. */
export const serverSelector = (key: RevisionKey, role: Role) => ({
  ...poolSelector(key),
  [LABELS.role]: role,
});

/** Labels of a model server's pods, by which upstream's dashboards find them. */
export const serverLabels = (key: RevisionKey, role: Role) => ({
  ...serverSelector(key, role),
  [LABELS.acceleratorVendor]: "nvidia",
  [LABELS.acceleratorVariant]: "gpu",
});
