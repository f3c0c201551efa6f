/** What is in the custom resource definitions behind the pinned addresses. */
import { createHash } from "node:crypto";

/** The published files, by what a stack file calls them. */
export const DEFINITION_SETS = ["gatewayApi", "inferenceExtension", "llmd"] as const;

export type DefinitionSetName = (typeof DEFINITION_SETS)[number];

/** Everything in a file, by kind and name: the digest of its `spec`, or `UNCHECKED`. */
export type PinnedObjects = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** In place of a digest, where nobody vouches for the content: only what an object is called is known. */
export const UNCHECKED = "unchecked";

/** Gateway API's own guard against versions and channels that would lose fields. */
const SAFE_UPGRADES = "safe-upgrades.gateway.networking.k8s.io";

/**
 * Of the files in the Go modules at the tags pinned in `versions.ts`, whose content the Go checksum database vouches for.
 * The published files come from the same files at the same tag: Gateway API's is all of them, one after the other
 * (hack/build-install-yaml.sh), the Inference Extension's goes through kustomize and yq (its Makefile, `artifacts`), which
 * lay out anew and add no patch. So only what the text means counts, and of it only `spec`: labels and annotations decide
 * nothing about the objects. llm-d's definitions are in no module: of them only the names are held to.
 */
export const DEFINITION_DIGESTS = {
  gatewayApi: {
    CustomResourceDefinition: {
      "backendtlspolicies.gateway.networking.k8s.io":
        "sha256:37b5252b95d9663bdd9c9567d2607870c216ebad8cb8c2b9975a3ed14aff2a91",
      "gatewayclasses.gateway.networking.k8s.io":
        "sha256:80173dd83b88631fe65209dca0e2bdee7e42ddf2cc77241624e4d3f0705f1a92",
      "gateways.gateway.networking.k8s.io": "sha256:b029a6036617f8b84069770fc0038f1772b1ada5882f762906b6fba898dd0cc0",
      "grpcroutes.gateway.networking.k8s.io": "sha256:c54972c4de6048fc0a93d27e8b6c80b46d6b5f5812fc7f93aafafada06f6884e",
      "httproutes.gateway.networking.k8s.io": "sha256:8b46b00e870d73803b678527b083962dba372ec736e223822ca5629596eaa8ad",
      "listenersets.gateway.networking.k8s.io":
        "sha256:870646c3232a8c8121438029a774852afce8edfc96aca3555f1052cb757d1b63",
      "referencegrants.gateway.networking.k8s.io":
        "sha256:563882d7f089f677e8a5367482c87b35398ef966e8e1e1ee18bd0bc69bb8a575",
      "tlsroutes.gateway.networking.k8s.io": "sha256:f5a180cd2127b6e0d04fca371dbe0e428879a2f98c7b78d19ced52d696bce805",
    },
    ValidatingAdmissionPolicy: {
      [SAFE_UPGRADES]: "sha256:160f157a399d829a730ac34f1780cbaaaceb8b5a3e9937fa276ed744ca87628d",
    },
    ValidatingAdmissionPolicyBinding: {
      [SAFE_UPGRADES]: "sha256:0f9e082843501818b4833ef7af7546e578fece8d1f26be918b397d1673581c65",
    },
  },
  inferenceExtension: {
    CustomResourceDefinition: {
      "inferencepools.inference.networking.k8s.io":
        "sha256:0a9cea85aad41468373ed8ae04089d909f44de50c7ba51a689646f30289140ca",
    },
  },
  llmd: {
    CustomResourceDefinition: {
      "inferencemodelrewrites.llm-d.ai": UNCHECKED,
      "inferenceobjectives.llm-d.ai": UNCHECKED,
    },
  },
} as const satisfies Readonly<Record<DefinitionSetName, PinnedObjects>>;

/** Digest of what a definition says, however it is laid out. */
export const digestOf = (spec: unknown): string =>
  `sha256:${createHash("sha256").update(canonicalJson(spec)).digest("hex")}`;

/** Keys in order; without keys whose value is null, which get lost on the way through Pulumi and mean nothing here. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, item]) => item !== null && item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(",")}}`;
}

/** An object as it is about to be installed. */
export interface InstalledObject {
  readonly kind: string;
  readonly name: string;
  readonly spec: unknown;
}

/** What is wrong with an object of a file; `undefined` when it is the pinned one. */
export function objectProblem(
  { kind, name, spec }: InstalledObject,
  file: string,
  digests: PinnedObjects,
): string | undefined {
  const [pinned, found] = [digests[kind]?.[name], digestOf(spec)];
  if (pinned === found || pinned === UNCHECKED) return undefined;
  return pinned === undefined
    ? `${called(kind, name)} (${found}) is not among the pinned ones. ${remedy(file)}`
    : `${called(kind, name)} is not the pinned one: its digest is ${found}, pinned is ${pinned}. ${remedy(file)}`;
}

/** What a file should hold and does not; `undefined` when all of it was seen. */
export function missingProblem(
  seen: readonly Pick<InstalledObject, "kind" | "name">[],
  file: string,
  digests: PinnedObjects,
): string | undefined {
  const missing = Object.entries(digests).flatMap(([kind, names]) =>
    Object.keys(names)
      .filter(name => !seen.some(object => object.kind === kind && object.name === name))
      .map(name => called(kind, name)),
  );
  return missing.length === 0 ? undefined : `${missing.join(", ")}: not in ${file}. ${remedy(file)}`;
}

const called = (kind: string, name: string): string =>
  `the ${kind === "CustomResourceDefinition" ? "definition" : kind} ${name}`;

const remedy = (file: string): string =>
  `Either ${file} changed behind its address, then install nothing from it; or a pin in catalog/versions.ts was raised ` +
  "without the digests in catalog/definitions.ts, then take them from the module of that version " +
  "(test/platform/definitions.spec.ts tells them).";
