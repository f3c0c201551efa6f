/**
 * What the real kubernetes provider answers when it is asked to create or what changed, as data. The double must answer the
 * same.
 *
 * Where each row comes from:
 * - `seen`: a run of @pulumi/kubernetes 4.34.2 with this product's programs (up, again, refresh, destroy), 2026-11.
 * - `tested`: an expectation in the provider's own tests, provider/pkg/provider/diff_test.go and util_test.go,
 *   provider/pkg/clients/unstructured_test.go, tests/sdk/nodejs (`empty-array`, `ignore-changes-ssa`); 4.32.0 is the newest
 *   release whose source was at hand.
 * - `read`: follows from the provider's source (`Diff`, `pruneLiveState`, `normalizeInputs`, `forceNew`); no run is recorded.
 */
import type { Mutability } from "../../../../rehearsal/doubles/kubernetes/replacements";
import type { ChangeKind, WireObject } from "../../../../rehearsal/doubles/protocol/wire";

export interface ProviderAnswer {
  readonly what: string;
  readonly source: "seen" | "tested" | "read";
  /** Inputs of the last operation. */
  readonly old: WireObject;
  /** What the API server made of them. @default - the same */
  readonly live?: WireObject;
  /** @default - the old inputs again */
  readonly inputs?: WireObject;
  /** What the API server would make of the new inputs. @default - the same */
  readonly stored?: WireObject;
  /** @default - none */
  readonly ignoreChanges?: readonly string[];
  /** @default - both in place, as this product's providers are set */
  readonly mutability?: Mutability;
  /** Paths and what happens there; none means that nothing is proposed. */
  readonly changes: Readonly<Record<string, ChangeKind>>;
  /** @default - none */
  readonly replaces?: readonly string[];
  /** @default false */
  readonly deletesFirst?: boolean;
}

const named = (apiVersion: string, kind: string, fields: WireObject = {}, metadata: WireObject = {}): WireObject => ({
  apiVersion,
  kind,
  metadata: { name: "it", namespace: "spec", ...metadata },
  ...fields,
});

const gateway = (metadata: WireObject, spec: WireObject = { gatewayClassName: "istio" }) =>
  named("gateway.networking.k8s.io/v1", "Gateway", { spec }, metadata);
const deployment = (spec: WireObject, metadata: WireObject = {}) => named("apps/v1", "Deployment", { spec }, metadata);
const pod = (spec: WireObject) => named("v1", "Pod", { spec });
const nginx = (container: WireObject) => pod({ containers: [{ name: "nginx", image: "nginx", ...container }] });
const claim = (spec: WireObject) => named("v1", "PersistentVolumeClaim", { spec });
const configMap = (data: WireObject, fields: WireObject = {}) => named("v1", "ConfigMap", { data, ...fields });
const secret = (fields: WireObject, metadata: WireObject = {}) => named("v1", "Secret", fields, metadata);
const pool = (limits: WireObject) => named("karpenter.sh/v1", "NodePool", { spec: { limits } });
const crd = (fields: WireObject, metadata: WireObject = {}): WireObject => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.com", ...metadata },
  ...fields,
});
const requests = (cpu: string | number) => ({
  template: { spec: { containers: [{ resources: { requests: { cpu } } }] } },
});

/** What a creation ends in. */
export interface ProviderCreation {
  readonly what: string;
  readonly source: ProviderAnswer["source"];
  /** @param namespace for this row alone. */
  readonly inputs: (namespace: string) => WireObject;
  /** How often it is created. @default 1 */
  readonly times?: number;
  /** The id of the last one, or why there is none. */
  readonly ends: (namespace: string) => RegExp;
}

const settings = (metadata: WireObject) => named("v1", "ConfigMap", { data: { a: "1" } }, metadata);

export const PROVIDER_CREATIONS: readonly ProviderCreation[] = [
  {
    what: "gives an object of a namespace its namespace and name as id",
    source: "seen",
    inputs: namespace => settings({ namespace }),
    ends: namespace => new RegExp(`^${namespace}/it$`),
  },
  {
    what: "gives an object of the cluster its name as id",
    source: "seen",
    inputs: name => ({ apiVersion: "v1", kind: "Namespace", metadata: { name: `${name}-more` } }),
    ends: name => new RegExp(`^${name}-more$`),
  },
  {
    what: "names what has no name after its resource",
    source: "tested",
    inputs: namespace => settings({ namespace, name: undefined }),
    ends: namespace => new RegExp(`^${namespace}/it-[0-9a-f]{8}$`),
  },
  {
    what: "rejects what exists, whatever made it",
    source: "tested",
    inputs: namespace => settings({ namespace }),
    times: 2,
    ends: () => /"it" already exists$/,
  },
  {
    what: "rejects to have the API server make up a name",
    source: "read",
    inputs: namespace => settings({ namespace, name: undefined, generateName: "it-" }),
    ends: () => /^the `.metadata.generateName` field is not supported in Server-Side Apply mode$/,
  },
];

