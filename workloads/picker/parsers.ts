/** Which requests the picker understands, and so lets through. */
import type { PickerConfig } from "./config";

/**
 * Everything else with a body is answered with 400: requests to load an adapter however their path is spelt, for one. They are
 * named although v0.10.0 has them by default, since later versions add `passthrough-parser`, which lets every path through
 * (llm-d-router#2507). `vllmhttp-parser`, a default too, reads a path that no route leads to.
 *
 * - `openai-parser`: paths that end in chat/completions, completions, embeddings, responses, conversations or
 *   images/generations, and chat/completions/render, completions/render;
 * - `anthropic-parser`: messages, messages/count_tokens.
 */
const PARSERS = ["openai-parser", "anthropic-parser"] as const;

/** The same configuration with the parsers of the API that models are called by. */
export const withParsers = (config: PickerConfig): PickerConfig => ({
  ...config,
  plugins: [...config.plugins, ...PARSERS.map(type => ({ type }))],
  requestHandler: { parsers: PARSERS.map(pluginRef => ({ pluginRef })) },
});
