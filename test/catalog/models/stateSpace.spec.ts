import assert from "node:assert/strict";
import { stateSpaceFamily } from "../../../catalog/models/stateSpace";
import { REPOSITORIES } from "./fixtures";

describe("the families of state-space models", () => {
  const hybrids: Readonly<Record<string, string>> = {
    "Qwen/Qwen3-Next-80B-A3B-Instruct": "Qwen3-Next",
    "RedHatAI/Qwen3-Next-80B-A3B-Instruct-FP8": "Qwen3-Next",
    "Qwen/Qwen3-Coder-Next-FP8": "Qwen3-Next",
    "Qwen/Qwen3.5-397B-A17B": "Qwen3.5 and later",
    "nvidia/Nemotron-H-56B-Base-8K": "Nemotron-H",
    "nvidia/NVIDIA-Nemotron-Nano-9B-v2": "Nemotron-H",
    "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16": "Nemotron-H",
    "ai21labs/AI21-Jamba-Large-1.7": "Jamba",
    "ibm-ai-platform/Bamba-9B-v2": "Bamba",
    "state-spaces/mamba-2.8b-hf": "Mamba",
    "mistralai/Mamba-Codestral-7B-v0.1": "Mamba",
    "Zyphra/Zamba2-7B-Instruct": "Zamba2",
    "tiiuae/Falcon-H1-34B-Instruct": "Falcon-H1",
    "ibm-granite/granite-4.0-h-small": "Granite 4 hybrid",
    "ibm-granite/granite-4.0-tiny-preview": "Granite 4 hybrid",
    "moonshotai/Kimi-Linear-48B-A3B-Instruct": "Kimi-Linear",
    "MiniMaxAI/MiniMax-Text-01": "MiniMax-Text-01 and M1",
    "MiniMaxAI/MiniMax-VL-01": "MiniMax-Text-01 and M1",
    "LiquidAI/LFM2-8B-A1B": "LFM2",
    "inclusionAI/Ring-mini-linear-2.0": "Ring and Ling linear",
    "inclusionAI/Ling-2.5-1T": "Ring and Ling linear",
    "allenai/Olmo-Hybrid-7B": "OLMo Hybrid",
  };
  for (const [repository, family] of Object.entries(hybrids))
    it(`have ${repository} among them`, () => assert.equal(stateSpaceFamily(repository), family));

  for (const repository of [
    "nvidia/Llama-3.1-Nemotron-Nano-8B-v1",
    "nvidia/Llama-3_3-Nemotron-Super-49B-v1_5",
    "ibm-granite/granite-4.0-micro",
    "MiniMaxAI/MiniMax-M2",
    "moonshotai/Kimi-K2-Instruct",
    "Qwen/Qwen3-30B-A3B",
    "Qwen/Qwen3-Coder-30B-A3B-Instruct",
    "inclusionAI/Ling-1T",
    "jamba-labs/Qwen3-8B",
  ])
    it(`do not have ${repository}, whose layers all have a cache`, () =>
      assert.equal(stateSpaceFamily(repository), undefined));

  it("have no model of the catalogue", () => {
    for (const repository of REPOSITORIES) assert.equal(stateSpaceFamily(repository), undefined, repository);
  });
});
