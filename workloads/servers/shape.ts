/** Serving paths, and the servers of one role as plain data, of which the shared conventions make pods. */
import type * as k8s from "@pulumi/kubernetes";
import type { RevisionKey } from "../names";
import type { PickerConfig } from "../picker/config";
import type { RevisionDraft, RevisionPlan, RoleDraft } from "../plan";
import type { PathRole, SizeKey } from "./roles";

export type Container = k8s.types.input.core.v1.Container;
export type EnvVar = k8s.types.input.core.v1.EnvVar;
export type Affinity = k8s.types.input.core.v1.Affinity;

export interface Port {
  /** Name of the port, by which probes and monitors refer to it. */
  readonly name: string;
  /** Port that the container listens on. */
  readonly containerPort: number;
}

/** HTTP probe of kubelet; its times come from the conventions and the model's startup budget. */
export interface Probe {
  /** URL path that kubelet gets: any status from 200 to 399 is a success. */
  readonly path: string;
  /** Seconds between two probes. */
  readonly periodSeconds: number;
  /** Seconds that an answer may take. */
  readonly timeoutSeconds: number;
  /** Failures in a row after which kubelet acts. */
  readonly failureThreshold: number;
}

export interface Probes {
  /** Name of the port that answers. */
  readonly port: string;
  /** Probe until the first success; the other two wait for it. The delay before it is in seconds. @default 0 */
  readonly startup: Probe & { readonly initialDelaySeconds?: number };
  /** Probe that restarts the container when it fails. */
  readonly liveness: Probe;
  /** Probe that keeps requests from the pod while it fails. */
  readonly readiness: Probe;
}

/** Kubernetes quantities by resource: `cpu`, `memory`, `nvidia.com/gpu`, … */
export type Quantities = Readonly<Record<string, string>>;

/** The pods of one role's servers. */
export interface ServerShape {
  /** Image of the server's container. */
  readonly image: string;
  /** Start of the container's command line; the model and all arguments follow. */
  readonly command: readonly string[];
  /** vLLM's arguments that are the path's own. */
  readonly args: readonly string[];
  /** Variables that are the path's own. */
  readonly env: readonly EnvVar[];
  /** Ports that the server's container listens on. */
  readonly ports: readonly Port[];
  /** Probes of the server's container. */
  readonly probes: Probes;
  /** Quantities that the scheduler reserves for the server's container, GPUs and EFA interfaces among them. */
  readonly requests: Quantities;
  /** Quantities that the server's container may not exceed. */
  readonly limits: Quantities;
  /** Limit of /dev/shm, through which the workers of one server exchange tensors. */
  readonly sharedMemory: `${number}Gi`;
  /** Folders of kernels compiled while starting, for the next start of the same pod. */
  readonly compileCaches: readonly CacheFolder[];
  /** Linux capabilities on top of the container runtime's. */
  readonly capabilities: readonly string[];
  /** Containers that start before the server and run as long as it does. */
  readonly sidecars: readonly Container[];
  /** Labels of the pods beside those that all servers have. */
  readonly labels: Readonly<Record<string, string>>;
  /** @default - none */
  readonly affinity?: Affinity;
}

export interface CacheFolder {
  /** Name of the volume. */
  readonly name: string;
  /** Absolute path of the folder in the container. */
  readonly mountPath: string;
}

/** An object of a path beside servers, pool and picker: plain data, made in the models' namespace. */
export interface ExtraObject {
  /** Kind of the object, the only one that paths make so far. */
  readonly kind: "Service";
  /** Name of the object, unique in the models' namespace. */
  readonly name: string;
  /** Annotations of the object, such as those that tell Pulumi not to wait for it. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Spec of the Service: its ports, and the pods that it selects. */
  readonly spec: k8s.types.input.core.v1.ServiceSpec;
}

/** True, or why not: a clause that begins a message. */
type Supported = true | string;

/** Names that a model may not set itself, each with where to say it instead; one ends with `*` where it stands for several. */
export type Reserved = Readonly<Record<string, string>>;

/** One way to serve a model: everything that tells it from the others. A file of `paths/` each. */
export interface ServingPath {
  /** Upstream's name of it, value of the label `llm-d.ai/guide`. */
  readonly guide: string;
  /** Kind of the object that makes the pods; a LeaderWorkerSet where one server is several pods. */
  readonly kind: "Deployment" | "LeaderWorkerSet";
  /**
   * How a change of the pods reaches them. `oneByOne`: each server works alone, so old and new may run side by side.
   * `together`: servers hand caches to each other, so all of both roles go before the first new one comes.
   */
  readonly rollout: "oneByOne" | "together";
  /** Transfer of caches from a role's servers to the other's: by NIXL over EFA, or none. */
  readonly cacheTransfer: "nixl" | "none";
  /** Keys of a model that size its servers; all other such keys are refused. */
  readonly sizeKeys: readonly SizeKey[];
  /** In the order decode, prefill. With one role, its servers prefill and decode. */
  readonly roles: readonly [PathRole, ...PathRole[]];
  /** True where a pod takes all GPUs of its node, so that nodes must have as many as it. */
  readonly wholeNodes: boolean;
  /** True where a model's experts are spread over all GPUs of a server, so that it must have experts. */
  readonly spreadsExperts: boolean;
  /** True where requests start and stop servers, or the reason why not. */
  readonly scaledByRequests: Supported;
  /** True where a model may have LoRA adapters, or the reason why not. */
  readonly adapters: Supported;
  /** True where the picker may choose by token load, which is then the default, or the reason why not. */
  readonly tokenLoad: Supported;
  /** True where GPUs of a server share a stream of weights, or the reason why not. */
  readonly sharedStream: Supported;
  /**
   * How the picker tells that servers are busy. `utilization`: by their queues and caches, its default. `concurrency`: by
   * requests in flight, where prefill and decode are apart.
   */
  readonly saturation: "utilization" | "concurrency";
  /** Arguments of vLLM that are this path's alone. */
  readonly reservedArgs: Reserved;
  /** Variables of the servers' environment that are this path's alone. */
  readonly reservedEnv: Reserved;
  /** Ports of a pod among which the picker chooses, each an endpoint of its own. */
  targetPorts(plan: RevisionPlan): readonly number[];
  /** Builds the configuration of the revision's picker: the plugins and profiles that suit the path. */
  pickerConfig(plan: RevisionPlan): PickerConfig;
  /** Called once for each role, by the planning: everything else reads `server` of the role. */
  server(plan: RevisionDraft, role: RoleDraft): ServerShape;
  /** Objects of a revision beside servers, pool and picker. */
  extraObjects(key: RevisionKey): readonly ExtraObject[];
}

/** Serving paths by their names in the stack file. */
export type Paths = Readonly<Record<string, ServingPath>>;

/** @throws Error for a name that is none of them; settings take no other. */
export function servingPathOf(paths: Paths, name: string): ServingPath {
  const path = paths[name];
  if (path === undefined) throw new Error(`there is no serving path "${name}"`);
  return path;
}

/** Whatever a model's path, it may not be given what any path sets. */
export const reservedIn = (paths: Paths, ours: Reserved, ofPath: (path: ServingPath) => Reserved): Reserved =>
  Object.assign({}, ours, ...Object.values(paths).map(ofPath));

/** The reason why only the product sets a name; undefined where it does not. */
export function reservedReason(name: string, reserved: Reserved): string | undefined {
  const family = Object.keys(reserved).find(ours => ours.endsWith("*") && name.startsWith(ours.slice(0, -1)));
  return reserved[Object.hasOwn(reserved, name) ? name : (family ?? "")];
}
