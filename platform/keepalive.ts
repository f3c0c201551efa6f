/** How a gateway notices that a process it is connected to hangs. */
import type { ConfigPatch } from "./entry/customResources";
import { clusterSettings, extension } from "./entry/envoyPatches";

const HTTP_OPTIONS = "upstreams.http.v3.HttpProtocolOptions";

/**
 * Asks each connection to this port every 5 s whether it is alive (HTTP/2 PING), and closes it after 2 s without an answer:
 * its requests then fail instead of waiting. A stopped process and a lost node do not answer. A process whose handlers are
 * stuck does: Go's HTTP/2 server answers by itself.
 *
 * Envoy's options replace Istio's whole, so HTTP/2 is said again. Istio's DestinationRule has no field for it.
 */
export const keepalive = (port: number): ConfigPatch =>
  clusterSettings(port, {
    typed_extension_protocol_options: {
      [`envoy.extensions.${HTTP_OPTIONS}`]: {
        ...extension(HTTP_OPTIONS),
        explicit_http_config: { http2_protocol_options: { connection_keepalive: { interval: "5s", timeout: "2s" } } },
      },
    },
  });
