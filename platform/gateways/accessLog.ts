/** Access log: one line of JSON for each request, on the gateway's standard output. */
import type { ConfigPatch, EnvoyConfig } from "./customResources";
import { extension, httpSettings } from "./envoyPatches";

/**
 * Fields of a line. Body, query string and Authorization are left out, since they hold prompts and tokens; of a token only the
 * subject is logged. Durations are in milliseconds.
 */
const FIELDS: EnvoyConfig = {
  start_time: "%START_TIME%",
  method: "%REQ(:METHOD)%",
  authority: "%REQ(:AUTHORITY)%",
  path: "%REQ_WITHOUT_QUERY(X-ENVOY-ORIGINAL-PATH?:PATH)%",
  protocol: "%PROTOCOL%",
  response_code: "%RESPONSE_CODE%",
  response_flags: "%RESPONSE_FLAGS%",
  response_code_details: "%RESPONSE_CODE_DETAILS%",
  bytes_received: "%BYTES_RECEIVED%",
  bytes_sent: "%BYTES_SENT%",
  duration_ms: "%DURATION%",
  first_byte_ms: "%RESPONSE_DURATION%",
  client: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
  subject: "%DYNAMIC_METADATA(envoy.filters.http.jwt_authn:payload:sub)%",
  upstream: "%UPSTREAM_HOST%",
  request_id: "%REQ(X-REQUEST-ID)%",
};

/** Patch for the log; without it Istio writes none. */
export const accessLog = (): ConfigPatch =>
  httpSettings({
    access_log: [
      {
        name: "envoy.access_loggers.stdout",
        typed_config: {
          ...extension("access_loggers.stream.v3.StdoutAccessLog"),
          log_format: {
            json_format: FIELDS,
            formatters: [
              {
                name: "envoy.formatter.req_without_query",
                typed_config: extension("formatter.req_without_query.v3.ReqWithoutQuery"),
              },
            ],
          },
        },
      },
    ],
  });
