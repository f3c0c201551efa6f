/**
 * What Hugging Face knows of adapters before a server loads them: their rank, and whatever vLLM would refuse at start. One
 * adapter that vLLM refuses stops every server of the model.
 */
import { z } from "zod";
import { REHEARSAL_VARIABLE } from "../contracts/environment";

/** Place of an adapter_config.json. */
interface AdapterSource {
  /** Hugging Face repository. */
  readonly source: string;
  /** 40 hexadecimal digits. @default - whatever `main` is */
  readonly commit?: string | undefined;
}

/** Answer to a request for one adapter_config.json. */
export type AdapterConfig =
  | {
      readonly kind: "read";
      /** `r`, or the largest value of `rank_pattern`. */
      readonly rank: number;
      /** Reasons why vLLM does not serve it, as clauses; empty where it does. */
      readonly obstacles: readonly string[];
      /** True where some matrices have a rank or an alpha of their own. */
      readonly hasPatterns: boolean;
    }
  | { readonly kind: "refused"; readonly refusal: Refusal; readonly hasToken: boolean }
  /** Nobody can tell whether the adapter is there. */
  | { readonly kind: "unreachable"; readonly reason: string };

/** Answers by `adapterKey`. */
export type AdapterConfigs = ReadonlyMap<string, AdapterConfig>;

export const adapterKey = ({ source, commit }: AdapterSource): string => `${source}@${commit ?? "main"}`;

/** Values of `X-Error-Code`, and of a token that the hub does not know (huggingface_hub, `hf_raise_for_status`). */
const REFUSALS = ["GatedRepo", "RepoNotFound", "RevisionNotFound", "EntryNotFound", "DisabledRepo"] as const;
export type Refusal = (typeof REFUSALS)[number] | "InvalidToken";

/** A preview waits no longer, however many adapters there are: all are asked for at once. */
const TIMEOUT_MS = 5000;

/** URL of Hugging Face, as its own tools find it. */
const hubUrl = (): string => (process.env.HF_ENDPOINT || "https://huggingface.co").replace(/\/+$/, "");

/**
 * Asks for the configuration of each adapter; never fails, and takes 5 seconds at most. A rehearsal asks nobody: its answers
 * would depend on the network, and its token is a dummy.
 * @param token of the stack, in clear; goes to the hub alone.
 */
export async function fetchAdapterConfigs(
  adapters: readonly AdapterSource[],
  token: string | undefined,
): Promise<AdapterConfigs> {
  const byKey = new Map(adapters.map(adapter => [adapterKey(adapter), adapter]));
  const asked = [...byKey].map(async ([key, adapter]) => [key, await fetchAdapterConfig(adapter, token)] as const);
  return new Map(await Promise.all(asked));
}

async function fetchAdapterConfig(adapter: AdapterSource, token: string | undefined): Promise<AdapterConfig> {
  if (process.env[REHEARSAL_VARIABLE] === "true") return unreachable("a rehearsal does not ask it");
  try {
    const response = await fetch(
      `${hubUrl()}/${adapter.source}/resolve/${adapter.commit ?? "main"}/adapter_config.json`,
      {
        headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
    );
    return response.ok ? configIn(await response.text()) : refusalIn(response, token !== undefined);
  } catch (error) {
    return unreachable(networkReason(error));
  }
}

const unreachable = (reason: string): AdapterConfig => ({ kind: "unreachable", reason });

/** Never the error's own message: it may hold what was sent. */
function networkReason(error: unknown): string {
  if (error instanceof Error && error.name === "TimeoutError") return `it did not answer in ${TIMEOUT_MS / 1000} s`;
  const code = error instanceof Error && error.cause instanceof Error && "code" in error.cause ? error.cause.code : "";
  return `it could not be reached${code ? ` (${code})` : ""}`;
}

/** Only the hub itself names an error; a proxy's 403 says nothing of the adapter. */
function refusalIn({ status, headers }: Response, hasToken: boolean): AdapterConfig {
  const code = headers.get("X-Error-Code");
  const named = REFUSALS.find(refusal => refusal === code);
  if (named !== undefined) return { kind: "refused", refusal: named, hasToken };
  if (status === 401 && headers.get("X-Error-Message")?.startsWith("Invalid credentials"))
    return { kind: "refused", refusal: "InvalidToken", hasToken };
  return unreachable(`it answered HTTP ${status}`);
}

/** Fields that vLLM v0.26.0 reads (`PEFTHelper` in vllm/lora/peft_helper.py), and the patterns that it ignores. */
const peftConfig = z.object({
  r: z.int().min(1),
  lora_alpha: z.number(),
  target_modules: z.unknown(),
  rank_pattern: z.record(z.string(), z.int().min(1)).nullish(),
  alpha_pattern: z.record(z.string(), z.number()).nullish(),
  use_dora: z.boolean().nullish(),
  modules_to_save: z.array(z.string()).nullish(),
  bias: z.string().nullish(),
});

type PeftConfig = z.output<typeof peftConfig>;

/** Features that vLLM rejects (`PEFTHelper.validate_legal`). */
const OBSTACLES: readonly { readonly what: string; readonly isIn: (config: PeftConfig) => boolean }[] = [
  { what: "it is trained with DoRA (use_dora)", isIn: ({ use_dora }) => use_dora === true },
  {
    what: "it brings whole layers of its own (modules_to_save)",
    isIn: ({ modules_to_save }) => (modules_to_save ?? []).length > 0,
  },
  { what: "it brings biases (bias)", isIn: ({ bias }) => bias !== undefined && bias !== "none" },
];

function configIn(text: string): AdapterConfig {
  const json = parsedJson(text);
  if (json === undefined) return unreachable("its answer is no JSON");
  const { success, data, error } = peftConfig.safeParse(json);
  if (!success) {
    const keys = [...new Set(error.issues.map(({ path }) => path[0] ?? "content"))];
    return {
      kind: "read",
      rank: 1,
      obstacles: [`its adapter_config.json has no valid ${keys.join(", ")}`],
      hasPatterns: false,
    };
  }
  return {
    kind: "read",
    rank: Math.max(data.r, ...Object.values(data.rank_pattern ?? {})),
    obstacles: OBSTACLES.filter(({ isIn }) => isIn(data)).map(({ what }) => what),
    hasPatterns: [data.rank_pattern, data.alpha_pattern].some(pattern => Object.keys(pattern ?? {}).length > 0),
  };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
