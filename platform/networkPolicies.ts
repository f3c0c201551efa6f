/**
 * NetworkPolicies that allow the connections of `networkAccess.ts` alone. EKS enforces them on each node by an agent that knows
 * addresses and ports only. It always allows connections between a pod and its own node, so kubelet's probes and
 * `kubectl port-forward` need no row: aws/aws-network-policy-agent#65. EFA's traffic bypasses it.
 */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { LABELS } from "../catalog/serving";
import { NAMESPACES, type NamespaceKey, type Namespaces } from "./namespaces";
import {
  ANYWHERE,
  CLUSTER,
  EGRESS,
  type EgressRow,
  type EntryAccess,
  entryRows,
  INGRESS,
  type IngressRow,
  PODS,
  type Pods,
  type PodsKey,
  type Ports,
} from "./networkAccess";

interface NetworkPoliciesArgs {
  readonly kubernetes: k8s.Provider;
  /** Namespaces of this layer; rows about others are left out. */
  readonly namespaces: Namespaces;
  /** Clients from outside the cluster. @default - there is no entry, so pods of every namespace call the gateway */
  readonly entry?: EntryAccess | undefined;
}

/** ConfigMap with EKS's switch for network policies: AWS, EKS user guide, "Use Network Policies with EKS Auto Mode". */
const SWITCH = { name: "amazon-vpc-cni", namespace: "kube-system" };

/**
 * The switch, and the policies. They are enforced on nodes whose NodeClass sets `networkPolicy`. On other nodes, and without the
 * switch, they have no effect.
 */
export class NetworkPolicies extends pulumi.ComponentResource {
  constructor(name: string, args: NetworkPoliciesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:NetworkPolicies", name, {}, opts);
    const { kubernetes, namespaces, entry } = args;
    const options = { parent: this, provider: kubernetes };
    const create = (policy: Policy, dependsOn: pulumi.Resource[]) =>
      new k8s.networking.v1.NetworkPolicy(
        `${name}-${NAMESPACES[policy.namespace]}-${policy.name}`,
        { metadata: { name: policy.name, namespace: namespaces.name(policy.namespace) }, spec: policy.spec },
        { ...options, dependsOn },
      );
    // A namespace is closed after its allowed connections exist, and opened before they are deleted.
    const [closing, opening] = partition(networkPolicies(namespaces.keys, entry), ({ name }) => name === NOBODY);
    const open = opening.map(policy => create(policy, []));
    for (const policy of closing) create(policy, open);
    new k8s.core.v1.ConfigMap(
      `${name}-switch`,
      { metadata: SWITCH, data: { "enable-network-policy-controller": "true" } },
      options,
    );
    this.registerOutputs({});
  }
}

/** Cluster DNS runs on each node without pods: aws/containers-roadmap#2552. */
const DNS_PORT = 53;

type Protocol = "TCP" | "UDP";

interface PolicyPort {
  readonly protocol: Protocol;
  readonly port: number;
  readonly endPort?: number;
}

interface Selector {
  readonly matchLabels?: Record<string, string>;
  readonly matchExpressions?: { readonly key: string; readonly operator: "Exists" }[];
}

/** Peers of a rule. */
export interface PolicyPeer {
  /** Namespaces of the peer's pods, by label; `{}` selects all. @default - the policy's own */
  readonly namespaceSelector?: Selector;
  /** Pods of those namespaces, by label. @default - all of them */
  readonly podSelector?: Selector;
  /** Addresses in CIDR notation, in place of both selectors. */
  readonly ipBlock?: { readonly cidr: string };
}

interface PolicyRule {
  readonly ports: PolicyPort[];
}

/** A `networking.k8s.io/v1` NetworkPolicy: only the fields this product sets. */
export interface Policy {
  /** Name of the object: `nobody`, `to-<pods>` or `from-all`. */
  readonly name: string;
  /** Key of the namespace that the policy is made in. */
  readonly namespace: NamespaceKey;
  /** Pods that are restricted, and the connections that they may have. An empty list of rules allows none. */
  readonly spec: {
    readonly podSelector: Selector;
    readonly policyTypes: ("Ingress" | "Egress")[];
    readonly ingress?: (PolicyRule & { readonly from: PolicyPeer[] })[];
    readonly egress?: (PolicyRule & { readonly to: PolicyPeer[] })[];
  };
}

