/** Reads who changes the replicas of what. */
import { type PolicyResource, UnknownValueError } from "@pulumi/policy";

const SCALED_OBJECT = /^kubernetes:keda\.sh\/v1alpha1:ScaledObject$/;
const AUTOSCALER = /^kubernetes:autoscaling\/v\d\w*:HorizontalPodAutoscaler$/;
/** The parts of an object that are looked at; each may be missing, since anyone can write one. */
interface Props {
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly spec?: {
    readonly scaleTargetRef?: { readonly apiVersion?: string; readonly kind?: string; readonly name?: string };
  };
}

/** What changes the replicas of its target. */
export interface Scaler {
  readonly kind: "ScaledObject" | "HorizontalPodAutoscaler";
  /** For messages: `ScaledObject "qwen-v1-decode"`. */
  readonly what: string;
  /** Group, kind and name: `apps/Deployment "qwen-v1-decode"`. */
  readonly target: string;
  /** Undefined while it is not known. */
  readonly namespace: string | undefined;
}

/** @returns undefined for what scales nothing, or nothing that is known yet. */
export function scalerIn({ type, name, props }: PolicyResource): Scaler | undefined {
  const kind = SCALED_OBJECT.test(type) ? "ScaledObject" : "HorizontalPodAutoscaler";
  if (kind !== "ScaledObject" && !AUTOSCALER.test(type)) return undefined;
  // KEDA's own defaults; an autoscaler has to say both.
  const target = ifKnown(() => {
    const {
      apiVersion = "apps/v1",
      kind: targetKind = "Deployment",
      name: targetName,
    } = (props as Props).spec?.scaleTargetRef ?? {};
    return targetName && `${apiVersion.replace(/\/.*/, "")}/${targetKind} "${targetName}"`;
  });
  return target ? { kind, what: `${kind} "${name}"`, target, namespace: namespaceIn(props) } : undefined;
}

/** The provider's own namespace where none is given. */
const namespaceIn = (props: PolicyResource["props"]): string | undefined =>
  ifKnown(() => (props as Props).metadata?.namespace ?? "");

/** An unknown that escaped would make the whole rule a mere advice for this preview, the only run that can block. */
function ifKnown<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!isUnknown(error)) throw error;
    return undefined;
  }
}

const isUnknown = (error: unknown): boolean => error instanceof UnknownValueError && error instanceof Error;
