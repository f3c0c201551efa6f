/** The layers' programs, run whole against mocks. */
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Exported, InfraOutputs, PlatformOutputs, WorkloadOutputs } from "../../contracts/outputs";
import { accountAnswers } from "./awsAccount";
import { type Registered, type RunOptions, registeredBy, type States, settled } from "./mockedProgram";
import { configure, loggedBy } from "./settings";

interface Outputs {
  infra: InfraOutputs;
  platform: PlatformOutputs;
  workloads: WorkloadOutputs;
}

type Layer = keyof Outputs;

interface Given extends RunOptions {
  readonly config: Readonly<Record<string, string>>;
  /** @default {} */
  readonly states?: States;
  /** @default false */
  readonly preview?: boolean;
}

interface Ran<L extends Layer> {
  readonly registered: Registered[];
  /** Undefined of a program that throws. */
  readonly exported?: Exported<Outputs[L]>;
  readonly thrown?: unknown;
  readonly warnings: readonly string[];
  readonly notices: readonly string[];
}

/** Runs the program of a layer from its start; what it throws instead of its outputs, if it does. */
export async function runProgram<L extends Layer>(
  layer: L,
  { config, states = {}, preview = false, ...options }: Given,
): Promise<Ran<L>> {
  configure(config);
  const program = require.resolve(`../../${layer}`);
  delete require.cache[program];
  const made: { registered: Registered[]; exported?: Exported<Outputs[L]>; thrown?: unknown } = { registered: [] };
  const logged = await loggedBy(async () => {
    made.registered = await registeredBy(
      async () => {
        const { stack = "dev" } = options;
        if (preview) pulumi.runtime.setMockOptions(pulumi.runtime.getMonitor(), "llmd", stack, true, "organization");
        const main: () => Promise<Exported<Outputs[L]>> = require(program);
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
export async function completedProgram<L extends Layer>(layer: L, given: Given) {
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

/** What AWS makes of the resources whose names it gives. */
export const clusterStates = (stack: string): States => ({
  [`eks:index:Cluster::llmd-${stack}`]: {
    eksCluster: {
      name: `llmd-${stack}`,
      arn: `arn:aws:eks:us-east-2:111122223333:cluster/llmd-${stack}`,
      endpoint: "https://cluster.test",
      certificateAuthority: { data: "Y2VydGlmaWNhdGU=" },
    },
    clusterSecurityGroupId: "sg-1",
  },
  [`aws:kms/key:Key::llmd-${stack}-secrets`]: { keyId: "1234abcd" },
  [`aws:kms/key:Key::llmd-${stack}-models`]: { keyId: "5678abcd" },
});

const LOAD_BALANCER: States = {
  "kubernetes:core/v1:Service::entry": { status: { loadBalancer: { ingress: [{ hostname: "entry.elb.test" }] } } },
};

/** What the programs of all layers register for a stack file, each with what the ones before it hand over. */
export async function registeredByLayers(config: Given["config"], stack: string): Promise<Record<Layer, Registered[]>> {
  const run = async <L extends Layer>(layer: L, states: States) => {
    const { registered, exported } = await completedProgram(layer, {
      config,
      stack,
      states,
      answers: accountAnswers(),
    });
    return { registered, outputs: (await settled(pulumi.output(exported))) as object };
  };
  const infra = await run("infra", clusterStates(stack));
  // Without the cache of images, which needs a stack around the program.
  const above = handedOver("infra", { ...infra.outputs, imageCache: {} }, stack);
  const platform = await run("platform", { ...above, ...LOAD_BALANCER });
  const workloads = await run("workloads", { ...above, ...handedOver("platform", platform.outputs, stack) });
  return { infra: infra.registered, platform: platform.registered, workloads: workloads.registered };
}

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
