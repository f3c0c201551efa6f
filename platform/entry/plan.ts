/** Ports of the load balancer and listeners of the entry's Gateway. */
import { ENTRY } from "../../catalog/serving";
import type { Listener } from "../gateways/customResources";
import type { OpenEntry } from "../settings/entry";

/** Name of the Secret with cert-manager's certificate. */
export const CERTIFICATE_SECRET = `${ENTRY}-tls`;

/**
 * Place where TLS ends.
 * - `none`: nowhere; clients use plain HTTP on port 80.
 * - `loadBalancer`: with ACM's certificate; 443 arrives as plain HTTP at its own listener, 80 at one that redirects.
 * - `gateway`: with cert-manager's certificate; 443 arrives as it is, 80 at the listener that redirects.
 */
type TlsAt = "none" | "loadBalancer" | "gateway";

export interface EntryPlan {
  /** Place where TLS ends. */
  readonly tlsAt: TlsAt;
  /** Listeners of the Gateway. */
  readonly listeners: readonly Listener[];
  /** Listener whose requests go to the models. */
  readonly main: Listener;
  /** Listener that redirects to https, where there is TLS. */
  readonly redirect?: Listener;
  /** Ports of the load balancer, one for each listener. */
  readonly ports: readonly LoadBalancerPort[];
}

interface LoadBalancerPort {
  readonly name: string;
  readonly port: number;
  /** Port of the listener on the gateway's pods. */
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

/** URL for clients. @param host the entry's hostname, or the load balancer's name. */
export const entryUrl = ({ tlsAt }: EntryPlan, host: string): string =>
  `${tlsAt === "none" ? "http" : "https"}://${host}`;

function whereTlsEnds({ certificateArn, certManager }: Planned): TlsAt {
  if (certificateArn) return "loadBalancer";
  return certManager ? "gateway" : "none";
}

/** Listener for plain HTTP; requests for another name than `hostname` get 404. */
const plainListener = (name: string, port: number, hostname: string | undefined): Listener => ({
  name,
  port,
  protocol: "HTTP",
  ...(hostname && { hostname }),
  allowedRoutes: { namespaces: { from: "Same" } },
});

function mainListener(tlsAt: TlsAt, hostname: string | undefined): Listener {
  // Behind a load balancer that ends TLS both ports arrive unencrypted: separate listeners tell them apart.
  if (tlsAt !== "gateway") return plainListener("main", tlsAt === "none" ? 80 : 8080, hostname);
  return {
    ...plainListener("main", 443, hostname),
    protocol: "HTTPS",
    tls: { mode: "Terminate", certificateRefs: [{ name: CERTIFICATE_SECRET }] },
  };
}
