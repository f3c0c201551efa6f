/** Entries of `llmd-workloads:models` that are right, one of each path, and what becomes of others. */
import { readWorkloadsSettings, type WorkloadsSettings } from "../../../workloads/settings";
import { configure, problemsOf, rehearsed } from "../../support/settings";
import { configOf } from "../../support/stackFiles";

export const MODELS = "llmd-workloads:models";

export const BASELINE = {
  name: "qwen3-32b",
  model: "Qwen/Qwen3-32B",
  pool: "p5",
  replicas: { min: 1, max: 4 },
  tensorParallel: 2,
};

export const DISAGGREGATED = { name: "gpt-oss-120b", model: "openai/gpt-oss-120b", pool: "p5e", path: "prefillDecode" };

export const WIDE = { name: "deepseek-r1", model: "deepseek-ai/DeepSeek-R1-0528", pool: "p5e", path: "wideExpert" };

export const SCHEDULE = { timezone: "Europe/Berlin", up: "0 7 * * 1-5", down: "0 19 * * 1-5" };

export const TOKEN = "llmd-workloads:huggingFaceToken";

/** The settings of a stack with these models, and with a token where one is given. */
export function settingsOf(models: readonly object[], token?: string): WorkloadsSettings {
  configure({ ...configOf("dev"), [MODELS]: JSON.stringify(models), ...(token && { [TOKEN]: token }) });
  return readWorkloadsSettings();
}

export const refusedWith = (models: readonly object[]): readonly string[] => problemsOf(() => settingsOf(models));

/** For a suite that reads settings: in a rehearsal, and without a configuration after each test. */
export function withSettings(): void {
  rehearsed();
  afterEach(() => configure({}));
}
