/** Settings that istiod needs, whether this product installs it or it exists already. */

/** Environment variable without which istiod ignores InferencePools silently: gateway-api-inference-extension#1344. */
export const INFERENCE_SWITCH = "ENABLE_GATEWAY_API_INFERENCE_EXTENSION";

/** Tells whether istiod reads an environment variable as true, by Go's `strconv.ParseBool`. */
export const isOn = (value: unknown): boolean => ["1", "t", "T", "TRUE", "true", "True"].includes(String(value));

/** Tells whether istiod reads it as false. It ignores what is neither. */
export const isOff = (value: unknown): boolean => ["0", "f", "F", "FALSE", "false", "False"].includes(String(value));
