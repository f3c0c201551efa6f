/** Names of the Gateways that the platform makes, and how the pods of a Gateway are told from others. */

/** Of the entry's Gateway, of its Service, and of all that belongs to it. */
export const ENTRY = "llmd-entry";

/** Of the Gateway below which every model's route hangs: upstream's name, so that its guides and dashboards apply. */
export const INFERENCE_GATEWAY = "llm-d-inference-gateway";

/** By which Istio marks the pods of a Gateway with its name. */
export const GATEWAY_NAME_LABEL = "gateway.networking.k8s.io/gateway-name";

/**
 * Ports of the Services that gateways ask about requests, by gRPC (Envoy's ext_proc): upstream's. The inference gateway
 * finds what it has to keep alive by them.
 */
export const EXT_PROC_PORTS = { endpointPicker: 9002, payloadProcessor: 9004 } as const;
