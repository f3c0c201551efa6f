/** Vocabularies that vLLM needs beside a model's repository. Unless it is given them, it fetches them from the internet at start. */

export interface Encoding {
  /** Name of the file, as its reader looks for it. */
  readonly file: string;
  readonly url: string;
  /** Of the file, 64 hexadecimal digits. */
  readonly sha256: string;
}

/**
 * `o200k_base`: gpt-oss's `o200k_harmony` is made from it alone (openai/harmony v0.0.8, src/tiktoken_ext/public_encodings.rs, whose
 * URL and hash these are). With `TIKTOKEN_ENCODINGS_BASE` it is read from that folder and its hash checked again.
 */
export const ENCODINGS = {
  o200k_base: {
    file: "o200k_base.tiktoken",
    url: "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken",
    sha256: "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
  },
} as const satisfies Readonly<Record<string, Encoding>>;

export type EncodingName = keyof typeof ENCODINGS;

export const ENCODING_NAMES = Object.keys(ENCODINGS) as EncodingName[];
