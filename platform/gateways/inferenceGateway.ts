/** The Gateway of every model's route. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { GATEWAY_PORT, INFERENCE_GATEWAY, PICKER_PORTS } from "../../catalog/serving";
import { GATEWAY_GROUP } from "../../contracts/httpRoute";
import { AUTOSCALED, RESOURCES } from "../podSizes";
import { accessLog } from "./accessLog";
import { envoyFilter, gateway, revisionLabel } from "./customResources";
import { httpSettings, keepalive } from "./envoyPatches";
import { gatewayInfrastructure, podParameters } from "./pods";

interface InferenceGatewayArgs {
  readonly kubernetes: k8s.Provider;
  readonly namespace: pulumi.Input<string>;
  /** Revision of the istiod that manages it. */
  readonly revision: pulumi.Output<string | undefined>;
  /** Number of its pods. @default - 2 to 4, which the system pool is planned with */
  readonly replicas?: { readonly min: number; readonly max: number };
}

// An `up` waits until the gateway has a Ready pod: without one no model is reachable.
const UNTIL_PROGRAMMED = { "pulumi.com/waitFor": "condition=Programmed" };

/** A Gateway that is reachable inside the cluster only. */
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
    createFilter(name, args.namespace, { ...options, dependsOn: [made] });
    this.gateway = pulumi.output({ name: INFERENCE_GATEWAY, namespace: args.namespace });
    this.service = pulumi.output({ name: `${INFERENCE_GATEWAY}-istio`, namespace: args.namespace });
    this.url = pulumi.interpolate`http://${INFERENCE_GATEWAY}-istio.${args.namespace}.svc.cluster.local`;
    this.registerOutputs({ url: this.url });
  }
}

/** Parameters of the Deployment and Service that Istio makes. */
const createParameters = (
  name: string,
  { namespace, replicas = AUTOSCALED.inferenceGateway }: InferenceGatewayArgs,
  opts: pulumi.CustomResourceOptions,
) =>
  new k8s.core.v1.ConfigMap(
    name,
    {
      metadata: { name: INFERENCE_GATEWAY, namespace },
      data: podParameters({ gateway: INFERENCE_GATEWAY, replicas, resources: RESOURCES.inferenceGateway }),
    },
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
      name: INFERENCE_GATEWAY,
      namespace,
      annotations: UNTIL_PROGRAMMED,
      labels: revisionLabel(revision).apply(label => ({ "istio.io/enable-inference-extproc": "true", ...label })),
    },
    {
      gatewayClassName: "istio",
      infrastructure: gatewayInfrastructure(parameters.metadata.name),
      listeners: [
        { name: "default", port: GATEWAY_PORT, protocol: "HTTP", allowedRoutes: { namespaces: { from: "All" } } },
      ],
    },
    opts,
  );

/** An endpoint picker holds a request for up to 900 s while a model starts, and Envoy would end the idle stream after 300 s. */
const STREAM_IDLE_SECONDS = 960;

/** Access log, time-out for held requests, and detection of endpoint pickers that hang. */
const createFilter = (name: string, namespace: pulumi.Input<string>, opts: pulumi.CustomResourceOptions) =>
  envoyFilter(
    name,
    { name: INFERENCE_GATEWAY, namespace },
    {
      targetRefs: [{ group: GATEWAY_GROUP, kind: "Gateway", name: INFERENCE_GATEWAY }],
      configPatches: [
        accessLog(),
        httpSettings({ stream_idle_timeout: `${STREAM_IDLE_SECONDS}s` }),
        // One patch for the endpoint pickers of all models and revisions.
        keepalive(PICKER_PORTS.extProc),
      ],
    },
    opts,
  );
