/**
 * Reads the configuration that istiod sends to a gateway's proxy. The condition `Accepted` does not show the effect of
 * EnvoyFilters, timeouts, TLS and token settings: listeners, routes and clusters do. They are requested as the proxy would
 * (Envoy's aggregated discovery service). istiod, which knows Envoy's messages, then prints them as JSON.
 */
import { setTimeout as sleep } from "node:timers/promises";
import * as grpc from "@grpc/grpc-js";
import { BinaryReader, BinaryWriter } from "google-protobuf";
import { request } from "undici";
import { PINS } from "../../catalog/versions";
import { toStruct, type WireObject } from "../doubles/protocol/wire";
import { grpcOptions } from "../grpc";
import type { Istiod } from "./istiod";

/** A Gateway of class `istio`. */
export interface GatewayName {
  /** Gateway's `metadata.name`. */
  readonly gateway: string;
  /** Gateway's namespace. */
  readonly namespace: string;
}

/** Envoy's configuration in the JSON form of its messages: `httpFilters` is what its reference calls `http_filters`. */
export interface ProxyConfig {
  /** Envoy listeners: the ports that the proxy opens. */
  readonly listeners: readonly WireObject[];
  /** Route configurations the listeners refer to. */
  readonly routes: readonly WireObject[];
  /** Envoy clusters: the backends that routes refer to. */
  readonly clusters: readonly WireObject[];
}

/** @throws Error when istiod does not answer in time, or has no listeners for the Gateway. */
export async function proxyConfig(istiod: Istiod, name: GatewayName): Promise<ProxyConfig> {
  const proxy = new ProxyStream(istiod, name);
  try {
    await proxy.subscribe(CLUSTERS, []);
    await proxy.subscribe(LISTENERS, []);
    const routes = routeNames(await proxy.listeners());
    if (routes.length > 0) await proxy.subscribe(ROUTES, routes);
    return await proxy.config();
  } finally {
    proxy.close();
  }
}

/** The HTTP connection managers of all listeners, in order. */
export const connectionManagers = (listeners: readonly WireObject[]): WireObject[] =>
  objectsIn([...listeners]).filter(({ "@type": type }) => String(type).endsWith(".HttpConnectionManager"));

/** `envoy.admin.v3.ConfigDump`, by far not all of it. */
interface ConfigDump {
  readonly configs: readonly {
    readonly dynamicActiveClusters?: readonly { readonly cluster: WireObject }[];
    readonly dynamicListeners?: readonly { readonly activeState: { readonly listener: WireObject } }[];
    readonly dynamicRouteConfigs?: readonly { readonly routeConfig: WireObject }[];
  }[];
}

const parsed = ({ configs }: ConfigDump): ProxyConfig => ({
  listeners: configs.flatMap(({ dynamicListeners = [] }) => dynamicListeners.map(each => each.activeState.listener)),
  routes: configs.flatMap(({ dynamicRouteConfigs = [] }) => dynamicRouteConfigs.map(each => each.routeConfig)),
  clusters: configs.flatMap(({ dynamicActiveClusters = [] }) => dynamicActiveClusters.map(each => each.cluster)),
});

const routeNames = (listeners: readonly WireObject[]): string[] => {
  const names = connectionManagers(listeners).flatMap(({ rds }) =>
    rds === undefined ? [] : [String((rds as WireObject).routeConfigName)],
  );
  return [...new Set(names)];
};

/** Every object within the value, itself included. */
export function objectsIn(value: WireObject[string]): WireObject[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  if (value === null || typeof value !== "object") return [];
  return [value, ...Object.values(value).flatMap(objectsIn)];
}

const TYPES = "type.googleapis.com/envoy";
const CLUSTERS = `${TYPES}.config.cluster.v3.Cluster`;
const LISTENERS = `${TYPES}.config.listener.v3.Listener`;
const ROUTES = `${TYPES}.config.route.v3.RouteConfiguration`;

const METHOD = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";
const ANSWER_TIMEOUT_MS = 10_000;

/** Names differ, so that several can ask at once. */
let proxies = 0;

/** One stream to istiod, which keeps the configuration of its proxy as long as the stream is open. */
class ProxyStream {
  private readonly pod: string;
  private readonly client: grpc.Client;
  private readonly stream: grpc.ClientDuplexStream<DiscoveryRequest, DiscoveryResponse>;
  private readonly waiting = new Map<string, { answered(): void; failed(error: Error): void }>();
  private readonly subscribed = new Map<string, readonly string[]>();

  constructor(
    private readonly istiod: Istiod,
    private readonly name: GatewayName,
  ) {
    this.pod = `${name.gateway}-rehearsal-${++proxies}`;
    this.client = new grpc.Client(istiod.proxiesAddress, grpc.credentials.createInsecure(), grpcOptions);
    this.stream = this.client.makeBidiStreamRequest(METHOD, encode, decode);
    this.stream.on("data", (response: DiscoveryResponse) => this.acknowledge(response));
    this.stream.on("error", (error: Error) => this.fail(error));
  }

