/** The layers' programs, run whole against mocks. */
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Exported, InfraOutputs, PlatformOutputs, WorkloadOutputs } from "../../contracts/outputs";
import { type Registered, type RunOptions, registeredBy, type States } from "./mockedProgram";
import { configure, loggedBy } from "./settings";

interface Outputs {
  infra: InfraOutputs;
  platform: PlatformOutputs;
  workloads: WorkloadOutputs;
}

interface Given extends RunOptions {
  readonly config: Readonly<Record<string, string>>;
  /** @default {} */
  readonly states?: States;
  /** @default false */
  readonly preview?: boolean;
}

export interface Ran<Layer extends keyof Outputs> {
  readonly registered: Registered[];
  /** Undefined of a program that throws. */
  readonly exported?: Exported<Outputs[Layer]>;
  readonly thrown?: unknown;
  readonly warnings: readonly string[];
  readonly notices: readonly string[];
}

/** Runs the program of a layer from its start; what it throws instead of its outputs, if it does. */
export async function runProgram<Layer extends keyof Outputs>(
  layer: Layer,
  { config, states = {}, preview = false, ...options }: Given,
): Promise<Ran<Layer>> {
  configure(config);
  const program = require.resolve(`../../${layer}`);
  delete require.cache[program];
  const made: { registered: Registered[]; exported?: Exported<Outputs[Layer]>; thrown?: unknown } = { registered: [] };
  const logged = await loggedBy(async () => {
    made.registered = await registeredBy(
      async () => {
        const { stack = "dev" } = options;
        if (preview) pulumi.runtime.setMockOptions(pulumi.runtime.getMonitor(), "llmd", stack, true, "organization");
        const main: () => Promise<Exported<Outputs[Layer]>> = require(program);
        try {
          made.exported = await main();
        } catch (error) {
          made.thrown = error;
        }
      },
      states,
      options,
    );
  });
  return { ...made, ...logged };
}

/** The same of a program that comes to its end. */
export async function completedProgram<Layer extends keyof Outputs>(layer: Layer, given: Given) {
  const { exported, thrown, ...rest } = await runProgram(layer, given);
  if (!exported) throw thrown;
  return { ...rest, exported };
}

/** What an earlier layer handed over, as a state of the mocks. */
export const handedOver = (layer: "infra" | "platform", outputs: object, stack = "dev"): States => ({
  [`pulumi:pulumi:StackReference::organization/llmd-${layer}/${stack}`]: {
    outputs,
    secretOutputNames: ["kubeconfig"],
  },
});

/**
 * Fails for a resource that the engine would make with a default provider although the stack file switches that off, or with
 * another provider than the one that the program makes for the package.
 */
export function assertOwnProviders(registered: readonly Registered[], config: Given["config"]): void {
  for (const name of JSON.parse(config["pulumi:disable-default-providers"] ?? "[]") as string[]) {
    const providers = registered.filter(({ type }) => type === `pulumi:providers:${name}`);
    assert.ok(providers.length <= 1, `${providers.length} providers of ${name}`);
    const expected = providers.map(provider => `${provider.type}::${provider.name}`).join();
    const made = registered.filter(({ type, isCustom }) => isCustom && type.startsWith(`${name}:`));
    assert.equal(providers.length > 0, made.length > 0, `a provider of ${name}, and what it makes`);
    for (const resource of made) assert.equal(resource.provider, expected, `${resource.type} ${resource.name}`);
  }
}
