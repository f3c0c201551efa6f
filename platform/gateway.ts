/** The Gateway below which every model's route hangs. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { accessLog } from "./entry/accessLog";
import { envoyFilter, GATEWAY_GROUP, gateway, revisionLabel } from "./entry/customResources";
import { podParameters } from "./entry/pods";

export interface InferenceGatewayArgs {
  readonly kubernetes: k8s.Provider;
  readonly namespace: pulumi.Input<string>;
  /** Of the istiod that looks after it. */
  readonly revision: pulumi.Output<string | undefined>;
  /** Pods of the gateway. @default 2 to 4 */
  readonly replicas?: { readonly min: number; readonly max: number };
}

/** Upstream's name, so that its guides and dashboards apply. */
const NAME = "llm-d-inference-gateway";

/** Upstream's. */
const RESOURCES = { requests: { cpu: "2", memory: "4Gi" }, limits: { cpu: "8", memory: "16Gi" } } as const;

/** A Gateway reachable inside the cluster only. */
export class InferenceGateway extends pulumi.ComponentResource {
  readonly gateway: pulumi.Output<{ name: string; namespace: string }>;
  /** Its Service, which Istio names after gateway and class. */
  readonly service: pulumi.Output<{ name: string; namespace: string }>;
  /** Address inside the cluster. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: InferenceGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:InferenceGateway", name, {}, opts);
    const options = { parent: this, provider: args.kubernetes };
    const parameters = createParameters(name, args, options);
    const made = createGateway(name, args, parameters, options);
    createAccessLog(name, args.namespace, { ...options, dependsOn: [made] });
    this.gateway = pulumi.output({ name: NAME, namespace: args.namespace });
    this.service = pulumi.output({ name: `${NAME}-istio`, namespace: args.namespace });
    this.url = pulumi.interpolate`http://${NAME}-istio.${args.namespace}.svc.cluster.local`;
    this.registerOutputs({ url: this.url });
  }
}

/** How Istio builds the gateway's Deployment and Service. */
const createParameters = (
  name: string,
  { namespace, replicas = { min: 2, max: 4 } }: InferenceGatewayArgs,
  opts: pulumi.CustomResourceOptions,
) =>
  new k8s.core.v1.ConfigMap(
    name,
    { metadata: { name: NAME, namespace }, data: podParameters({ gateway: NAME, replicas, resources: RESOURCES }) },
    opts,
  );

const createGateway = (
  name: string,
  { namespace, revision }: InferenceGatewayArgs,
  parameters: k8s.core.v1.ConfigMap,
  opts: pulumi.CustomResourceOptions,
) =>
  gateway(
    name,
    {
      name: NAME,
      namespace,
      labels: revisionLabel(revision).apply(label => ({ "istio.io/enable-inference-extproc": "true", ...label })),
    },
    {
      gatewayClassName: "istio",
      infrastructure: { parametersRef: { group: "", kind: "ConfigMap", name: parameters.metadata.name } },
      listeners: [{ name: "default", port: 80, protocol: "HTTP", allowedRoutes: { namespaces: { from: "All" } } }],
    },
    opts,
  );

/** The same line for each request that the entry writes. */
const createAccessLog = (name: string, namespace: pulumi.Input<string>, opts: pulumi.CustomResourceOptions) =>
  envoyFilter(
    name,
    { name: NAME, namespace },
    { targetRefs: [{ group: GATEWAY_GROUP, kind: "Gateway", name: NAME }], configPatches: [accessLog()] },
    opts,
  );
