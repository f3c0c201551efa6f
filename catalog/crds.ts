/** Digests of the CRDs (custom resource definitions) behind the pinned addresses. */
import { createHash } from "node:crypto";

/** Names of the published CRD files, as `llmd-platform:definitions.existing` has them. */
export const CRD_SETS = ["gatewayApi", "inferenceExtension", "llmd"] as const;

export type CrdSetName = (typeof CRD_SETS)[number];

/** Digest of the `spec` of every object in a file, or `UNCHECKED`; by kind and name. */
export type PinnedObjects = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Stands in place of a digest where no checksum database vouches for the content: only the name is checked. */
export const UNCHECKED = "unchecked";

/** Gateway API's own guard against versions and channels that would lose fields. */
const SAFE_UPGRADES = "safe-upgrades.gateway.networking.k8s.io";

/**
 * Digests of the files in the Go modules at the tags pinned in `versions.ts`; the Go checksum database vouches for their content.
 * The published files are made from the same files at the same tag. Gateway API's is all of them, one after the other
 * (hack/build-install-yaml.sh). The Inference Extension's goes through kustomize and yq (its Makefile, `artifacts`), which
 * change the layout and add no patch. So the digest is of the meaning, not of the text, and of `spec` alone: labels and
 * annotations do not affect objects. llm-d's CRDs are in no module: only their names are checked.
 */
export const CRD_DIGESTS = {
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
} as const satisfies Readonly<Record<CrdSetName, PinnedObjects>>;

/** Digest of the meaning of a `spec`: layout and order of keys do not change it. */
export const digestOf = (spec: unknown): string =>
  `sha256:${createHash("sha256").update(canonicalJson(spec)).digest("hex")}`;

/** JSON with sorted keys, without keys whose value is null: Pulumi drops those, and they mean nothing in a CRD. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, item]) => item !== null && item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(",")}}`;
}

/** An object of a file, before it is installed. */
interface InstalledObject {
  /** Kubernetes kind; with `name` it finds the pinned digest. */
  readonly kind: string;
  /** Object's `metadata.name`. */
  readonly name: string;
  /** Content that is compared with the pinned digest; metadata does not count. */
  readonly spec: unknown;
}

/** Difference between an object of a file and its pin; `undefined` where there is none. */
export function objectProblem(
  { kind, name, spec }: InstalledObject,
  file: string,
  digests: PinnedObjects,
): string | undefined {
  const [pinned, found] = [digests[kind]?.[name], digestOf(spec)];
  if (pinned === found || pinned === UNCHECKED) return undefined;
  return pinned === undefined
    ? `${nameOf(kind, name)} (${found}) is not among the pinned objects. ${remedy(file)}`
    : `${nameOf(kind, name)} is not the pinned one: its digest is ${found}, the pinned digest is ${pinned}. ${remedy(file)}`;
}

/** Pinned objects that a file lacks; `undefined` where it lacks none. */
export function missingProblem(
  seen: readonly Pick<InstalledObject, "kind" | "name">[],
  file: string,
  digests: PinnedObjects,
): string | undefined {
  const missing = Object.entries(digests).flatMap(([kind, names]) =>
    Object.keys(names)
      .filter(name => !seen.some(object => object.kind === kind && object.name === name))
      .map(name => nameOf(kind, name)),
  );
  return missing.length === 0 ? undefined : `${file} lacks ${missing.join(", ")}. ${remedy(file)}`;
}

const nameOf = (kind: string, name: string): string =>
  `the ${kind === "CustomResourceDefinition" ? "CRD" : kind} ${name}`;

const remedy = (file: string): string =>
  `If ${file} changed at its address, install nothing from it. If a pin in catalog/versions.ts was raised without the digests ` +
  'in catalog/crds.ts, take the new ones: "npx mocha test/catalog/crds.spec.ts" prints them.';
