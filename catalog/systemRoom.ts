/** Room for pods on the system pool, counted in whole nodes. */
import { cpus, gib, type Requests } from "./quantities";
import { nodeSizes, SMALLEST_NODE_CPUS, type SystemPoolLimits } from "./systemPool";

/** CPU and memory, in units whose sums are whole numbers. */
export interface Room {
  /** Thousandths of a CPU. */
  readonly milliCpus: number;
  /** MiB of memory. */
  readonly mib: number;
}

/** Replicas of one kind of pod. */
export interface PodGroup {
  /** Name in messages. */
  readonly name: string;
  /** Number of pods in the group. */
  readonly replicas: number;
  /** Requests of one replica. */
  readonly requests: Requests;
  /** Most replicas on one node. @default - any number */
  readonly perNode?: number;
}

/** Memory per vCPU of the pool's families. */
const GIB_PER_CPU = 4;

/**
 * Resources that a node reserves, as Karpenter counts them for nodes of EKS: 7.5 % of memory is the hypervisor's, kubelet has a
 * share of each CPU and 11 MiB for each of 110 pods, and evicts below 100 MiB. What Auto Mode's own processes reserve beyond
 * that is published nowhere; see `wholeNodeCpu`.
 */
const RESERVED = {
  hypervisorShare: 0.075,
  kubeletMib: 255 + 11 * 110,
  evictionMib: 100,
  /** Thousandths of the first CPU, the second, the third, the fourth; then of each further one. */
  kubeletMilliCpus: [60, 10, 5, 5],
  kubeletMilliCpusBeyond: 2.5,
} as const;

/** Most that DaemonSets request of every node: node-exporter, and the worker of Node Feature Discovery. */
export const DAEMON_SETS: Room = { milliCpus: 60, mib: 160 };

const kubeletMilliCpus = (vcpus: number): number =>
  RESERVED.kubeletMilliCpus.slice(0, vcpus).reduce((sum, share) => sum + share, 0) +
  Math.max(0, vcpus - RESERVED.kubeletMilliCpus.length) * RESERVED.kubeletMilliCpusBeyond;

/** Room of a node for pods beside its DaemonSets. */
export const nodeRoom = (vcpus: number): Room => ({
  milliCpus: Math.floor(vcpus * 1000 - kubeletMilliCpus(vcpus) - DAEMON_SETS.milliCpus),
  mib: Math.floor(
    vcpus * GIB_PER_CPU * 1024 * (1 - RESERVED.hypervisorShare) -
      RESERVED.kubeletMib -
      RESERVED.evictionMib -
      DAEMON_SETS.mib,
  ),
});

/** Thousandths of a CPU that a pod leaves free on a node: what four vCPUs reserve, 140, and as much again. */
const SPARED_MILLI_CPUS = 300;

/** CPU request of a pod to which upstream gives whole cores: without the cores that its node reserves, or it fits no node. */
export const wholeNodeCpu = (cores: number): string => `${cores * 1000 - SPARED_MILLI_CPUS}m`;

/** CPU request of a pod that shares such a node with another of its size. */
export const halfNodeCpu = (cores: number): string => `${cores * 1000 - SPARED_MILLI_CPUS / 2}m`;

/** Requests of a pod as room. */
export const roomOf = ({ cpu, memory }: Requests): Room => ({
  milliCpus: Math.round(cpus(cpu) * 1000),
  mib: Math.ceil(gib(memory) * 1024),
});

const fits = (need: Room, free: Room): boolean => need.milliCpus <= free.milliCpus && need.mib <= free.mib;

const half = ({ milliCpus, mib }: Room): Room => ({ milliCpus: milliCpus / 2, mib: mib / 2 });

/**
 * vCPUs of nodes that a pod takes: half of a smallest node, or the whole of the smallest that it fits. Two halves share a node,
 * and a node of eight has room for whatever two of four have, so shares can be added up in any order.
 * @returns undefined for a pod that no node of the pool has room for.
 */
export function shareOf(requests: Requests, maxNodeCpus?: number): number | undefined {
  const need = roomOf(requests);
  if (fits(need, half(nodeRoom(SMALLEST_NODE_CPUS)))) return SMALLEST_NODE_CPUS / 2;
  return nodeSizes(maxNodeCpus).find(size => fits(need, nodeRoom(size)));
}

/** vCPUs of whole nodes that hold so many vCPUs. */
export const wholeNodes = (vcpus: number): number => Math.ceil(vcpus / SMALLEST_NODE_CPUS) * SMALLEST_NODE_CPUS;

/** A node with the pods on it. */
export interface PackedNode {
  /** Size of the node in vCPUs. */
  readonly vcpus: number;
  /** Names of the pods' groups, one for each pod. */
  readonly pods: string[];
  /** Room that is left. */
  free: Room;
}

