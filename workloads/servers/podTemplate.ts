/** The pods of a role's servers: what a path says of them, with what all servers have. */
import { createHash } from "node:crypto";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { NODE_LABELS, nodePoolName } from "../../catalog/gpuPool";
import { SERVER_PORT_NAMES } from "../../catalog/serving";
import { budgetSeconds } from "../../catalog/startup";
import type { RevisionContext } from "../context";
import { HUB_ENV, tokenEnv } from "../huggingFace";
import { type RevisionKey, serverLabels } from "../names";
import type { RevisionPlan, RolePlan } from "../plan";
import { namesRepository } from "../settings/engineArgs";
import { ADAPTERS, adapterFetch, hasPinnedAdapters } from "../weights/adapters";
import { ENCODINGS_FOLDER, encodingEnv, storedEncoding, weightsPrefix, weightsUri } from "../weights/location";
import { weightsGuard } from "../weights/marker";
import { HUB_CACHE, SHUTDOWN, vllmArgs } from "./conventions";
import type { CacheFolder, EnvVar, Probes, ServerShape } from "./shape";

/** Input of a revision's servers, the same for all of them. */
export interface ServerNeeds {
  /** Name of their account. */
  readonly account: pulumi.Input<string>;
  /** Name of the Secret with the Hugging Face token. @default - none is configured */
  readonly tokenSecret?: pulumi.Input<string> | undefined;
  /** Resources that come before the first pod: the rights of its account in AWS. @default [] */
  readonly after?: readonly pulumi.Resource[];
}

/** Annotation by which a change of one role's pods replaces the other role's, too. */
const SERVERS_DIGEST = "llmd/servers-sha256";

/** Labels of a role's pods, and of what makes them. */
export const labelsOf = (key: RevisionKey, { role, server }: RolePlan) => ({
  ...serverLabels(key, role),
  ...server.labels,
});

export function podTemplate(
  context: RevisionContext,
  role: RolePlan,
  needs: ServerNeeds,
): k8s.types.input.core.v1.PodTemplateSpec {
  const { plan, cluster } = context;
  const { server: shape } = role;
  const before = [weightsGuard(context, shape.image), adapterFetch(context, shape.image, needs.tokenSecret)];
  const initContainers = [...before.filter(container => container !== undefined), ...shape.sidecars];
  return {
    metadata: {
      labels: labelsOf(context.key, role),
      ...(plan.servingPath.rollout === "together" && { annotations: { [SERVERS_DIGEST]: serversDigest(plan) } }),
    },
    spec: {
      serviceAccountName: needs.account,
      automountServiceAccountToken: false,
      // Else every Service of the namespace is in every server's environment, more of them with each model.
      enableServiceLinks: false,
      // Nobody has tried whether EFA's and NIXL's libraries get by with the calls of the kernel that this leaves them.
      ...(role.efaPerPod === 0 && { securityContext: { seccompProfile: { type: "RuntimeDefault" } } }),
      priorityClassName: pulumi.output(cluster.priorityClasses).serving,
      terminationGracePeriodSeconds: SHUTDOWN.graceSeconds,
      // The pool itself: two pools may have nodes of one type.
      nodeSelector: { [NODE_LABELS.nodePool]: nodePoolName(role.pool.name) },
      tolerations: [{ key: role.pool.taintKey, operator: "Exists", effect: "NoSchedule" }],
      ...(shape.affinity && { affinity: shape.affinity }),
      ...(initContainers.length > 0 && { initContainers }),
      containers: [serverContainer(context, role, needs)],
      volumes: volumesOf(plan, shape),
    },
  };
}

/** Digest of everything that the servers of both roles are made from, without their number. */
function serversDigest(plan: RevisionPlan): string {
  const shapes = plan.roles.map(role => {
    return {
      ...role.server,
      args: vllmArgs(plan, role, role.server.args),
      given: plan.env,
      model: isStreamed(plan) ? weightsPrefix(plan) : plan.model,
      pool: role.pool.name,
    };
  });
  return createHash("sha256").update(JSON.stringify(shapes)).digest("hex");
}

/** True where weights come from S3. */
const isStreamed = ({ weights }: RevisionPlan): boolean => weights.source === "s3";

