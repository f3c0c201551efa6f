/** What NetworkPolicies let through, by the rules of Kubernetes, as an agent that knows addresses and ports enforces them. */
import { Netmask } from "netmask";
import { NAMESPACES } from "../../platform/namespaces";
import type { Policy, PolicyPeer } from "../../platform/networkPolicies";

/** Something with an address that is no pod of the cluster. */
export interface Host {
  readonly address: string;
}

export interface Pod extends Host {
  /** Its name in the cluster. */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Ports of a rule. */
export interface PolicyRange {
  readonly protocol: string;
  readonly port: number;
  /** @default - the one port */
  readonly endPort?: number;
}

export interface Flow {
  readonly from: Pod | Host;
  readonly to: Pod | Host;
  readonly port: number;
  /** @default TCP */
  readonly protocol?: "TCP" | "UDP";
}

/** Whether the policies of both ends let a connection through. */
export const allows = (policies: readonly Policy[], flow: Flow): boolean =>
  letsIn(policies, flow) && letsOut(policies, flow);

export const letsIn = (policies: readonly Policy[], flow: Flow): boolean =>
  isOpen(policies, flow.to, "Ingress", ({ spec, namespace }) =>
    (spec.ingress ?? []).some(
      ({ from, ports }) => from.some(peer => isPeer(peer, namespace, flow.from)) && hasPort(ports, flow),
    ),
  );

const letsOut = (policies: readonly Policy[], flow: Flow): boolean =>
  isOpen(policies, flow.from, "Egress", ({ spec, namespace }) =>
    (spec.egress ?? []).some(
      ({ to, ports }) => to.some(peer => isPeer(peer, namespace, flow.to)) && hasPort(ports, flow),
    ),
  );

/** What no policy selects is open. */
function isOpen(
  policies: readonly Policy[],
  end: Pod | Host,
  direction: "Ingress" | "Egress",
  allowsIt: (policy: Policy) => boolean,
): boolean {
  if (!isPod(end)) return true;
  const selecting = policies.filter(
    ({ namespace, spec }) =>
      NAMESPACES[namespace] === end.namespace &&
      spec.policyTypes.includes(direction) &&
      selects(spec.podSelector, end.labels),
  );
  return selecting.length === 0 || selecting.some(allowsIt);
}

export const isPod = (end: Pod | Host): end is Pod => "labels" in end;

export function isPeer(peer: PolicyPeer, policyNamespace: Policy["namespace"], end: Pod | Host): boolean {
  if (peer.ipBlock) return new Netmask(peer.ipBlock.cidr).contains(end.address);
  if (!isPod(end)) return false;
  const isInNamespace = peer.namespaceSelector
    ? selects(peer.namespaceSelector, { "kubernetes.io/metadata.name": end.namespace })
    : end.namespace === NAMESPACES[policyNamespace];
  return isInNamespace && selects(peer.podSelector ?? {}, end.labels);
}

export const selects = (
  { matchLabels = {}, matchExpressions = [] }: NonNullable<PolicyPeer["podSelector"]>,
  labels: Readonly<Record<string, string>>,
): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every(({ key }) => key in labels);

const hasPort = (ports: readonly PolicyRange[], { port, protocol = "TCP" }: Flow): boolean =>
  ports.some(range => range.protocol === protocol && range.port <= port && port <= (range.endPort ?? range.port));
