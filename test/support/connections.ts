/** Connections that the rendered objects of platform and workloads make, and how network policies hold them. */
import { createHash } from "node:crypto";
import { parse } from "yaml";
import { ISTIO_PORTS, LABELS } from "../../catalog/serving";
import { NAMESPACES, type NamespaceKey } from "../../platform/namespaces";
import type { Policy } from "../../platform/networkPolicies";
import type { Registered } from "./mockedProgram";
import { podTemplateIn } from "./modelService";
import { allows, type Flow, type Host, isPeer, isPod, type Pod, type PolicyRange, selects } from "./networkPolicies";

export interface Connection extends Flow {
  readonly why: string;
  /** End of a range that begins with `port`. @default - the one port */
  readonly lastPort?: number;
}

type Labels = Readonly<Record<string, string>>;

/** A pod with its ports by name, and what its containers are told. */
export interface RenderedPod extends Pod {
  readonly ports: Readonly<Record<string, number>>;
  readonly args?: readonly string[];
  readonly env?: Labels;
  readonly account?: string;
}

interface RenderedService {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly selector: Labels;
  readonly ports: readonly { readonly name: string; readonly port: number; readonly targetPort: number }[];
}

/** What no object of ours describes: pods of charts, and hosts. */
export interface Surroundings {
  readonly pods: readonly RenderedPod[];
  readonly services: readonly RenderedService[];
  readonly prometheus: Pod;
  readonly kedaOperator: Pod;
  readonly loadBalancer: Host;
  readonly podIdentity: Host;
}

let addresses = 0;

/** An address in the cluster's range, another one at each call. */
export const nextAddress = (): string => `10.40.${1 + (++addresses >> 8)}.${addresses & 255}`;

interface Rendered {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  // biome-ignore lint/suspicious/noExplicitAny: objects of every kind, read where the kind is known
  readonly spec: any;
  readonly data: Labels;
  readonly resource: Registered;
}

function rendered(resource: Registered): Rendered {
  const { metadata = {}, spec = {}, data = {} } = resource.inputs as Partial<Record<string, Record<string, never>>>;
  const { name = "", namespace = "", labels = {}, annotations = {} } = metadata;
  return { kind: resource.type.split(":").at(-1) ?? "", name, namespace, labels, annotations, spec, data, resource };
}

/** Two pods of each workload, so that those that talk to their like are seen. */
function podsOf({ kind, name, namespace, spec, resource }: Rendered): RenderedPod[] {
  if (kind === "Gateway") {
    const ports = { "http-envoy-prom": ISTIO_PORTS.proxyMetrics };
    return [{ address: nextAddress(), namespace, labels: { [LABELS.gateway]: name }, ports }];
  }
  const template = podTemplateIn(resource);
  if (!template?.spec) return [];
  const { initContainers = [], containers = [], serviceAccountName = "" } = template.spec;
  const all = [...initContainers, ...containers];
  const labels = {
    ...template.metadata?.labels,
    ...(spec.leaderWorkerTemplate?.size > 1 && { [LABELS.group]: name }),
    ...(kind === "Job" && { [LABELS.job]: name }),
  };
  const pod = {
    namespace,
    labels,
    ports: Object.fromEntries(all.flatMap(({ ports = [] }) => ports).map(port => [port.name, port.containerPort])),
    args: all.flatMap(({ args = [] }) => args),
    env: Object.fromEntries(all.flatMap(({ env = [] }) => env).map(variable => [variable.name, variable.value ?? ""])),
    account: serviceAccountName,
  };
  return [1, 2].map(() => ({ ...pod, address: nextAddress() }));
}

const servicesOf = ({ kind, name, namespace, labels, spec }: Rendered): RenderedService[] => {
  if (kind === "Service") return [{ name, namespace, labels, selector: spec.selector, ports: spec.ports }];
  if (kind !== "Gateway") return [];
  // Istio makes one for each Gateway.
  const ports = (spec.listeners as { name: string; port: number }[]).map(({ name: listener, port }) => ({
    name: listener,
    port,
    targetPort: port,
  }));
  return [{ name: `${name}-istio`, namespace, labels: {}, selector: { [LABELS.gateway]: name }, ports }];
};