/** A policy that closes each namespace, then one for each row group: connections in, and for some namespaces out. */
export function networkPolicies(namespaces: readonly NamespaceKey[], entry?: EntryAccess): readonly Policy[] {
  const isThere = (pods: PodsKey) => namespaces.includes(PODS[pods].namespace);
  const ingress = [...INGRESS, ...entryRows(entry)].filter(({ to, from }) => isThere(to) && hasPeer(from, isThere));
  const receivers = [...new Set(ingress.map(({ to }) => to))];
  const senders = [...new Set(EGRESS.map(({ from }) => from))].filter(from => namespaces.includes(from));
  return [
    ...namespaces.map(denyAll),
    ...receivers.map(to =>
      ingressPolicy(
        to,
        ingress.filter(row => row.to === to),
        isThere,
      ),
    ),
    ...senders.map(from =>
      egressPolicy(
        from,
        EGRESS.filter(row => row.from === from && hasPeer(row.to, isThere)),
        isThere,
      ),
    ),
  ];
}

/** A rule without a peer would allow everyone. */
const hasPeer = (peers: IngressRow["from"] | EgressRow["to"], isThere: (pods: PodsKey) => boolean): boolean =>
  typeof peers === "string" || "ranges" in peers || peers.some(isThere);

const NOBODY = "nobody";

const partition = <T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] => [
  items.filter(isFirst),
  items.filter(item => !isFirst(item)),
];

const denyAll = (namespace: NamespaceKey): Policy => ({
  name: NOBODY,
  namespace,
  spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [] },
});

const ingressPolicy = (to: PodsKey, rows: readonly IngressRow[], isThere: (pods: PodsKey) => boolean): Policy => ({
  name: `to-${kebab(to)}`,
  namespace: PODS[to].namespace,
  spec: {
    podSelector: selectorOf(PODS[to]),
    policyTypes: ["Ingress"],
    ingress: rows.map(({ from, ports }) => ({ from: peersOf(from, isThere), ports: ports.map(tcp) })),
  },
});

const egressPolicy = (from: NamespaceKey, rows: readonly EgressRow[], isThere: (pods: PodsKey) => boolean): Policy => ({
  name: "from-all",
  namespace: from,
  spec: {
    podSelector: {},
    policyTypes: ["Egress"],
    egress: [
      {
        to: peersOf(ANYWHERE, isThere),
        ports: [
          { protocol: "UDP", port: DNS_PORT },
          { protocol: "TCP", port: DNS_PORT },
        ],
      },
      ...rows.map(({ to, ports }) => ({ to: peersOf(to, isThere), ports: ports.map(tcp) })),
    ],
  },
});

function peersOf(peers: IngressRow["from"] | EgressRow["to"], isThere: (pods: PodsKey) => boolean): PolicyPeer[] {
  if (peers === CLUSTER) return [{ namespaceSelector: {} }];
  if (peers === ANYWHERE) return [{ ipBlock: { cidr: "0.0.0.0/0" } }];
  if ("ranges" in peers) return peers.ranges.map(cidr => ({ ipBlock: { cidr } }));
  return peers.filter(isThere).map(key => ({
    namespaceSelector: { matchLabels: { [LABELS.namespace]: NAMESPACES[PODS[key].namespace] } },
    podSelector: selectorOf(PODS[key]),
  }));
}

const selectorOf = ({ labels, labelled }: Pods): Selector => ({
  ...(labels && { matchLabels: labels }),
  ...(labelled !== undefined && { matchExpressions: [{ key: labelled, operator: "Exists" }] }),
});

const tcp = (ports: Ports): PolicyPort =>
  typeof ports === "number" ? { protocol: "TCP", port: ports } : { protocol: "TCP", port: ports[0], endPort: ports[1] };

const kebab = (key: string): string => key.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
