/** What istiod has to be told, whoever installs it. */

/** Without it istiod ignores InferencePools without a word: gateway-api-inference-extension#1344. */
export const INFERENCE_SWITCH = "ENABLE_GATEWAY_API_INFERENCE_EXTENSION";

/** Whether istiod takes an environment variable for true: what Go's `strconv.ParseBool` does. */
export const isOn = (value: unknown): boolean => ["1", "t", "T", "TRUE", "true", "True"].includes(String(value));

/** Whether istiod takes it for false; anything that is neither is as if nobody had set it. */
export const isOff = (value: unknown): boolean => ["0", "f", "F", "FALSE", "false", "False"].includes(String(value));