/** Every connection of the objects, as far as they tell of it. */
export function connectionsOf(registered: readonly Registered[], around: Surroundings): Connection[] {
  const objects = registered.filter(({ type }) => type.startsWith("kubernetes:")).map(rendered);
  const pods = [...objects.flatMap(podsOf), ...around.pods];
  const services = [...objects.flatMap(servicesOf), ...around.services];
  const scene: Scene = { objects, pods, services, around };
  return [
    ...objects.flatMap(object => (READERS[object.kind] ?? none)(object, scene)),
    ...groupMembers(pods),
    ...awsRights(registered, scene),
  ];
}

interface Scene {
  readonly objects: readonly Rendered[];
  readonly pods: readonly RenderedPod[];
  readonly services: readonly RenderedService[];
  readonly around: Surroundings;
}

type Reader = (object: Rendered, scene: Scene) => Connection[];

const none: Reader = () => [];

const selected = (
  pods: readonly RenderedPod[],
  namespaces: readonly string[],
  selector: Parameters<typeof selects>[0],
) => pods.filter(({ namespace, labels }) => namespaces.includes(namespace) && selects(selector, labels));

const toEach = (why: string, from: readonly (Pod | Host)[], to: readonly (Pod | Host)[], ports: readonly number[]) =>
  from.flatMap(sender => to.flatMap(receiver => ports.map(port => ({ from: sender, to: receiver, port, why }))));

/** Pods behind a Service's port, and the port they listen at. */
function behind({ pods, services }: Scene, name: string, namespace: string, port: number) {
  const service = services.find(each => each.name === name && each.namespace === namespace);
  const found = service?.ports.find(each => each.port === port);
  if (!service || !found) throw new Error(`no Service ${namespace}/${name} with the port ${port}`);
  return [selected(pods, [namespace], { matchLabels: service.selector }), [found.targetPort]] as const;
}

/** A gateway asks the picker, both ask the servers; decoding servers ask prefilling ones, and fetch their caches. */
const ofPool: Reader = ({ name, namespace, spec }, scene) => {
  const { number: pickerPort } = spec.endpointPickerRef.port;
  const gateways = selected(scene.pods, [NAMESPACES.gateway], { matchExpressions: [exists(LABELS.gateway)] });
  const [pickers, targetPorts] = behind(scene, spec.endpointPickerRef.name, namespace, pickerPort);
  const servers = selected(scene.pods, [namespace], spec.selector);
  const ports = (spec.targetPorts as { number: number }[]).map(({ number }) => number);
  const prefill = servers.filter(({ labels }) => labels[LABELS.role] === "prefill");
  const decode = servers.filter(({ labels }) => labels[LABELS.role] === "decode");
  const sidecars = decode.filter(({ args = [] }) => args.some(arg => arg.startsWith("--kv-connector=")));
  return [
    ...toEach(`a gateway asks the picker of ${name}`, gateways, pickers, targetPorts),
    ...toEach(`a request to ${name}`, gateways, servers, ports),
    ...toEach(`the picker of ${name} reads load`, pickers, servers, ports),
    ...toEach(`${name}: decode asks prefill`, sidecars, prefill, ports),
    ...decode.flatMap(from => prefill.flatMap(to => sideChannels(name, from, to))),
  ];
};

/** Every rank of a server has the side channel's port plus its number. */
function sideChannels(name: string, from: Pod, to: RenderedPod): Connection[] {
  const port = Number(to.env?.VLLM_NIXL_SIDE_CHANNEL_PORT);
  const ranks = Number(to.args?.find(arg => arg.startsWith("--data-parallel-size="))?.split("=")[1] ?? 1);
  return [{ from, to, port, lastPort: port + ranks - 1, why: `${name}: caches move to decode` }];
}

const exists = (key: string) => ({ key, operator: "Exists" }) as const;

/** Prometheus reads every port that a monitor names; fails for one that nobody has. */
const ofMonitor: Reader = ({ kind, name, namespace, spec }, scene) => {
  const namespaces: string[] = spec.namespaceSelector?.matchNames ?? [namespace];
  const wanted: string[] = (spec.podMetricsEndpoints ?? spec.endpoints).map(({ port }: { port: string }) => port);
  const found =
    kind === "PodMonitor"
      ? selected(scene.pods, namespaces, spec.selector).flatMap(pod =>
          wanted.flatMap(port =>
            toEach(`metrics of ${name}`, [scene.around.prometheus], [pod], listed(pod.ports[port])),
          ),
        )
      : scene.services
          .filter(service => namespaces.includes(service.namespace) && selects(spec.selector, service.labels))
          .flatMap(service => service.ports.filter(port => wanted.includes(port.name)).map(port => ({ service, port })))
          .flatMap(({ service, port }) =>
            toEach(
              `metrics of ${name}`,
              [scene.around.prometheus],
              ...behind(scene, service.name, service.namespace, port.port),
            ),
          );
  if (found.length === 0) throw new Error(`${kind} ${name} finds nothing to read`);
  return found;
};