const BY_DEFAULT: Mutability = { configMaps: false, secrets: false };

/** Objects that nobody changed. */
const UNCHANGED: readonly ProviderAnswer[] = [
  {
    what: "proposes for ever to add labels that are empty to a custom object, because the API server drops them",
    source: "seen",
    old: gateway({ labels: {} }),
    live: gateway({}),
    changes: { "metadata.labels": "add" },
  },
  {
    what: "proposes nothing where a custom object is live as it was given, whatever else is in it",
    source: "seen",
    old: gateway({ labels: { "istio.io/rev": "1-29" } }),
    live: { ...gateway({ labels: { "istio.io/rev": "1-29" }, uid: "u", generation: 3 }), status: { addresses: [] } },
    changes: {},
  },
  {
    what: "proposes nothing for a Deployment with the server's defaults",
    source: "seen",
    old: deployment({ template: { spec: { containers: [{ name: "a" }] } } }),
    live: deployment({ replicas: 1, template: { spec: { containers: [{ name: "a", imagePullPolicy: "Always" }] } } }),
    changes: {},
  },
  {
    what: "proposes nothing for empty lists of a built-in kind",
    source: "tested",
    old: nginx({ volumeMounts: [] }),
    live: nginx({}),
    changes: {},
  },
  {
    what: "proposes nothing for empty labels of a built-in kind",
    source: "read",
    old: deployment({ replicas: 1 }, { labels: {}, annotations: {} }),
    live: deployment({ replicas: 1 }),
    changes: {},
  },
  {
    what: "proposes nothing for a quantity of a built-in kind that the API server spells otherwise",
    source: "read",
    old: deployment(requests("1000m")),
    live: deployment(requests("1")),
    changes: {},
  },
  {
    what: "proposes for ever what a built-in kind was given and the API server dropped, unless it is empty",
    source: "read",
    old: pod({ hostname: "a", behindGate: "on" }),
    live: pod({ hostname: "a" }),
    changes: { "spec.behindGate": "add" },
  },
  {
    what: "proposes nothing for a Secret given as text",
    source: "tested",
    old: secret({ stringData: { token: "bar" } }),
    live: secret({ data: { token: "YmFy" } }),
    changes: {},
  },
  {
    what: "proposes nothing for bytes of a Secret with a line break after them",
    source: "tested",
    old: secret({ data: { token: "YmFy\n" } }),
    live: secret({ data: { token: "YmFy" } }),
    changes: {},
  },
  {
    what: "proposes for ever to add empty labels and data to a Secret, which it does not read as a type",
    source: "read",
    old: secret({ data: {} }, { labels: {} }),
    live: secret({}),
    changes: { "metadata.labels": "add", data: "add" },
  },
  {
    what: "proposes nothing for the status of a CRD and fields that it is to prune",
    source: "tested",
    old: crd({ spec: { group: "example.com", preserveUnknownFields: false }, status: { conditions: [] } }),
    live: crd({ spec: { group: "example.com" }, status: { conditions: [{ type: "Established" }] } }),
    changes: {},
  },
  {
    what: "proposes for ever to add empty labels to a CRD",
    source: "read",
    old: crd({ spec: { group: "example.com" } }, { labels: {} }),
    live: crd({ spec: { group: "example.com" } }),
    changes: { "metadata.labels": "add" },
  },
  {
    what: "proposes nothing for a creation time that a file brought along",
    source: "read",
    old: crd({ spec: { group: "example.com" } }, { creationTimestamp: null }),
    live: crd({ spec: { group: "example.com" } }, { creationTimestamp: "2026-11-30T21:00:00Z" }),
    changes: {},
  },
  {
    what: "counts of a list as many items as were given",
    source: "tested",
    old: pod({ tolerations: [{ key: "mine" }] }),
    live: pod({ tolerations: [{ key: "mine" }, { key: "not-ready", operator: "Exists" }] }),
    changes: {},
  },
  {
    what: "proposes a list again into which somebody put an item first",
    source: "read",
    old: pod({ tolerations: [{ key: "mine" }] }),
    live: pod({ tolerations: [{ key: "theirs" }, { key: "mine" }] }),
    changes: { "spec.tolerations[0].key": "update" },
  },
];

