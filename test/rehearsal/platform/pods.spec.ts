import assert from "node:assert/strict";
import { DAEMON_SETS, type Room, roomOf } from "../../../catalog/systemRoom";
import { spreadConstraints } from "../../../contracts/placement";
import { platformPods } from "../../../platform/podSizes";
import type { KubernetesApi, KubernetesObject } from "../../../rehearsal/kubernetesApi";
import { TOOLCHAIN_TIMEOUT_MS } from "../../support/apiServer";
import { FEATURES, PLATFORM, platform } from "../../support/everything";

interface Sized {
  readonly resources?: { readonly requests?: Readonly<Partial<Record<"cpu" | "memory", string>>> };
}

interface PodSpec {
  readonly priorityClassName?: string;
  readonly containers: readonly Sized[];
  readonly topologySpreadConstraints?: ReturnType<typeof spreadConstraints>;
}

/** Pods that something in the cluster makes, or would if it ran. */
interface Pods {
  readonly name: string;
  readonly replicas: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
}

/** Namespaces of the platform; beside its own part in that of the models. */
const PROCESSOR = "payload-processor";
const isPlatforms = ({ metadata: { name, namespace } }: KubernetesObject): boolean =>
  namespace !== "llm-d" || name === PROCESSOR;

/** Made by an istiod that another spec has started, of what is looked at in `gateways`. */
const isGateways = ({ metadata }: KubernetesObject): boolean =>
  ((metadata.ownerReferences ?? []) as unknown as { kind: string }[]).some(({ kind }) => kind === "Gateway");

const templated = (object: KubernetesObject, replicas: number): Pods => {
  const { template } = object.spec as unknown as { template: { metadata: { labels: Pods["labels"] }; spec: PodSpec } };
  return { name: nameOf(object), replicas, labels: template.metadata.labels, spec: template.spec };
};

const nameOf = ({ kind, metadata: { name, namespace } }: KubernetesObject): string => `${kind} ${namespace}/${name}`;

interface Autoscaler {
  readonly scaleTargetRef: { readonly name: string };
  readonly minReplicas: number;
}

async function deployments(api: KubernetesApi): Promise<Pods[]> {
  const autoscalers = (await api.list("autoscaling/v2", "HorizontalPodAutoscaler")).map(
    ({ spec }) => spec as unknown as Autoscaler,
  );
  const own = (await api.list("apps/v1", "Deployment")).filter(isPlatforms).filter(object => !isGateways(object));
  return own.map(object => {
    const scaler = autoscalers.find(({ scaleTargetRef }) => scaleTargetRef.name === object.metadata.name);
    return templated(object, scaler?.minReplicas ?? (object.spec as unknown as { replicas: number }).replicas);
  });
}

/** Of objects whose pods the Prometheus operator makes, with a container of its own beside the one they describe. */
async function operated(api: KubernetesApi): Promise<Pods[]> {
  const [operator] = (await deployments(api)).filter(
    ({ name }) => name.endsWith("-operator") && name.includes("prometheus"),
  );
  const { args } = (operator?.spec.containers[0] ?? {}) as { readonly args?: readonly string[] };
  const argument = (name: string) => args?.find(text => text.startsWith(`--${name}=`))?.split("=")[1] ?? "";
  const reloader = {
    resources: {
      requests: { cpu: argument("config-reloader-cpu-request"), memory: argument("config-reloader-memory-request") },
    },
  };
  const objects = await Promise.all(
    ["Prometheus", "Alertmanager"].map(kind => api.list("monitoring.coreos.com/v1", kind)),
  );
  return objects.flat().map(object => {
    const { replicas, priorityClassName, ...container } = object.spec as unknown as Sized & {
      replicas: number;
      priorityClassName: string;
    };
    return {
      name: nameOf(object),
      replicas,
      labels: {},
      spec: { priorityClassName, containers: [container, reloader] },
    };
  });
}

