/** Reads which object changes the replicas of which other one. */
import type { PolicyResource } from "@pulumi/policy";
import { ifKnown } from "../unknown";

const SCALED_OBJECT = /^kubernetes:keda\.sh\/v1alpha1:ScaledObject$/;
const AUTOSCALER = /^kubernetes:autoscaling\/v\d\w*:HorizontalPodAutoscaler$/;

/** Fields that are read. Each may be missing, because any program can make such an object. */
interface Props {
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly spec?: {
    readonly scaleTargetRef?: { readonly apiVersion?: string; readonly kind?: string; readonly name?: string };
  };
}

/** An object that changes the replicas of its target. */
export interface Scaler {
  /** Kubernetes kind of the scaler. */
  readonly kind: "ScaledObject" | "HorizontalPodAutoscaler";
  /** Kind and name for messages: `ScaledObject "qwen-v1-decode"`. */
  readonly what: string;
  /** Group, kind and name: `apps/Deployment "qwen-v1-decode"`. */
  readonly target: string;
  /** Namespace; `undefined` while it is unknown. */
  readonly namespace: string | undefined;
}

/** @returns undefined for an object that scales nothing, or whose target is unknown. */
export function scalerIn({ type, name, props }: PolicyResource): Scaler | undefined {
  const kind = SCALED_OBJECT.test(type) ? "ScaledObject" : "HorizontalPodAutoscaler";
  if (kind !== "ScaledObject" && !AUTOSCALER.test(type)) return undefined;
  // The defaults are those of KEDA. An autoscaler has to set both.
  const target = ifKnown(() => {
    const {
      apiVersion = "apps/v1",
      kind: targetKind = "Deployment",
      name: targetName,
    } = (props as Props).spec?.scaleTargetRef ?? {};
    return targetName && `${apiVersion.replace(/\/.*/, "")}/${targetKind} "${targetName}"`;
  }, nothing);
  return target ? { kind, what: `${kind} "${name}"`, target, namespace: namespaceIn(props) } : undefined;
}

/** Namespace of an object; "" for the default namespace of the provider. */
const namespaceIn = (props: PolicyResource["props"]): string | undefined =>
  ifKnown(() => (props as Props).metadata?.namespace ?? "", nothing);

const nothing = (): undefined => undefined;
