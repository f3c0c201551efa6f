/** The report of a rehearsal: tables for people, JSON for machines. */
import type { Limits, WorstCase } from "../catalog/cost";
import type { Renewal } from "../catalog/renewal";
import type { GpuPoolFacts, ModelEndpoint } from "../contracts/outputs";
import { renderTable } from "./table";
import { STAND_INS } from "./toolchain/charts";
import { KUBERNETES_VERSION, PULUMI_VERSION } from "./toolchain/tools";
import { countByKind, type StackWait } from "./waits";

export interface StackReport {
  /** Name of the stack's project. */
  readonly name: string;
  /** Number of created resources. */
  readonly resources: number;
  /** Seconds of preview and update. */
  readonly up: number;
  /** Seconds of the second update. */
  readonly again: number;
  /** Seconds of the destroy. @default - the stack was kept */
  readonly destroy?: number;
}

export interface Report {
  /** Name of the stack file: `dev`, `prod`, … */
  readonly stack: string;
  /** Seconds of the whole rehearsal. */
  readonly seconds: number;
  /** One row for each stack, in the order of deployment. */
  readonly stacks: readonly StackReport[];
  /** What is real, what is a double, and what is absent. */
  readonly parts: readonly Part[];
  /** Objects that a real `up` waits for. */
  readonly waits: readonly StackWait[];
  /** GPU pools that the infra stack made. */
  readonly gpuPools: readonly GpuPoolFacts[];
  /** Limits of the worst case, from the stack file. */
  readonly limits: Limits;
  /** Cost of all stacks with every ceiling full. */
  readonly worstCase: WorstCase;
  /** Cost of a renewal of nodes, which the worst case does not have. */
  readonly renewal: Renewal;
  readonly endpoints: Readonly<Record<string, ModelEndpoint>>;
  /** Id of every resource by URN: the same in every rehearsal of a stack file. */
  readonly ids: Readonly<Record<string, string>>;
  /** CRDs that Helm leaves behind on purpose when a release goes. */
  readonly keptByHelm: readonly string[];
}

export interface Part {
  /** Name of the part; two rows may have the same. */
  readonly part: string;
  /** Kind of the part: the product's own software, a stand-in for it, or nothing. */
  readonly kind: "real" | "double" | "absent";
  /** Description for a line of the report. */
  readonly what: string;
  /** Further description for docs/rehearsal.md. @default - none */
  readonly more?: string;
}

const standIns = STAND_INS.map(({ chart, standIn }) => `${chart} ${standIn}`).join(", ");
const theirPins = STAND_INS.map(({ chart, pin }) => `${chart} ${pin}`).join(", ");

/** Parts of a rehearsal: real, replaced by a double, or absent. docs/rehearsal.md has the same table. */
export const PARTS: readonly Part[] = [
  {
    part: "engine",
    kind: "real",
    what: `Pulumi ${PULUMI_VERSION} or your installed one: state, secrets, StackReferences`,
  },
  { part: "programs", kind: "real", what: "infra, platform, workloads in Node.js; roll-up in Pulumi YAML" },
  { part: "policy pack", kind: "real", what: "as bundled, enforced in previews and updates" },
  {
    part: "language host",
    kind: "double",
    what: "ours, not pulumi-language-nodejs: starts programs and pack by the SDK's scripts",
  },
  {
    part: "Kubernetes API",
    kind: "real",
    what: `kube-apiserver and kube-controller-manager ${KUBERNETES_VERSION}, etcd, on loopback`,
  },
  {
    part: "kubernetes provider",
    kind: "double",
    what: "strict server-side apply to that API server, with the real one's rules of what changed; waits for nothing",
  },
  {
    part: "CRDs",
    kind: "real",
    what: "Gateway API, Inference Extension, Karpenter, Istio, from their Go modules",
    more: "checked against `go.sum`; Istio's are of 1.30.8",
  },
  { part: "CRDs", kind: "double", what: "EKS NodeClass, llm-d: ours, from the documented fields" },
  {
    part: "Helm charts",
    kind: "real",
    what: "rendered by Helm from their Go modules, every object applied",
    more: "CRDs that Helm keeps stay after an uninstall",
  },
  {
    part: "Helm charts",
    kind: "double",
    what: `${standIns}: no Go module has their pins`,
    more: `the pins are ${theirPins}`,
  },
  { part: "Helm charts", kind: "double", what: "dcgm-exporter, gpu-operator: only their values are checked" },
  {
    part: "hooks, webhooks, APIServices",
    kind: "double",
    what: "the API server's dry run: nobody runs or answers them",
  },
  {
    part: "istiod",
    kind: "real",
    what: "a build of 2026-08: resolves gateways, routes and pools, takes every filter",
    more: "older than the fix of istio#61594, so it asks one endpoint picker for all shares of a route",
  },
  { part: "load balancers", kind: "double", what: "a Service gets the host name that EKS's controller would give it" },
  {
    part: "aws, eks providers",
    kind: "double",
    what: "a pretended account, empty at first, that refuses what AWS refuses",
  },
  {
    part: "deploying machine",
    kind: "double",
    what: "an aws CLI that says its version, an address the endpoint lets in",
  },
  { part: "random provider", kind: "double", what: "values that follow from names" },
  {
    part: "nodes, pods, proxies",
    kind: "absent",
    what: "pods are created and admitted, and stay pending: nothing is scheduled or served",
  },
  { part: "GPUs, EFA, vLLM", kind: "absent", what: "no model is loaded, no request is answered" },
  { part: "capacity, quotas, bill", kind: "absent", what: "nobody knows what AWS would have, grant or charge" },
];

