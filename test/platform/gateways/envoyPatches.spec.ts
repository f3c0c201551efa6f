import assert from "node:assert/strict";
import { keepalive } from "../../../platform/gateways/envoyPatches";

describe("the keepalive of connections to endpoint picker and payload processor", () => {
  it("is a PING every 5 s with 2 s for the answer, by the port of their Service", () => {
    const options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    assert.deepEqual(keepalive(9002), {
      applyTo: "CLUSTER",
      match: { context: "GATEWAY", cluster: { portNumber: 9002 } },
      patch: {
        operation: "MERGE",
        value: {
          typed_extension_protocol_options: {
            [options]: {
              "@type": `type.googleapis.com/${options}`,
              explicit_http_config: {
                http2_protocol_options: { connection_keepalive: { interval: "5s", timeout: "2s" } },
              },
            },
          },
        },
      },
    });
  });
});
