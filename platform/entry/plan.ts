/** Where connections to the entry go: from the load balancer's ports to the gateway's listeners. */
import { ENTRY } from "../../catalog/serving";
import type { Listener } from "../gateways/customResources";
import type { OpenEntry } from "../settings/entry";

/** Secret with the certificate that cert-manager makes. */
export const CERTIFICATE_SECRET = `${ENTRY}-tls`;

/**
 * Who ends TLS: nobody, the load balancer with a certificate of ACM's, or the gateway with one of cert-manager's.
 * - `none`: clients speak plain HTTP, port 80.
 * - `loadBalancer`: 443 arrives as plain HTTP at a listener of its own, 80 at one that only redirects.
 * - `gateway`: 443 arrives as it is, 80 at the listener that only redirects.
 */
export type TlsAt = "none" | "loadBalancer" | "gateway";

export interface EntryPlan {
  readonly tlsAt: TlsAt;
  /** Listeners of the Gateway. */
  readonly listeners: readonly Listener[];
  /** The listener whose requests go on to the models. */
  readonly main: Listener;
  /** The listener that sends clients to https, where there is TLS. */
  readonly redirect?: Listener;
  /** Port of the load balancer by the listener behind it. */
  readonly ports: readonly LoadBalancerPort[];
}

export interface LoadBalancerPort {
  readonly name: string;
  readonly port: number;
  /** Of the gateway's pods: the listener's own. */
  readonly targetPort: number;
}

type Planned = Pick<OpenEntry, "hostname" | "certificateArn" | "certManager">;

export function entryPlan(settings: Planned): EntryPlan {
  const tlsAt = whereTlsEnds(settings);
  const main = mainListener(tlsAt, settings.hostname);
  const redirect = tlsAt === "none" ? undefined : plainListener("redirect", 80, settings.hostname);
  const outside = { none: 80, loadBalancer: 443, gateway: 443 }[tlsAt];
  return {
    tlsAt,
    listeners: redirect ? [main, redirect] : [main],
    main,
    ...(redirect && { redirect }),
    ports: [
      { name: outside === 443 ? "https" : "http", port: outside, targetPort: main.port },
      ...(redirect ? [{ name: "redirect", port: 80, targetPort: redirect.port }] : []),
    ],
  };
}

/** Where clients call; a load balancer's name where they have no other. */
export const entryUrl = ({ tlsAt }: EntryPlan, host: string): string =>
  `${tlsAt === "none" ? "http" : "https"}://${host}`;

function whereTlsEnds({ certificateArn, certManager }: Planned): TlsAt {
  if (certificateArn) return "loadBalancer";
  return certManager ? "gateway" : "none";
}

/** Requests for another name than `hostname` are answered with 404. */
const plainListener = (name: string, port: number, hostname: string | undefined): Listener => ({
  name,
  port,
  protocol: "HTTP",
  ...(hostname && { hostname }),
  allowedRoutes: { namespaces: { from: "Same" } },
});

function mainListener(tlsAt: TlsAt, hostname: string | undefined): Listener {
  // Behind a load balancer that ends TLS both ports arrive in clear, and only their listener tells them apart.
  if (tlsAt !== "gateway") return plainListener("main", tlsAt === "none" ? 80 : 8080, hostname);
  return {
    ...plainListener("main", 443, hostname),
    protocol: "HTTPS",
    tls: { mode: "Terminate", certificateRefs: [{ name: CERTIFICATE_SECRET }] },
  };
}