export function renderReport(report: Report): string {
  const sections = [
    stackTable(report),
    waitTable(report),
    partTable(report),
    moneyTable(report),
    wrapped(`Renewal: ${lowerFirst(report.renewal.note)}`),
    endpointTable(report),
    keptLine(report),
    `Rehearsed "${report.stack}" in ${report.seconds.toFixed(1)} s: nothing was created outside this machine.`,
  ];
  return sections.filter(section => section !== "").join("\n");
}

const LINE_WIDTH = 80;

/** Breaks text into lines of at most 80 characters, between words. */
const wrapped = (text: string): string =>
  text.replace(new RegExp(`(.{1,${LINE_WIDTH}})(?: |$)`, "g"), "$1\n").trimEnd();

const seconds = (value: number | undefined): string => (value === undefined ? "kept" : value.toFixed(1));

function stackTable({ stacks }: Report): string {
  const rows = stacks.map(({ name, resources, up, again, destroy }) => [
    name,
    resources,
    seconds(up),
    seconds(again),
    seconds(destroy),
  ]);
  return renderTable(["stack", "resources", "preview + up, s", "second up, s", "destroy, s"], rows);
}

/** Counts per stack. The JSON names each object. */
function waitTable({ stacks, waits }: Report): string {
  const rows = stacks.flatMap(({ name }) => {
    const own = waits.filter(({ stack }) => stack === name);
    const longest = Math.max(...own.map(({ atMostSeconds }) => atMostSeconds));
    return own.length === 0 ? [] : [[name, countByKind(own), `${Math.ceil(longest / 60)} min`]];
  });
  return rows.length === 0 ? "" : renderTable(["stack", "a real up waits for", "for each at most"], rows);
}

const partTable = ({ parts }: Report): string =>
  renderTable(
    ["part", "", "what"],
    parts.map(({ part, kind, what }) => [part, kind, what]),
  );

/** Entry where llmd:limits has no limit. */
const UNLIMITED = "no limit";

const lowerFirst = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1);

function moneyTable({ gpuPools, worstCase, renewal, limits }: Report): string {
  const pools = gpuPools.map(
    ({ name, maxNodes, instanceType, capacityKind }) => `${name}: ${maxNodes} × ${instanceType}, ${capacityKind}`,
  );
  return renderTable(
    ["ceiling", "this stack", "llmd:limits"],
    [
      ["GPUs", `${worstCase.gpus}  (${pools.join("; ")})`, limits.gpus],
      ["US dollars an hour, worst case", worstCase.usdPerHour.toFixed(2), limits.usdPerHour],
      ["US dollars a month, worst case", worstCase.usdPerMonth.toFixed(2), limits.usdPerMonth],
      ["renewal: GPUs at the peak", worstCase.gpus + renewal.extraGpus, UNLIMITED],
      [
        "renewal: US dollars an hour at the peak",
        (worstCase.usdPerHour + renewal.extraUsdPerHour).toFixed(2),
        UNLIMITED,
      ],
      ["renewal: US dollars a month", renewal.usdPerMonth.toFixed(2), UNLIMITED],
    ],
  );
}

const endpointTable = ({ endpoints }: Report): string =>
  renderTable(
    ["model", "endpoint", "GPUs"],
    Object.values(endpoints).map(({ servedName, url, gpusMin, gpusMax }) => [
      servedName,
      url,
      `${gpusMin} to ${gpusMax}`,
    ]),
  );

const keptLine = ({ keptByHelm }: Report): string =>
  keptByHelm.length === 0
    ? ""
    : `After the destroy only what Helm keeps on purpose was left: ${keptByHelm.length} CRDs.`;