const CHANGED: readonly ProviderAnswer[] = [
  {
    what: "updates a custom object's quantity that is only spelled otherwise",
    source: "read",
    old: pool({ cpu: "1000m" }),
    inputs: pool({ cpu: "1" }),
    changes: { "spec.limits.cpu": "update" },
  },
  {
    what: "finds no change where a built-in kind's quantity is only spelled otherwise",
    source: "read",
    old: deployment(requests("1000m")),
    live: deployment(requests("1")),
    inputs: deployment(requests(1)),
    stored: deployment(requests("1")),
    changes: {},
  },
  {
    what: "finds no change where a built-in kind is now given a list that is empty",
    source: "tested",
    old: nginx({}),
    inputs: nginx({ volumeMounts: [] }),
    stored: nginx({}),
    changes: {},
  },
  {
    what: "finds a change in texts that would be the same number, if they were numbers",
    source: "read",
    old: configMap({ version: "1.10", lines: "a\nb" }),
    inputs: configMap({ version: "1.1", lines: "ab" }),
    changes: { "data.version": "update", "data.lines": "update" },
  },
  {
    what: "ignores what only the server changed",
    source: "tested",
    old: nginx({}),
    live: { ...nginx({}), status: { hostIP: "10.0.0.3" } },
    changes: {},
  },
  {
    what: "asks for more storage in place",
    source: "tested",
    old: claim({ resources: { requests: { storage: "10Gi" } } }),
    inputs: claim({ resources: { requests: { storage: "20Gi" } } }),
    changes: { "spec.resources.requests.storage": "update" },
  },
  {
    what: "changes a ConfigMap in place where its provider was told that it may",
    source: "tested",
    old: configMap({ a: "3" }),
    inputs: configMap({ a: "4" }),
    changes: { "data.a": "update" },
  },
  {
    what: "changes a Secret in place where its provider was told that it may",
    source: "tested",
    old: secret({ data: { a: "Mw==" } }),
    inputs: secret({ data: { a: "NA==" } }),
    changes: { "data.a": "update" },
  },
  {
    what: "puts back what somebody else changed and a refresh has found",
    source: "read",
    old: gateway({}, { gatewayClassName: "other" }),
    inputs: gateway({}),
    changes: { "spec.gatewayClassName": "update" },
  },
  {
    what: "updates an object to another version of its API",
    source: "read",
    old: named("gateway.networking.k8s.io/v1beta1", "ReferenceGrant"),
    inputs: named("gateway.networking.k8s.io/v1", "ReferenceGrant"),
    changes: { apiVersion: "update" },
  },
];

