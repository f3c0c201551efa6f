/** Removes headers that only the platform may set. */
import type { ConfigPatch } from "../gateways/customResources";
import { extension, firstFilter } from "../gateways/envoyPatches";

/**
 * Headers by which llm-d's endpoint picker, its sidecar and the payload processor direct a request. From a client they would
 * be server-side request forgery: the address in them is called from inside the cluster. A model's name in them would bypass
 * that model's limits.
 * llm-d-router: pkg/common/routing/common.go, docs/api-reference/epp-http-headers.md; the last two are the processor's.
 */
export const PLATFORM_HEADERS = [
  "x-gateway-destination-endpoint",
  "x-prefiller-host-port",
  "x-encoder-hosts-ports",
  "x-data-parallel-host-port",
  "x-kv-cache-source-host-port",
  "x-llm-d-reserved-host-port",
  "x-llm-d-model-name-rewrite",
  "x-gateway-model-name-rewrite",
  "x-gateway-model-name",
  "x-gateway-base-model-name",
] as const;

/** Patch for a filter before all others, so that none of them sees the headers. */
export const stripHeaders = (): ConfigPatch =>
  firstFilter({
    name: "llmd.strip_platform_headers",
    typed_config: {
      ...extension("filters.http.header_mutation.v3.HeaderMutation"),
      mutations: { request_mutations: PLATFORM_HEADERS.map(remove => ({ remove })) },
    },
  });
