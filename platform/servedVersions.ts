/** Reads which versions of definitions a cluster serves. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** Versions served of each definition, by its name. */
export type ServedVersions = Readonly<Record<string, readonly string[]>>;

/** Version that objects of each definition are written in, by its name. */
export type NeededVersions = Readonly<Record<string, string>>;

/** Reads definitions that are there already, in previews, too; the engine says of one that is not that it "does not exist". */
export const readServedVersions = (
  name: string,
  definitions: readonly string[],
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<ServedVersions> =>
  pulumi.output(
    Object.fromEntries(
      definitions.map(definition => {
        const { spec } = k8s.apiextensions.v1.CustomResourceDefinition.get(`${name}-${definition}`, definition, opts);
        return [definition, spec.versions.apply(versions => versions.filter(({ served }) => served).map(nameOf))];
      }),
    ),
  );

const nameOf = ({ name }: { readonly name: string }): string => name;

/** Each definition that does not serve what is needed of it: `<name> serves v1beta1, not v1`. */
export const unserved = (needed: NeededVersions, served: ServedVersions): string[] =>
  Object.entries(needed)
    .filter(([definition, version]) => !served[definition]?.includes(version))
    .map(
      ([definition, version]) =>
        `${definition} serves ${served[definition]?.join(", ") || "no version"}, not ${version}`,
    );
