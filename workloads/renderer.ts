/**
 * Turns requests into tokens for a picker that knows caches by the tokens they hold: vLLM without a GPU and without weights,
 * with the model's own template and tokenizer. As in llm-d's guide on precise prefix cache routing.
 */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { IMAGES } from "../catalog/versions";
import type { RevisionContext } from "./context";
import { TOKEN_KEY } from "./huggingFace";
import { rendererName, revisionName } from "./names";
import type { ModelPlan } from "./plan";
import { NOT_AWAITED } from "./servers/conventions";

const PORT = 8000;

/** Who reads tokenizers from Hugging Face, and where that is mounted. */
const CACHE = { name: "cache", mountPath: "/tmp/hf" };

/** Label of its pods alone; its value is the revision's name. */
const RENDERER_LABEL = "llmd/renderer";

/** Where the picker's `token-producer` asks: a name of the picker's own namespace. */
export const rendererUrl = ({ name, revision }: Pick<ModelPlan, "name" | "revision">): string =>
  `http://${rendererName({ model: name, revision })}:${PORT}`;

/**
 * Two, on different nodes where there are: without tokens the picker chooses as if caches were empty.
 * @param token for a gated model's tokenizer; what is open is fetched without.
 */
export function createRenderer(
  context: RevisionContext,
  token: k8s.core.v1.Secret | undefined,
): k8s.apps.v1.Deployment {
  const name = rendererName(context.identity);
  const labels = { [RENDERER_LABEL]: revisionName(context.identity) };
  createService(context, name, labels);
  createBudget(context, name, labels);
  return createDeployment(context, name, labels, isOpen(context.plan) ? undefined : token?.metadata.name);
}

type Labels = Record<string, string>;

/** Whether anybody may fetch the tokenizer. Of a model that the catalogue does not know, nobody can tell. */
const isOpen = ({ known, weights: { gated } }: ModelPlan): boolean => known !== undefined && !gated;

/**
 * By when it should be Ready: as long as its startup probe waits, and as long again for a node and an image of gigabytes.
 * Kubernetes' ten minutes are over before the probe's.
 */
const DEADLINE_SECONDS = 1260;

const createDeployment = (
  { plan, site, opts }: RevisionContext,
  name: string,
  labels: Labels,
  tokenSecret: pulumi.Input<string> | undefined,
) =>
  new k8s.apps.v1.Deployment(
    name,
    {
      metadata: {
        name,
        namespace: site.namespace,
        annotations: NOT_AWAITED,
      },
      spec: {
        replicas: 2,
        progressDeadlineSeconds: DEADLINE_SECONDS,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            automountServiceAccountToken: false,
            // As for servers: the namespace's Services are none of its business.
            enableServiceLinks: false,
            priorityClassName: pulumi.output(site.priorityClasses).routing,
            securityContext: { seccompProfile: { type: "RuntimeDefault" } },
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: "kubernetes.io/hostname",
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector: { matchLabels: labels },
              },
            ],
            containers: [container(plan, tokenSecret)],
            volumes: [{ name: CACHE.name, emptyDir: {} }],
          },
        },
      },
    },
    opts,
  );

const container = ({ model, servedName, weights }: ModelPlan, tokenSecret: pulumi.Input<string> | undefined) => ({
  name: "vllm-render",
  image: IMAGES.renderer,
  command: ["vllm", "launch", "render"],
  args: [
    model,
    `--port=${PORT}`,
    // It refuses requests for any other name: the picker's are for the one that all revisions are served by.
    ...(servedName === model ? [] : [`--served-model-name=${servedName}`]),
    // The same commit as the servers': another tokenizer would make other tokens.
    ...(weights.commit === undefined ? [] : [`--revision=${weights.commit}`]),
  ],
  env: [
    { name: "HF_HOME", value: CACHE.mountPath },
    // torch needs a user name for its caches: vllm#44548.
    { name: "USER", value: "llm-d" },
    ...(tokenSecret ? [{ name: TOKEN_KEY, valueFrom: { secretKeyRef: { name: tokenSecret, key: TOKEN_KEY } } }] : []),
  ],
  ports: [{ name: "render-http", containerPort: PORT }],
  // Upstream's.
  resources: { requests: { cpu: "4", memory: "8Gi" }, limits: { memory: "8Gi" } },
  // Ten minutes, as upstream gives it, to fetch the tokenizer and to start.
  startupProbe: { ...probe(10, 60), initialDelaySeconds: 30 },
  livenessProbe: probe(10, 3),
  readinessProbe: probe(5, 3),
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  volumeMounts: [CACHE],
});

const probe = (periodSeconds: number, failureThreshold: number) => ({
  httpGet: { path: "/health", port: "render-http" },
  periodSeconds,
  timeoutSeconds: 5,
  failureThreshold,
});

/** Without an address of its own: its name stands for the pods, so that network policies need to know no more than them. */
const createService = ({ site, opts }: RevisionContext, name: string, labels: Labels) =>
  new k8s.core.v1.Service(
    name,
    {
      metadata: { name, namespace: site.namespace, annotations: NOT_AWAITED },
      spec: {
        type: "ClusterIP",
        clusterIP: "None",
        selector: labels,
        ports: [{ name: "render-http", port: PORT, targetPort: PORT, appProtocol: "http" }],
      },
    },
    opts,
  );

const createBudget = ({ site, opts }: RevisionContext, name: string, labels: Labels) =>
  new k8s.policy.v1.PodDisruptionBudget(
    name,
    { metadata: { name, namespace: site.namespace }, spec: { maxUnavailable: 1, selector: { matchLabels: labels } } },
    opts,
  );