/** True where servers fetch anything from Hugging Face themselves: weights, or what no Job copies. */
const usesHub = (plan: RevisionPlan): boolean =>
  !isStreamed(plan) || plan.lora.length > 0 || plan.engineArgs.some(namesRepository);

const serverContainer = (
  context: RevisionContext,
  role: RolePlan,
  needs: ServerNeeds,
): k8s.types.input.core.v1.Container => ({
  name: SERVER_PORT_NAMES.modelServer,
  image: role.server.image,
  command: [...role.server.command],
  args: [
    isStreamed(context.plan) ? weightsUri(context.cluster, context.plan) : context.plan.model,
    ...vllmArgs(context.plan, role, role.server.args),
  ],
  env: environment(context, role.server, needs),
  ports: [...role.server.ports],
  resources: { requests: { ...role.server.requests }, limits: { ...role.server.limits } },
  ...kubeletProbes(role.server.probes),
  // Until then the picker may still choose this server.
  lifecycle: { preStop: { sleep: { seconds: SHUTDOWN.preStopSeconds } } },
  securityContext: {
    allowPrivilegeEscalation: false,
    ...(role.server.capabilities.length > 0 && { capabilities: { add: [...role.server.capabilities] } }),
  },
  volumeMounts: [
    { name: "shm", mountPath: "/dev/shm" },
    ...[HUB_CACHE, ...role.server.compileCaches].map(({ name, mountPath }) => ({ name, mountPath })),
    ...fetchedFolders(context.plan).map(folder => ({ ...folder, readOnly: true })),
  ],
});

const environment = (
  { plan, cluster }: RevisionContext,
  shape: ServerShape,
  { tokenSecret }: ServerNeeds,
): EnvVar[] => [
  // Weights from S3 were fetched by the Job that copied them: a server that does not need the token does not get it.
  ...(usesHub(plan) ? tokenEnv(tokenSecret) : []),
  // torch and triton need a user name for their caches: vllm#44548.
  { name: "USER", value: "llm-d" },
  { name: "HF_HUB_CACHE", value: HUB_CACHE.mountPath },
  ...(usesHub(plan) ? HUB_ENV.filter(({ name }) => !(name in plan.env)) : []),
  // vLLM gives up after 10 minutes by itself, whatever kubelet would still allow.
  { name: "VLLM_ENGINE_READY_TIMEOUT_S", value: String(budgetSeconds(shape.probes.startup)) },
  ...(isStreamed(plan) ? [{ name: "AWS_REGION", value: cluster.region }] : []),
  ...encodingEnv(plan),
  // Opens /v1/load_lora_adapter and its opposite on every server. Who reaches them makes the server fetch any repository it
  // is told: no route may lead there, and the network policies let nobody past the gateway.
  ...(plan.lora.length > 0 ? [{ name: "VLLM_ALLOW_RUNTIME_LORA_UPDATING", value: "True" }] : []),
  // Said in either case: AWS's image has INFO in /etc/nccl.conf.
  { name: "NCCL_DEBUG", value: plan.debug.nccl ? "INFO" : "WARN" },
  ...shape.env,
  ...Object.entries(plan.env).map(([name, value]) => ({ name, value })),
];

function kubeletProbes({ port, startup, liveness, readiness }: Probes) {
  const probe = ({ path, ...times }: Probes["startup"]) => ({ httpGet: { path, port }, ...times });
  return { startupProbe: probe(startup), livenessProbe: probe(liveness), readinessProbe: probe(readiness) };
}

/** Filled by init containers; the server itself only reads them. */
const fetchedFolders = (plan: RevisionPlan): CacheFolder[] => [
  ...(hasPinnedAdapters(plan) ? [ADAPTERS] : []),
  ...(storedEncoding(plan) ? [ENCODINGS_FOLDER] : []),
];

/** On the node's own disks, which are NVMe: emptyDir goes with the pod, not with a container that restarts. */
const volumesOf = (
  plan: RevisionPlan,
  { sharedMemory, compileCaches }: ServerShape,
): k8s.types.input.core.v1.Volume[] => [
  { name: "shm", emptyDir: { medium: "Memory", sizeLimit: sharedMemory } },
  ...[HUB_CACHE, ...compileCaches, ...fetchedFolders(plan)].map(({ name }) => ({
    name,
    emptyDir: {},
  })),
];