const listed = (port: number | undefined): number[] => (port === undefined ? [] : [port]);

/** Addresses in a picker's configuration: the renderer's, and the port of cache events. */
const ofConfigMap: Reader = ({ namespace, data }, scene) => {
  const config = parse(data["picker.yaml"] ?? "{}");
  const [mount] = scene.objects.filter(({ spec }) => namesConfig(spec, data));
  if (!mount) return [];
  const pickers = selected(scene.pods, [namespace], mount.spec.selector);
  const pool = scene.objects.find(({ kind, name }) => kind === "InferencePool" && `${name}-epp` === mount.name);
  const servers = pool ? selected(scene.pods, [namespace], pool.spec.selector) : [];
  // biome-ignore lint/suspicious/noExplicitAny: parameters of every plugin
  return (config.plugins as any[]).flatMap(({ parameters: { vllm, kvEventsConfig } = {} }) => [
    ...(vllm ? toUrl("tokens of prompts", pickers, vllm.url, namespace, scene) : []),
    ...toEach("what caches hold", pickers, servers, listed(kvEventsConfig?.podDiscoveryConfig.socketPort)),
  ]);
};

const namesConfig = (spec: Rendered["spec"], data: Labels): boolean =>
  data["picker.yaml"] !== undefined &&
  spec.template?.metadata?.annotations?.["llmd/config-sha256"] === digest(data["picker.yaml"]);

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

function toUrl(why: string, from: readonly Pod[], url: string, namespace: string, scene: Scene): Connection[] {
  const { hostname, port } = new URL(url);
  const [name = "", inNamespace = namespace] = hostname.split(".");
  return toEach(why, from, ...behind(scene, name, inNamespace, Number(port || 80)));
}

/** Clusters of Envoy that a filter asks. */
const ofFilter: Reader = ({ name, namespace, spec }, scene) => {
  const gateways = (spec.targetRefs as { name: string }[]).map(target => ({ [LABELS.gateway]: target.name }));
  const from = gateways.flatMap(matchLabels => selected(scene.pods, [namespace], { matchLabels }));
  return [...JSON.stringify(spec).matchAll(/outbound\|(\d+)\|\|([a-z0-9-]+)\.([a-z0-9-]+)\.svc/g)].flatMap(
    ([, port, service = "", inNamespace = ""]) =>
      toEach(`filter ${name}`, from, ...behind(scene, service, inNamespace, Number(port))),
  );
};

/** Routes to Services; those to pools are in the pools. */
const ofRoute: Reader = ({ namespace, spec }, scene) =>
  // biome-ignore lint/suspicious/noExplicitAny: rules of every route
  (spec.rules as any[]).flatMap(({ backendRefs = [] }) =>
    // biome-ignore lint/suspicious/noExplicitAny: as above
    (backendRefs as any[])
      .filter(({ kind }) => kind !== "InferencePool")
      .flatMap(({ name, port, namespace: inNamespace = namespace }) => {
        const gateways = (spec.parentRefs as { name: string }[]).map(parent => ({ [LABELS.gateway]: parent.name }));
        const from = gateways.flatMap(matchLabels => selected(scene.pods, [namespace], { matchLabels }));
        return toEach("a request to the gateway", from, ...behind(scene, name, inNamespace, port));
      }),
  );

/** Clients and the load balancer that a Service asks for. */
const ofService: Reader = ({ name, namespace, annotations, spec }, scene) => {
  if (spec.type !== "LoadBalancer") return [];
  const { loadBalancer } = scene.around;
  const clients = (spec.loadBalancerSourceRanges as string[]).map(range => ({ address: range.split("/")[0] ?? "" }));
  const pods = selected(scene.pods, [namespace], { matchLabels: spec.selector });
  const health = Number(annotations["service.beta.kubernetes.io/aws-load-balancer-healthcheck-port"]);
  return [
    ...(spec.ports as { port: number }[]).flatMap(({ port }) =>
      toEach("clients", clients, ...behind(scene, name, namespace, port)),
    ),
    ...toEach("health checks", [loadBalancer], pods, [health]),
  ];
};

