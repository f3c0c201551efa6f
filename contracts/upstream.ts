/** Reads the outputs of an earlier layer. */
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { type InfraOutputs, infraOutputs, type PlatformOutputs, platformOutputs } from "./outputs";

/** Outputs of each layer that others build on. */
interface LayerOutputs {
  infra: InfraOutputs;
  platform: PlatformOutputs;
}

type UpstreamLayer = keyof LayerOutputs;

const SCHEMAS: Readonly<Record<UpstreamLayer, z.ZodObject>> = { infra: infraOutputs, platform: platformOutputs };

/** Outputs of an earlier layer. */
export interface Upstream<L extends UpstreamLayer> {
  /** Output of that name; secret if it was exported as a secret. */
  get<Key extends keyof LayerOutputs[L] & string>(name: Key): pulumi.Output<LayerOutputs[L][Key]>;
  /**
   * Plain value of the output of that name, for decisions about which objects there are; not for secrets. `undefined` in the
   * preview of a layer whose upstream was never deployed.
   */
  known<Key extends keyof LayerOutputs[L] & string>(name: Key): Promise<LayerOutputs[L][Key] | undefined>;
}

/**
 * Reads the outputs of `layer` in the stack of the same name. Where that layer was never deployed, a preview continues with
 * unknowns and warns that it is incomplete. An update fails with the command to run first.
 */
export function upstream<L extends UpstreamLayer>(layer: L): Upstream<L> {
  const stack = pulumi.getStack();
  const project = `llmd-${layer}`;
  const reference = new pulumi.StackReference(`${pulumi.getOrganization()}/${project}/${stack}`);
  let isWarned = false;
  const absent = (name: string): unknown => {
    const what = `${project}/${stack} has no output "${name}"`;
    const remedy = `run "pulumi -C ${layer} up -s ${stack}" first`;
    if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError(`${what}: ${remedy}`);
    if (!isWarned) pulumi.log.warn(`This preview is incomplete, ${what} yet: to see all of it, ${remedy}.`);
    isWarned = true;
    return pulumi.output(pulumi.unknown);
  };
  // Every deployed layer has a bill. Where there is one, a missing optional output was left out on purpose.
  const deployed = reference.getOutput("bill").apply(bill => bill !== undefined);
  const isMissing = (name: string, value: unknown, isDeployed: boolean): boolean =>
    value === undefined && !(isDeployed && SCHEMAS[layer].shape[name]?.safeParse(undefined).success);
  return {
    known: async name => {
      const { value, secretValue } = await reference.getOutputDetails(name);
      if (secretValue !== undefined) throw new Error(`${project} keeps "${name}" secret`);
      const isDeployed = (await reference.getOutputDetails("bill")).value !== undefined;
      if (!isMissing(name, value, isDeployed)) return checked(layer, name, value);
      absent(name);
      return undefined;
    },
    // An unknown stands for a value to come, which the type cannot say.
    get: name =>
      pulumi
        .all([reference.getOutput(name), deployed])
        .apply(
          ([value, isDeployed]) =>
            (isMissing(name, value, isDeployed) ? absent(name) : checked(layer, name, value)) as never,
        ),
  };
}

/**
 * Checks an output against its schema.
 * @throws RunError when the layer was deployed by a program whose output has another form.
 */
export function checked<L extends UpstreamLayer, Key extends keyof LayerOutputs[L] & string>(
  layer: L,
  name: Key,
  value: unknown,
): LayerOutputs[L][Key] {
  const result = (SCHEMAS[layer].shape[name] as z.ZodType<LayerOutputs[L][Key]>).safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `${[name, ...path.map(String)].join(".")}: ${message}`,
  );
  throw new pulumi.RunError(
    `the outputs of llmd-${layer} are not what this layer expects (${problems.join("; ")}): ` +
      `deploy both layers from the same commit, ${layer} first`,
  );
}