  /** Asks for the resources of a type, all of them or the named ones, and waits for the answer. */
  async subscribe(typeUrl: string, resourceNames: readonly string[]): Promise<void> {
    this.subscribed.set(typeUrl, resourceNames);
    await new Promise<void>((resolve, reject) => {
      const late = () => reject(new Error(`istiod does not answer a proxy that asks for ${typeUrl}`));
      const timer = setTimeout(late, ANSWER_TIMEOUT_MS);
      const settle = (then: () => void) => () => {
        clearTimeout(timer);
        then();
      };
      this.waiting.set(typeUrl, { answered: settle(resolve), failed: error => settle(() => reject(error))() });
      this.stream.write({ typeUrl, resourceNames, node: this.node() });
    });
  }

  /** The configuration that istiod has for this proxy, limited to its subscriptions. */
  async config(): Promise<ProxyConfig> {
    const url = `${this.istiod.url}/debug/config_dump?proxyID=${this.pod}.${this.name.namespace}`;
    const { statusCode, body } = await request(url);
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`istiod's ${url} answers ${statusCode}: ${text}`);
    return parsed(JSON.parse(text) as ConfigDump);
  }

  /** The listeners, once there are any: istiod has to have read the Gateway's Service, which it makes itself. */
  async listeners(): Promise<readonly WireObject[]> {
    const deadline = Date.now() + ANSWER_TIMEOUT_MS;
    for (;;) {
      const { listeners } = await this.config();
      if (listeners.length > 0) return listeners;
      const { namespace, gateway } = this.name;
      if (Date.now() > deadline) throw new Error(`istiod has no listeners for Gateway ${namespace}/${gateway}`);
      await sleep(100);
    }
  }

  close(): void {
    this.stream.cancel();
    this.client.close();
  }

  private acknowledge({ typeUrl, version, nonce }: DiscoveryResponse): void {
    this.stream.write({ typeUrl, version, nonce, resourceNames: this.subscribed.get(typeUrl) ?? [] });
    this.waiting.get(typeUrl)?.answered();
    this.waiting.delete(typeUrl);
  }

  private fail(error: Error): void {
    for (const { failed } of this.waiting.values()) failed(error);
    this.waiting.clear();
  }

  /** The description that a gateway's pod sends of itself. istiod finds its Gateway and its Service by the labels. */
  private node(): ProxyNode {
    const { gateway, namespace } = this.name;
    return {
      id: `router~${ADDRESS}~${this.pod}.${namespace}~${namespace}.svc.cluster.local`,
      metadata: {
        CLUSTER_ID: "Kubernetes",
        INSTANCE_IPS: ADDRESS,
        ISTIO_VERSION: PINS.istio.version,
        LABELS: {
          "gateway.networking.k8s.io/gateway-class-name": "istio",
          "gateway.networking.k8s.io/gateway-name": gateway,
          "service.istio.io/canonical-name": `${gateway}-istio`,
        },
        NAME: this.pod,
        NAMESPACE: namespace,
        SERVICE_ACCOUNT: `${gateway}-istio`,
        WORKLOAD_NAME: `${gateway}-istio`,
      },
    };
  }
}

/** Address of the proxy, from a range for documentation (RFC 5737). */
const ADDRESS = "192.0.2.1";

interface ProxyNode {
  readonly id: string;
  readonly metadata: WireObject;
}

interface DiscoveryRequest {
  readonly typeUrl: string;
  readonly resourceNames: readonly string[];
  /** Sent in a stream's first request only. */
  readonly node?: ProxyNode;
  /** Version that is acknowledged. */
  readonly version?: string;
  readonly nonce?: string;
}

interface DiscoveryResponse {
  readonly typeUrl: string;
  readonly version: string;
  readonly nonce: string;
}

/** `envoy.service.discovery.v3.DiscoveryRequest`, field by field. */
function encode({ typeUrl, resourceNames, node, version = "", nonce = "" }: DiscoveryRequest): Buffer {
  const writer = new BinaryWriter();
  writer.writeString(1, version);
  if (node)
    writer.writeMessage(2, node, ({ id, metadata }) => {
      writer.writeString(1, id);
      writer.writeBytes(3, toStruct(metadata).serializeBinary());
    });
  writer.writeRepeatedString(3, [...resourceNames]);
  writer.writeString(4, typeUrl);
  writer.writeString(5, nonce);
  return Buffer.from(writer.getResultBuffer());
}

/** `envoy.service.discovery.v3.DiscoveryResponse` but for the resources, which istiod decodes. */
function decode(bytes: Buffer): DiscoveryResponse {
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, string>();
  while (reader.nextField() && !reader.isEndGroup()) {
    const field = reader.getFieldNumber();
    if (field === 1 || field === 4 || field === 5) fields.set(field, reader.readString());
    else reader.skipField();
  }
  const [version = "", typeUrl = "", nonce = ""] = [1, 4, 5].map(field => fields.get(field));
  return { typeUrl, version, nonce };
}
