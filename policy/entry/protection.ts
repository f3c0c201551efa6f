/** Protection of the requests that a Gateway takes from the internet: TLS and tokens. */
import type { PolicyResource } from "@pulumi/policy";
import { LABELS } from "../../catalog/serving";
import { type Exposed, type ExposedPort, GATEWAY, type GatewayName } from "./exposed";
import type { AccessRule, GatewayProps, Listener, ParentRef, PolicyProps, RouteProps, RouteRule } from "./objects";

const REQUEST_AUTHENTICATION = /^kubernetes:security\.istio\.io\/v1(beta1)?:RequestAuthentication$/;
const AUTHORIZATION_POLICY = /^kubernetes:security\.istio\.io\/v1(beta1)?:AuthorizationPolicy$/;
/** Routes of every kind. Only an HTTPRoute can redirect. */
const ROUTE = /^kubernetes:gateway\.networking\.k8s\.io\/[^:]+:[A-Z]+Route$/;

interface Protection {
  /** Whether the Gateway is in this stack. */
  readonly hasGateway: boolean;
  /** Ports that lead to no listener of the Gateway, so that no policy checks their requests. */
  readonly portsWithoutListener: readonly ExposedPort[];
  /** Ports whose requests go on without TLS. */
  readonly plaintextPorts: readonly ExposedPort[];
  /** Whether the Gateway checks tokens that it gets. */
  readonly checksTokens: boolean;
  /** Whether the Gateway rejects requests without a token. */
  readonly requiresTokens: boolean;
  /** Ports of listeners on which a policy allows requests without a token. */
  readonly openPorts: readonly string[];
}

const NOTHING: Protection = {
  hasGateway: false,
  portsWithoutListener: [],
  plaintextPorts: [],
  checksTokens: false,
  requiresTokens: false,
  openPorts: [],
};

export function protectionOf({ ports, gateway }: Exposed, resources: readonly PolicyResource[]): Protection {
  const found = gateway && propsOf<GatewayProps>(resources, GATEWAY).find(isNamed(gateway));
  if (!found) return NOTHING;
  const listeners = found.spec?.listeners ?? [];
  const redirects = (port: number) => isRedirected(port, gateway, listeners, resources);
  const led = ports.filter(({ targetPort }) => listeners.some(({ port }) => port === targetPort));
  return {
    hasGateway: true,
    portsWithoutListener: ports.filter(port => !led.includes(port)),
    plaintextPorts: led.filter(
      ({ terminatesTls, targetPort = 0 }) => !terminatesTls && !hasTls(targetPort, listeners) && !redirects(targetPort),
    ),
    ...tokensOf(gateway, resources, redirects),
  };
}

const propsOf = <Props>(resources: readonly PolicyResource[], type: RegExp): Props[] =>
  resources.filter(resource => type.test(resource.type)).map(({ props }) => props as Props);

const isNamed =
  (gateway: GatewayName) =>
  ({ metadata }: GatewayProps): boolean =>
    metadata?.name === gateway.name && metadata.namespace === gateway.namespace;

/** Whether all listeners of a port terminate TLS. Listeners of several host names share a port. */
const hasTls = (port: number, listeners: readonly Listener[]): boolean =>
  listeners
    .filter(listener => listener.port === port)
    .every(({ protocol, tls }) => protocol === "HTTPS" && (tls?.certificateRefs ?? []).length > 0);

/** Whether every route of a port only redirects to https. A port without routes does not count: other stacks may add some. */
function isRedirected(
  port: number,
  gateway: GatewayName,
  listeners: readonly Listener[],
  resources: readonly PolicyResource[],
): boolean {
  const at = listeners.filter(listener => listener.port === port);
  const routes = propsOf<RouteProps>(resources, ROUTE).filter(route =>
    (route.spec?.parentRefs ?? []).some(
      parent => leadsTo(parent, route, gateway) && at.some(listener => isAt(parent, listener)),
    ),
  );
  return routes.length > 0 && routes.every(({ spec }) => (spec?.rules ?? [{}]).every(onlyRedirects));
}

const leadsTo = ({ name, namespace }: ParentRef, { metadata }: RouteProps, gateway: GatewayName): boolean =>
  name === gateway.name && (namespace ?? metadata?.namespace) === gateway.namespace;

/** Whether a route is at a listener. One that names neither listener nor port is at all of them. */
const isAt = ({ sectionName, port }: ParentRef, listener: Listener): boolean =>
  (sectionName === undefined || sectionName === listener.name) && (port === undefined || port === listener.port);

const onlyRedirects = ({ filters, backendRefs }: RouteRule): boolean =>
  (backendRefs ?? []).length === 0 &&
  (filters ?? []).some(
    ({ type, requestRedirect }) => type === "RequestRedirect" && requestRedirect?.scheme === "https",
  );

function tokensOf(
  gateway: GatewayName,
  resources: readonly PolicyResource[],
  redirects: (port: number) => boolean,
): Pick<Protection, "checksTokens" | "requiresTokens" | "openPorts"> {
  const checks = propsOf<PolicyProps>(resources, REQUEST_AUTHENTICATION).filter(policy => targets(policy, gateway));
  // A policy without an action allows. A request that one of them allows cannot be rejected by another.
  const allowing = propsOf<PolicyProps>(resources, AUTHORIZATION_POLICY).filter(
    policy => (policy.spec?.action ?? "ALLOW") === "ALLOW" && appliesTo(policy, gateway),
  );
  const rules = allowing.flatMap(({ spec }) => spec?.rules ?? []);
  const tokenless = rules.filter(rule => !requiresToken(rule));
  return {
    checksTokens: checks.some(({ spec }) => (spec?.jwtRules ?? []).length > 0),
    requiresTokens:
      allowing.some(policy => targets(policy, gateway) && (policy.spec?.rules ?? []).some(requiresToken)) &&
      tokenless.every(isOfPorts),
    openPorts: [...new Set(tokenless.filter(isOfPorts).flatMap(portsOf))].filter(port => !redirects(Number(port))),
  };
}

function targets({ metadata, spec }: PolicyProps, gateway: GatewayName): boolean {
  const all = [...(spec?.targetRefs ?? []), ...(spec?.targetRef ? [spec.targetRef] : [])];
  return (
    metadata?.namespace === gateway.namespace &&
    all.some(({ kind, name }) => kind === "Gateway" && name === gateway.name)
  );
}

/** Whether a policy applies to a Gateway. Without a target, it applies to every pod of its namespace that its selector matches. */
function appliesTo(policy: PolicyProps, gateway: GatewayName): boolean {
  const { metadata, spec } = policy;
  if (spec?.targetRef || (spec?.targetRefs ?? []).length > 0) return targets(policy, gateway);
  const selected = spec?.selector?.matchLabels?.[LABELS.gateway] ?? gateway.name;
  return metadata?.namespace === gateway.namespace && selected === gateway.name;
}

const requiresToken = ({ from }: AccessRule): boolean =>
  (from ?? []).length > 0 && (from ?? []).every(({ source }) => (source?.requestPrincipals ?? []).length > 0);

const isOfPorts = ({ to }: AccessRule): boolean =>
  (to ?? []).length > 0 && (to ?? []).every(({ operation }) => (operation?.ports ?? []).length > 0);

const portsOf = ({ to }: AccessRule): readonly string[] =>
  (to ?? []).flatMap(({ operation }) => operation?.ports ?? []);
