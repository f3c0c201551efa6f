/** One served model: its servers, the pool they form, and the route that leads there. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { GPU_RESOURCE, GPU_TAINT } from "../catalog/gpuPool";
import { IMAGES } from "../catalog/versions";
import type { ModelEndpoint, ObjectName } from "../contracts/outputs";
import type { ModelSettings } from "./settings";

export interface ModelServiceArgs extends ModelSettings {
  readonly namespace: pulumi.Input<string>;
  readonly gateway: pulumi.Input<ObjectName>;
  readonly gatewayUrl: pulumi.Input<string>;
  /** Instance type of the model's pool. */
  readonly instanceType: pulumi.Input<string>;
  readonly huggingFaceToken: pulumi.Input<string>;
  readonly kubernetes: k8s.Provider;
}

interface Context {
  readonly name: string;
  readonly args: ModelServiceArgs;
  readonly opts: pulumi.CustomResourceOptions;
}

const SERVING_PORT = 8000;
/** Service port of the endpoint picker. */
const PICKER_PORT = 9002;
const TOKEN_KEY = "HF_TOKEN";
// An `up` must not wait for GPUs that may take an hour to come.
const NOT_AWAITED = { "pulumi.com/skipAwait": "true" };

export class ModelService extends pulumi.ComponentResource {
  readonly endpoint: pulumi.Output<ModelEndpoint>;

  constructor(name: string, args: ModelServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:workloads:ModelService", name, {}, opts);
    const context: Context = { name, args, opts: { parent: this, provider: args.kubernetes } };
    const account = createServiceAccount(context);
    const token = createToken(context);
    createServers(context, account, token);
    const pool = createPool(context);
    createRoute(context, pool);
    this.endpoint = endpointOf(args);
    this.registerOutputs({ endpoint: this.endpoint });
  }
}

/** Label keys are upstream's; the model's name keeps two models of one path apart. */
const labelsOf = (name: string) => ({
  "llm-d.ai/guide": "optimized-baseline",
  "llm-d.ai/model": name,
  "llm-d.ai/role": "decode",
});

const createServiceAccount = ({ name, args, opts }: Context) =>
  new k8s.core.v1.ServiceAccount(
    name,
    { metadata: { name, namespace: args.namespace }, automountServiceAccountToken: false },
    opts,
  );

const createToken = ({ name, args, opts }: Context) =>
  new k8s.core.v1.Secret(
    `${name}-hf-token`,
    {
      metadata: { name: `${name}-hf-token`, namespace: args.namespace },
      stringData: { [TOKEN_KEY]: args.huggingFaceToken },
    },
    opts,
  );

function createServers({ name, args, opts }: Context, account: k8s.core.v1.ServiceAccount, token: k8s.core.v1.Secret) {
  const labels = labelsOf(name);
  return new k8s.apps.v1.Deployment(
    `${name}-decode`,
    {
      metadata: { name: `${name}-decode`, namespace: args.namespace, labels, annotations: NOT_AWAITED },
      spec: {
        replicas: args.replicas.max,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: account.metadata.name,
            automountServiceAccountToken: false,
            nodeSelector: { "node.kubernetes.io/instance-type": args.instanceType },
            tolerations: [{ key: GPU_TAINT, operator: "Exists", effect: "NoSchedule" }],
            containers: [serverContainer(args, token.metadata.name)],
            volumes: VOLUMES.map(({ name: volume, source }) => ({ name: volume, ...source })),
          },
        },
      },
    },
    opts,
  );
}

/** Upstream's model server of the optimized baseline: llm-d v0.9.0, guides/optimized-baseline. */
const serverContainer = (args: ModelServiceArgs, tokenSecret: pulumi.Input<string>) => ({
  name: "modelserver",
  image: IMAGES.vllm,
  command: ["vllm", "serve"],
  args: [
    args.model,
    "--disable-access-log-for-endpoints=/health,/metrics,/v1/models",
    `--tensor-parallel-size=${args.tensorParallel}`,
  ],
  env: [
    { name: TOKEN_KEY, valueFrom: { secretKeyRef: { name: tokenSecret, key: TOKEN_KEY } } },
    // torch and triton need a user name for their caches: vllm#44548.
    { name: "USER", value: "llm-d" },
  ],
  ports: [{ name: "modelserver", containerPort: SERVING_PORT }],
  resources: {
    requests: { cpu: "8", memory: "96Gi", [GPU_RESOURCE]: String(args.tensorParallel) },
    limits: { cpu: "16", memory: "128Gi", [GPU_RESOURCE]: String(args.tensorParallel) },
  },
  // An hour: loading weights from Hugging Face takes minutes to tens of minutes.
  startupProbe: { ...probe("/v1/models", 30, 120), initialDelaySeconds: 15 },
  livenessProbe: probe("/health", 10, 3),
  readinessProbe: { ...probe("/v1/models", 5, 3), timeoutSeconds: 2 },
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

const createPool = ({ name, args, opts }: Context) =>
  new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: "inference.networking.k8s.io/v1",
      kind: "InferencePool",
      metadata: { name, namespace: args.namespace },
      spec: {
        selector: { matchLabels: labelsOf(name) },
        targetPorts: [{ number: SERVING_PORT }],
        endpointPickerRef: { name: `${name}-epp`, port: { number: PICKER_PORT }, failureMode: "FailOpen" },
      },
    },
    opts,
  );

const createRoute = ({ name, args, opts }: Context, pool: k8s.apiextensions.CustomResource) =>
  new k8s.apiextensions.CustomResource(
    `${name}-route`,
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name, namespace: args.namespace },
      spec: {
        parentRefs: [
          pulumi.output(args.gateway).apply(({ name: gateway, namespace }) => ({ name: gateway, namespace })),
        ],
        rules: [
          {
            matches: [{ path: { type: "PathPrefix", value: `/${name}/` } }],
            filters: [
              { type: "URLRewrite", urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } } },
            ],
            backendRefs: [{ group: "inference.networking.k8s.io", kind: "InferencePool", name: pool.metadata.name }],
            // No limit of the gateway's own: an answer may stream for minutes.
            timeouts: { request: "0s" },
          },
        ],
      },
    },
    opts,
  );

const endpointOf = ({ name, model, replicas, tensorParallel, gatewayUrl }: ModelServiceArgs) =>
  pulumi.output(gatewayUrl).apply(url => ({
    url: `${url}/${name}/v1`,
    servedName: model,
    gpusMin: replicas.min * tensorParallel,
    gpusMax: replicas.max * tensorParallel,
  }));
