/** Model servers, and the conventions all serving paths share: probes, volumes, environment, placement. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { GPU_TAINT, NODE_LABELS } from "../catalog/gpuPool";
import { TOKEN_KEY } from "./huggingFace";
import type { ModelContext } from "./modelService";
import { revisionName, serverAccountName, serverLabels, serverSelector } from "./names";
import * as optimizedBaseline from "./paths/optimizedBaseline";

/** Port of a model server, and of its metrics. */
export const SERVING_PORT = 8000;

const ROLE = "decode";

// An `up` must not wait for GPUs that may take an hour to come.
const NOT_AWAITED = { "pulumi.com/skipAwait": "true" };

/** The account of the servers' pods, which has no rights and no token. */
export function createServerAccount({ identity, args, opts }: ModelContext): k8s.core.v1.ServiceAccount {
  const name = serverAccountName(identity);
  return new k8s.core.v1.ServiceAccount(
    name,
    { metadata: { name, namespace: args.namespace }, automountServiceAccountToken: false },
    opts,
  );
}

/** The servers of one revision; an `up` does not wait for them. */
export function createModelServers(
  { identity, args, opts }: ModelContext,
  account: k8s.core.v1.ServiceAccount,
  token: k8s.core.v1.Secret | undefined,
): k8s.apps.v1.Deployment {
  const name = `${revisionName(identity)}-${ROLE}`;
  const labels = serverLabels(identity, ROLE);
  return new k8s.apps.v1.Deployment(
    name,
    {
      metadata: { name, namespace: args.namespace, labels, annotations: NOT_AWAITED },
      spec: {
        // Nothing scales yet: more than the minimum would be paid for without having been asked for.
        replicas: args.replicas.min,
        // One goes before its successor comes: a full pool has no GPUs for both, and another node would be paid for.
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
        selector: { matchLabels: serverSelector(identity, ROLE) },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: account.metadata.name,
            automountServiceAccountToken: false,
            // The pool itself: two pools may have nodes of one type.
            nodeSelector: { [NODE_LABELS.nodePool]: args.nodePool },
            tolerations: [{ key: GPU_TAINT, operator: "Exists", effect: "NoSchedule" }],
            containers: [serverContainer(args, token?.metadata.name)],
            volumes: VOLUMES.map(({ name: volume, source }) => ({ name: volume, ...source })),
          },
        },
      },
    },
    opts,
  );
}

const serverContainer = (args: ModelContext["args"], tokenSecret: pulumi.Input<string> | undefined) => ({
  name: "modelserver",
  ...optimizedBaseline.vllmServer(args),
  env: [
    ...(tokenSecret ? [{ name: TOKEN_KEY, valueFrom: { secretKeyRef: { name: tokenSecret, key: TOKEN_KEY } } }] : []),
    // torch and triton need a user name for their caches: vllm#44548.
    { name: "USER", value: "llm-d" },
  ],
  ports: [{ name: "modelserver", containerPort: SERVING_PORT }],
  // An hour: loading weights from Hugging Face takes minutes to tens of minutes.
  startupProbe: { ...probe("/v1/models", 30, 120), initialDelaySeconds: 15 },
  livenessProbe: probe("/health", 10, 3),
  readinessProbe: { ...probe("/v1/models", 5, 3), timeoutSeconds: 2 },
  securityContext: { allowPrivilegeEscalation: false },
  volumeMounts: VOLUMES.map(({ name, mountPath }) => ({ name, mountPath })),
});

const probe = (path: string, periodSeconds: number, failureThreshold: number) => ({
  httpGet: { path, port: "modelserver" },
  periodSeconds,
  timeoutSeconds: 5,
  failureThreshold,
});

const VOLUMES = [
  // The workers of one server exchange tensors through it.
  { name: "shm", mountPath: "/dev/shm", source: { emptyDir: { medium: "Memory", sizeLimit: "20Gi" } } },
  { name: "cache", mountPath: "/.cache", source: { emptyDir: {} } },
  { name: "triton", mountPath: "/.triton", source: { emptyDir: {} } },
  { name: "config", mountPath: "/.config", source: { emptyDir: {} } },
];