/** Of Gateways, whose pods istiod makes by what it is told in a ConfigMap. */
async function gateways(api: KubernetesApi): Promise<Pods[]> {
  const objects = await api.list("gateway.networking.k8s.io/v1", "Gateway");
  return Promise.all(
    objects.map(async ({ metadata: { name, namespace } }) => {
      const { data } = (await api.call("GET", `/api/v1/namespaces/${namespace}/configmaps/${name}`)) as {
        data: Record<string, string>;
      };
      const { minReplicas } = JSON.parse(data.horizontalPodAutoscaler ?? "").spec;
      const { spec } = JSON.parse(data.deployment ?? "").spec.template;
      const labels = { "gateway.networking.k8s.io/gateway-name": name };
      return { name: `Gateway ${namespace}/${name}`, replicas: minReplicas, labels, spec };
    }),
  );
}

const requestsOf = ({ spec }: Pods): Room =>
  spec.containers
    .map(({ resources }) => roomOf({ cpu: "0", memory: "0", ...resources?.requests }))
    .reduce((a, b) => ({ milliCpus: a.milliCpus + b.milliCpus, mib: a.mib + b.mib }));

/** As the catalogue counts them; what of charts that are not rendered here is left out. */
const counted = (): string[] =>
  platformPods({ ...PLATFORM, features: { ...FEATURES, gpuOperator: false } }, "min")
    .filter(({ name }) => name !== "add-ons")
    .map(({ replicas, requests }) => sizeOf(replicas, roomOf(requests)));

const sizeOf = (replicas: number, { milliCpus, mib }: Room): string => `${replicas} of ${milliCpus}m, ${mib} MiB`;

describe("the pods of a platform with all its parts, as its charts render them", () => {
  let all: Pods[];
  let daemons: Pods[];
  let priorities: ReadonlyMap<string, number>;

  before(async function () {
    this.timeout(TOOLCHAIN_TIMEOUT_MS);
    const { api } = (await platform()).environment.cluster;
    all = (await Promise.all([deployments(api), operated(api), gateways(api)])).flat();
    daemons = (await api.list("apps/v1", "DaemonSet")).filter(isPlatforms).map(object => templated(object, 1));
    const classes = await api.list("scheduling.k8s.io/v1", "PriorityClass");
    priorities = new Map(classes.map(({ metadata, value }) => [metadata.name, Number(value)]));
    assert.deepEqual(await api.list("apps/v1", "StatefulSet"), [], "what makes pods that nobody looks at here");
  });

  const priorityOf = ({ spec }: Pods): number => priorities.get(spec.priorityClassName ?? "") ?? 0;

  it("all have a priority, and none of them one that an endpoint picker pushes out", () => {
    const least = priorities.get("llmd-routing") ?? Number.POSITIVE_INFINITY;
    for (const pods of [...all, ...daemons]) assert.ok(priorityOf(pods) >= least, pods.name);
  });

  it("stand on two nodes and in two zones at least wherever there are two", () => {
    for (const { name, replicas, labels, spec } of all.filter(pods => pods.replicas > 1)) {
      const [zone] = spec.topologySpreadConstraints ?? [];
      const selected = zone?.labelSelector.matchLabels ?? {};
      assert.deepEqual(spec.topologySpreadConstraints, spreadConstraints(selected, replicas), name);
      assert.deepEqual({ ...labels, ...selected }, labels, `${name} is spread by labels that it does not have`);
      const others = all.filter(other => other.name !== name && isWithin(selected, other.labels));
      assert.deepEqual(
        others.filter(other => namespaceOf(other) === namespaceOf({ name })).map(other => other.name),
        [],
        `${name} is spread together with others`,
      );
    }
  });

  it("ask for exactly what they are counted with", () =>
    assert.deepEqual(all.map(pods => sizeOf(pods.replicas, requestsOf(pods))).sort(), counted().sort()));

  it("leave room for DaemonSets as they are counted", () => {
    const { milliCpus, mib } = daemons
      .map(requestsOf)
      .reduce((a, b) => ({ milliCpus: a.milliCpus + b.milliCpus, mib: a.mib + b.mib }));
    assert.ok(milliCpus <= DAEMON_SETS.milliCpus && mib <= DAEMON_SETS.mib, `${milliCpus}m, ${mib} MiB`);
  });
});

const namespaceOf = ({ name }: Pick<Pods, "name">): string => name.split(" ")[1]?.split("/")[0] ?? "";

const isWithin = (some: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(some).every(([key, value]) => labels[key] === value);