/**
 * Packs pods onto the smallest nodes that hold them, each on the first node with room. Groups with `perNode` come first, and the
 * largest first among them and among the rest. Pods that fit no node are left out, see `tooLargeProblem`.
 */
export function pack(groups: readonly PodGroup[], maxNodeCpus?: number): PackedNode[] {
  const nodes: PackedNode[] = [];
  for (const group of [
    ...largestFirst(groups.filter(isApart)),
    ...largestFirst(groups.filter(group => !isApart(group))),
  ])
    for (let replica = 0; replica < group.replicas; replica++) place(group, nodes, maxNodeCpus);
  return nodes;
}

const isApart = ({ perNode }: PodGroup): boolean => perNode !== undefined;

const largestFirst = (groups: readonly PodGroup[]): PodGroup[] =>
  groups.toSorted((a, b) => roomOf(b.requests).milliCpus - roomOf(a.requests).milliCpus);

function place(group: PodGroup, nodes: PackedNode[], maxNodeCpus: number | undefined): void {
  const need = roomOf(group.requests);
  const vcpus = nodeSizes(maxNodeCpus).find(size => fits(need, nodeRoom(size)));
  if (vcpus === undefined) return;
  const found = nodes.find(node => fits(need, node.free) && mayTake(node, group));
  const node = found ?? { vcpus, pods: [], free: nodeRoom(vcpus) };
  if (!found) nodes.push(node);
  put(group, node);
}

const mayTake = ({ pods }: PackedNode, { name, perNode = Number.POSITIVE_INFINITY }: PodGroup): boolean =>
  pods.filter(pod => pod === name).length < perNode;

function put({ name, requests }: PodGroup, node: PackedNode): void {
  const { milliCpus, mib } = roomOf(requests);
  node.pods.push(name);
  node.free = { milliCpus: node.free.milliCpus - milliCpus, mib: node.free.mib - mib };
}

/** Sum of the nodes' vCPUs. */
export const vcpusOf = (nodes: readonly PackedNode[]): number => nodes.reduce((sum, { vcpus }) => sum + vcpus, 0);

/** vCPUs that a part of the product takes of the pool. */
export interface SystemNeed {
  /** The part in messages: `the platform`, `6 endpoint pickers`. */
  readonly who: string;
  /** Size of the nodes that the part needs, in vCPUs. */
  readonly vcpus: number;
}

const PATH = "llmd-infra:systemPool";
const DEPLOY = 'and run "pulumi -C infra up"';

/**
 * Problems of a pool without room for all of them.
 * @param otherwise further remedy: `, or serve fewer models`.
 */
export function systemPoolProblems(limits: SystemPoolLimits, needs: readonly SystemNeed[], otherwise = ""): string[] {
  const { maxCpus, maxMemoryGiB } = limits;
  const vcpus = wholeNodes(needs.reduce((sum, need) => sum + need.vcpus, 0));
  const memory = vcpus * GIB_PER_CPU;
  const list = needs.map(need => `${need.vcpus} for ${need.who}`).join(", ");
  return [
    ...(maxCpus >= vcpus
      ? []
      : [
          `"${PATH}.maxCpus": ${maxCpus} is too small: nodes of ${vcpus} vCPUs are needed (${list}). ` +
            `Set it to ${vcpus} or more ${DEPLOY}${otherwise}`,
        ]),
    ...(maxMemoryGiB >= memory
      ? []
      : [
          `"${PATH}.maxMemoryGiB": ${maxMemoryGiB} is too small: nodes of ${vcpus} vCPUs have ${memory} GiB. ` +
            `Set it to ${memory} or more ${DEPLOY}${otherwise}`,
        ]),
  ];
}

/** Problem of a pod that fits no node of the pool even alone; `undefined` where it fits. */
export function tooLargeProblem(who: string, requests: Requests, maxNodeCpus?: number): string | undefined {
  if (shareOf(requests, maxNodeCpus) !== undefined) return undefined;
  const largest = nodeSizes(maxNodeCpus).at(-1) ?? SMALLEST_NODE_CPUS;
  const right = nodeSizes(Number.POSITIVE_INFINITY).find(size => fits(roomOf(requests), nodeRoom(size)));
  const remedy = right === undefined ? "No node has room for it" : `Set it to ${right} ${DEPLOY}`;
  return (
    `"${PATH}.maxNodeCpus": ${largest} is too small: ${who} asks for ${inWords(roomOf(requests))}, a node of ${largest} ` +
    `vCPUs has room for ${inWords(nodeRoom(largest))}. ${remedy}`
  );
}

const inWords = ({ milliCpus, mib }: Room): string =>
  `${milliCpus / 1000} CPUs and ${Math.round((mib / 1024) * 10) / 10} GiB`;
