/** What is in the custom resource definitions behind the pinned addresses. */
import { createHash } from "node:crypto";

/** By name of the definition: the digest of its `spec`. */
export type DefinitionDigests = Readonly<Record<string, string>>;

/**
 * Of the files in the Go modules at the tags pinned in `versions.ts`, whose content the Go checksum database vouches for.
 * The published files come from the same files at the same tag: Gateway API's is all of them, one after the other
 * (hack/build-install-yaml.sh), the Inference Extension's goes through kustomize and yq (its Makefile, `artifacts`), which
 * lay out anew and add no patch. So only what the text means counts, and of it only `spec`: labels and annotations decide
 * nothing about the objects. llm-d's definitions are in no module, and so have no digest.
 */
export const DEFINITION_DIGESTS = {
  gatewayApi: {
    "backendtlspolicies.gateway.networking.k8s.io":
      "sha256:37b5252b95d9663bdd9c9567d2607870c216ebad8cb8c2b9975a3ed14aff2a91",
    "gatewayclasses.gateway.networking.k8s.io":
      "sha256:80173dd83b88631fe65209dca0e2bdee7e42ddf2cc77241624e4d3f0705f1a92",
    "gateways.gateway.networking.k8s.io": "sha256:b029a6036617f8b84069770fc0038f1772b1ada5882f762906b6fba898dd0cc0",
    "grpcroutes.gateway.networking.k8s.io": "sha256:c54972c4de6048fc0a93d27e8b6c80b46d6b5f5812fc7f93aafafada06f6884e",
    "httproutes.gateway.networking.k8s.io": "sha256:8b46b00e870d73803b678527b083962dba372ec736e223822ca5629596eaa8ad",
    "listenersets.gateway.networking.k8s.io": "sha256:870646c3232a8c8121438029a774852afce8edfc96aca3555f1052cb757d1b63",
    "referencegrants.gateway.networking.k8s.io":
      "sha256:563882d7f089f677e8a5367482c87b35398ef966e8e1e1ee18bd0bc69bb8a575",
    "tlsroutes.gateway.networking.k8s.io": "sha256:f5a180cd2127b6e0d04fca371dbe0e428879a2f98c7b78d19ced52d696bce805",
  },
  inferenceExtension: {
    "inferencepools.inference.networking.k8s.io":
      "sha256:0a9cea85aad41468373ed8ae04089d909f44de50c7ba51a689646f30289140ca",
  },
} as const satisfies Readonly<Record<string, DefinitionDigests>>;

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

/** A definition as it is about to be installed. */
export interface InstalledDefinition {
  readonly name: string;
  readonly spec: unknown;
}

/** What is wrong with a definition of a set with digests; `undefined` when it is the pinned one. */
export function digestProblem(
  { name, spec }: InstalledDefinition,
  file: string,
  digests: DefinitionDigests,
): string | undefined {
  const [pinned, found] = [digests[name], digestOf(spec)];
  if (pinned === found) return undefined;
  const difference =
    pinned === undefined
      ? `the definition ${name} (${found}) is not among the pinned ones`
      : `the definition ${name} is not the pinned one: its digest is ${found}, pinned is ${pinned}`;
  return (
    `${difference}. Either ${file} changed behind its address, then install nothing from it; or a pin in ` +
    "catalog/versions.ts was raised without the digests in catalog/definitions.ts, then take them from the module of " +
    "that version (test/platform/definitions.spec.ts tells them)."
  );
}