const ofScaler: Reader = ({ namespace, spec }, scene) =>
  (spec.triggers as { metadata: { serverAddress?: string } }[]).flatMap(({ metadata: { serverAddress } }) =>
    serverAddress === undefined ? [] : toUrl("KEDA asks", [scene.around.kedaOperator], serverAddress, namespace, scene),
  );

const READERS: Readonly<Record<string, Reader>> = {
  InferencePool: ofPool,
  PodMonitor: ofMonitor,
  ServiceMonitor: ofMonitor,
  ConfigMap: ofConfigMap,
  EnvoyFilter: ofFilter,
  HTTPRoute: ofRoute,
  Service: ofService,
  ScaledObject: ofScaler,
};

/** NCCL opens ports as it likes, and ranks meet at one of the leader. */
const groupMembers = (pods: readonly RenderedPod[]): Connection[] =>
  pods.flatMap(from =>
    pods
      .filter(to => to !== from && from.labels[LABELS.group] && to.labels[LABELS.group] === from.labels[LABELS.group])
      .map(to => ({ from, to, port: 1024, lastPort: 65535, why: "ranks of a group" })),
  );

/** Pods whose account has a role of AWS's fetch its credentials. */
const awsRights = (registered: readonly Registered[], { pods, around }: Scene): Connection[] =>
  registered
    .filter(({ type }) => type === "aws:eks/podIdentityAssociation:PodIdentityAssociation")
    .flatMap(({ inputs }) =>
      pods.filter(pod => pod.namespace === inputs.namespace && pod.account === inputs.serviceAccount),
    )
    .flatMap(pod => toEach("credentials of AWS", [pod], [around.podIdentity], [80]));

/** The policies among the objects. */
export const policiesOf = (registered: readonly Registered[]): Policy[] =>
  registered
    .filter(({ type }) => type === "kubernetes:networking.k8s.io/v1:NetworkPolicy")
    .map(rendered)
    .map(({ name, namespace, spec }) => ({ name, namespace: keyOf(namespace), spec }));

function keyOf(namespace: string): NamespaceKey {
  const found = Object.entries(NAMESPACES).find(([, name]) => name === namespace);
  if (!found) throw new Error(`no namespace of ours: ${namespace}`);
  return found[0] as NamespaceKey;
}

const describeEnd = (end: Pod | Host): string =>
  isPod(end) ? `${end.namespace}/${Object.values(end.labels).join(",")}` : end.address;

/** Connections that the policies do not let through. */
export const refusedConnections = (policies: readonly Policy[], connections: readonly Connection[]): string[] =>
  connections
    .filter(flow => ![flow.port, flow.lastPort ?? flow.port].every(port => allows(policies, { ...flow, port })))
    .map(({ why, from, to, port }) => `${why}: ${describeEnd(from)} to ${describeEnd(to)}:${port}`);

/** Ports of rules by which nothing connects. A rule counts for a connection only where it lets all of its ports through. */
export const needlessRules = (policies: readonly Policy[], connections: readonly Connection[]): string[] =>
  policies.flatMap(policy => {
    const isOwn = (end: Pod | Host) =>
      isPod(end) && NAMESPACES[policy.namespace] === end.namespace && selects(policy.spec.podSelector, end.labels);
    const incoming = (policy.spec.ingress ?? []).flatMap(({ from, ports }) =>
      from.map(peer => [
        ports,
        connections.filter(flow => isOwn(flow.to) && isPeer(peer, policy.namespace, flow.from)),
      ]),
    );
    const outgoing = (policy.spec.egress ?? []).flatMap(({ to, ports }) =>
      to.map(peer => [ports, connections.filter(flow => isOwn(flow.from) && isPeer(peer, policy.namespace, flow.to))]),
    );
    const all = [...incoming, ...outgoing] as [PolicyRange[], Connection[]][];
    return all.flatMap(([ports, flows]) =>
      ports.flatMap(range => unused(range, flows).map(port => `${policy.namespace} ${policy.name}: ${port}`)),
    );
  });

/** The first port of the range that no connection uses. */
function unused({ port, endPort = port, protocol }: PolicyRange, flows: readonly Connection[]): number[] {
  const same = flows.filter(
    flow => (flow.protocol ?? "TCP") === protocol && flow.port >= port && (flow.lastPort ?? flow.port) <= endPort,
  );
  for (let next = port; next <= endPort; ) {
    const ends = same.filter(flow => flow.port <= next && next <= (flow.lastPort ?? flow.port));
    if (ends.length === 0) return [next];
    next = Math.max(...ends.map(flow => flow.lastPort ?? flow.port)) + 1;
  }
  return [];
}
