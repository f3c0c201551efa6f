/** Reads what an earlier layer handed over. */
import * as pulumi from "@pulumi/pulumi";

export type Layer = "infra" | "platform";

/** Typed outputs of an earlier layer's stack of the same name. */
export interface Upstream<T> {
  /** The output of that name; a layer that lacks it fails with the command to run first. */
  get<Key extends keyof T & string>(name: Key): pulumi.Output<T[Key]>;
}

/** The outputs of `layer` in the stack being run; secrets stay secret. */
export function upstream<T>(layer: Layer): Upstream<T> {
  const stack = pulumi.getStack();
  const reference = new pulumi.StackReference(`${pulumi.getOrganization()}/llmd-${layer}/${stack}`);
  return {
    get: <Key extends keyof T & string>(name: Key) =>
      reference.getOutput(name).apply(value => {
        if (value === undefined)
          throw new Error(
            `llmd-${layer}/${stack} has no output "${name}": run "pulumi -C ${layer} up -s ${stack}" first`,
          );
        return value as T[Key];
      }),
  };
}