const REPLACED: readonly ProviderAnswer[] = [
  {
    what: "replaces a pod whose container gets variables",
    source: "tested",
    old: nginx({}),
    inputs: nginx({ env: [{ name: "A", value: "1" }] }),
    changes: { "spec.containers[0].env": "add" },
    replaces: ["spec.containers[0].env"],
    deletesFirst: true,
  },
  {
    what: "replaces a pod for which the program no longer gives what it gave before",
    source: "tested",
    old: pod({ dnsPolicy: "Default", containers: [] }),
    inputs: pod({ containers: [] }),
    changes: { "spec.dnsPolicy": "delete" },
    replaces: ["spec.dnsPolicy"],
    deletesFirst: true,
  },
  {
    what: "replaces a claim whose access modes are new",
    source: "tested",
    old: claim({ resources: {} }),
    inputs: claim({ resources: {}, accessModes: ["ReadWriteOnce"] }),
    changes: { "spec.accessModes": "add" },
    replaces: ["spec.accessModes"],
    deletesFirst: true,
  },
  {
    what: "replaces a claim whose whole spec is new",
    source: "read",
    old: named("v1", "PersistentVolumeClaim"),
    inputs: claim({ accessModes: ["ReadWriteOnce"] }),
    changes: { spec: "add" },
    replaces: ["spec"],
    deletesFirst: true,
  },
  {
    what: "replaces a pod whose second container gets another image",
    source: "tested",
    old: pod({ containers: [{ image: "a" }, { image: "b" }] }),
    inputs: pod({ containers: [{ image: "a" }, { image: "c" }] }),
    changes: { "spec.containers[1].image": "update" },
    replaces: ["spec.containers[1].image"],
    deletesFirst: true,
  },
  {
    what: "replaces a Deployment whose selector changes",
    source: "read",
    old: deployment({ selector: { matchLabels: { app: "a" } } }),
    inputs: deployment({ selector: { matchLabels: { app: "b" } } }),
    changes: { "spec.selector.matchLabels.app": "update" },
    replaces: ["spec.selector.matchLabels.app"],
    deletesFirst: true,
  },
  {
    what: "replaces a Job for another template or number of pods, not for another number of retries",
    source: "read",
    old: named("batch/v1", "Job", { spec: { backoffLimit: 1, parallelism: 1 } }),
    inputs: named("batch/v1", "Job", { spec: { backoffLimit: 2, parallelism: 2 } }),
    changes: { "spec.backoffLimit": "update", "spec.parallelism": "update" },
    replaces: ["spec.parallelism"],
    deletesFirst: true,
  },
  {
    what: "replaces a ConfigMap unless its provider was told otherwise",
    source: "tested",
    mutability: BY_DEFAULT,
    old: configMap({ a: "3" }),
    inputs: configMap({ a: "4" }),
    changes: { "data.a": "update" },
    replaces: ["data.a"],
    deletesFirst: true,
  },
  {
    what: "replaces a ConfigMap that says it is immutable",
    source: "tested",
    old: configMap({ a: "3" }, { immutable: true }),
    inputs: configMap({ a: "4" }, { immutable: true }),
    changes: { "data.a": "update" },
    replaces: ["data.a"],
    deletesFirst: true,
  },
  {
    what: "replaces a Secret unless its provider was told otherwise",
    source: "tested",
    mutability: BY_DEFAULT,
    old: secret({ data: { a: "Mw==" } }),
    inputs: secret({ data: { a: "NA==" } }),
    changes: { "data.a": "update" },
    replaces: ["data.a"],
    deletesFirst: true,
  },
  {
    what: "replaces a Secret that says it is immutable",
    source: "tested",
    old: secret({ data: { a: "Mw==" }, immutable: true }),
    inputs: secret({ data: { a: "NA==" }, immutable: true }),
    changes: { "data.a": "update" },
    replaces: ["data.a"],
    deletesFirst: true,
  },
  {
    what: "replaces a Secret that becomes another type",
    source: "tested",
    old: secret({ type: "kubernetes.io/dockerconfigjson" }),
    inputs: secret({ type: "Opaque" }),
    changes: { type: "update" },
    replaces: ["type"],
    deletesFirst: true,
  },
  {
    what: "makes the new object first where it has another name",
    source: "read",
    old: gateway({}),
    inputs: gateway({ name: "other" }),
    changes: { "metadata.name": "update" },
    replaces: ["metadata.name"],
  },
  {
    what: "makes the new object first where the name is the provider's own",
    source: "read",
    old: configMap(
      { a: "3" },
      { immutable: true, metadata: { name: "it-1", annotations: { "pulumi.com/autonamed": "true" } } },
    ),
    inputs: configMap(
      { a: "4" },
      { immutable: true, metadata: { name: "it-1", annotations: { "pulumi.com/autonamed": "true" } } },
    ),
    changes: { "data.a": "update" },
    replaces: ["data.a"],
  },
  {
    what: "updates a StorageClass whose binding mode changes, which the API server then rejects",
    source: "read",
    old: named("storage.k8s.io/v1", "StorageClass", { provisioner: "a", volumeBindingMode: "Immediate" }),
    inputs: named("storage.k8s.io/v1", "StorageClass", { provisioner: "a", volumeBindingMode: "WaitForFirstConsumer" }),
    changes: { volumeBindingMode: "update" },
  },
  {
    what: "updates a custom object whatever changes in it",
    source: "read",
    old: pool({ cpu: "1" }),
    inputs: pool({ cpu: "2" }),
    changes: { "spec.limits.cpu": "update" },
  },
];

const IGNORED: readonly ProviderAnswer[] = [
  {
    what: "proposes nothing at an ignored path, whatever is live there",
    source: "tested",
    old: deployment({ replicas: 1 }),
    live: deployment({ replicas: 3 }),
    ignoreChanges: ["spec.replicas"],
    changes: {},
  },
  {
    what: "proposes what changes beside an ignored path",
    source: "tested",
    old: deployment({ replicas: 1, paused: true }),
    live: deployment({ replicas: 3, paused: true }),
    inputs: deployment({ replicas: 1, paused: false }),
    ignoreChanges: ["spec.replicas"],
    changes: { "spec.paused": "update" },
  },
  {
    what: "ignores all below an ignored path, and each item where the path says so",
    source: "read",
    old: pod({ containers: [{ image: "a" }, { image: "b" }], nodeSelector: { a: "1" } }),
    live: pod({ containers: [{ image: "x" }, { image: "y" }], nodeSelector: { a: "2" } }),
    ignoreChanges: ["spec.containers[*].image", "spec.nodeSelector"],
    changes: {},
  },
  {
    what: "proposes a path whose name only begins like an ignored one",
    source: "read",
    old: deployment({ replicasTotal: 1 }),
    live: deployment({ replicasTotal: 2 }),
    ignoreChanges: ["spec.replicas"],
    changes: { "spec.replicasTotal": "update" },
  },
];

/** In the order in which they are read best. */
export const PROVIDER_ANSWERS: readonly ProviderAnswer[] = [...UNCHANGED, ...CHANGED, ...REPLACED, ...IGNORED];
