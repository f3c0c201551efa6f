/** Flat programs: they register the resources of another program and do nothing else, which is the least a program can cost. */
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { type Engine, type Project, succeeded } from "../rehearsal/engine/pulumi";

const ROOT = join(__dirname, "..");

/** A resource as the JSON of a preview shows it; fields of the engine's `apitype.ResourceV3`. */
export interface PreviewedResource {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  readonly id?: string;
  /** The resource exists elsewhere and is only read. */
  readonly external?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly parent?: string;
  /** `urn::id` of the provider. */
  readonly provider?: string;
}

/** One resource that a program registers. */
export interface Registration {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** `false`: a component. */
  readonly isCustom: boolean;
  /** Id of a resource that is only read. @default - the resource is managed */
  readonly id?: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** URN. @default - the stack */
  readonly parent?: string;
  /** URN. @default - a default provider */
  readonly provider?: string;
}

export interface FlatOptions {
  /** A folder that does not exist yet, for the program. */
  readonly folder: string;
  /** Kubeconfig of the environment's cluster. */
  readonly kubeconfig: string;
}

/**
 * Writes a flat program, from a preview of the real one.
 * @returns the flat program as a project of the same stack.
 * @throws VisibleError when the preview fails.
 */
export async function writeFlatProgram(
  engine: Engine,
  project: Project,
  { folder, kubeconfig }: FlatOptions,
): Promise<Project> {
  const { output } = succeeded(project, "preview", await engine.preview(project, "--json", "--show-sames"));
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const resources = registrations(resourcesIn(output), { kubeconfig, stringData: { masked: "secret" } });
  // The policy pack compares the bill among the outputs with the node pools.
  write("program.json", JSON.stringify({ resources, outputs: await engine.outputs(project) }));
  const runtime = { name: "nodejs", options: { typescript: true, tsconfig: "tsconfig.json" } };
  write("Pulumi.yaml", stringify({ name: project.project, runtime, main: "index.ts" }));
  write("package.json", "{}");
  copyFileSync(join(__dirname, "flatProgram.ts"), join(folder, "index.ts"));
  copyFileSync(join(ROOT, "tsconfig.json"), join(folder, "tsconfig.json"));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return { ...project, folder };
}

interface PreviewDigest {
  readonly steps: readonly { readonly newState?: PreviewedResource }[];
}

/** @param output of a preview with `--json`: the digest between lines of warnings. */
function resourcesIn(output: string): PreviewedResource[] {
  const digest: PreviewDigest = JSON.parse(output.slice(output.indexOf("\n{") + 1, output.lastIndexOf("\n}") + 2));
  return digest.steps.flatMap(({ newState }) => newState ?? []);
}

/**
 * Registrations that a program makes itself, each once, parents and providers first. The stack and default providers are the
 * engine's; children of a component in a provider plugin are the plugin's.
 * @param secrets values by their key, because a preview masks them.
 */
export function registrations(
  resources: readonly PreviewedResource[],
  secrets: Readonly<Record<string, unknown>>,
): Registration[] {
  const own = new Map<string, Registration>();
  const foreign = new Set<string>();
  for (const resource of resources) {
    if (isRemoteComponent(resource) || foreign.has(resource.parent ?? "")) foreign.add(resource.urn);
    if (!isMadeByEngine(resource) && !foreign.has(resource.parent ?? ""))
      own.set(resource.urn, registration(resource, secrets));
  }
  return [...own.values()];
}

/** Components of the product's own programs have its name as their package. */
const isRemoteComponent = ({ type, custom }: PreviewedResource): boolean => !custom && !/^(llmd|pulumi):/.test(type);

const isMadeByEngine = ({ type, urn }: PreviewedResource): boolean =>
  type === "pulumi:pulumi:Stack" || (type.startsWith("pulumi:providers:") && nameOf(urn).startsWith("default"));

/** Name of a resource: what follows the URN's stack, project and type. */
const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");

const MASK = "[secret]";

const registration = (
  { urn, type, custom, id, external, inputs = {}, parent, provider }: PreviewedResource,
  secrets: Readonly<Record<string, unknown>>,
): Registration => ({
  ...{ urn, type, name: nameOf(urn), isCustom: custom, parent },
  inputs: JSON.parse(JSON.stringify(inputs), (key, value) => (value === MASK ? secrets[key] : value)),
  ...(external && { id }),
  provider: provider?.slice(0, provider.lastIndexOf("::")),
});
