/** The Gateway below which every model's route hangs. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

export interface InferenceGatewayArgs {
  readonly kubernetes: k8s.Provider;
  readonly namespace: pulumi.Input<string>;
}

/** Upstream's name, so that its guides and dashboards apply. */
const NAME = "llm-d-inference-gateway";

/** A Gateway reachable inside the cluster only. */
export class InferenceGateway extends pulumi.ComponentResource {
  readonly gateway: pulumi.Output<{ name: string; namespace: string }>;
  /** Address inside the cluster; Istio names the gateway's Service after gateway and class. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: InferenceGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:InferenceGateway", name, {}, opts);
    const options = { parent: this, provider: args.kubernetes };
    const parameters = createParameters(name, args.namespace, options);
    createGateway(name, args.namespace, parameters, options);
    this.gateway = pulumi.output({ name: NAME, namespace: args.namespace });
    this.url = pulumi.interpolate`http://${NAME}-istio.${args.namespace}.svc.cluster.local`;
    this.registerOutputs({ url: this.url });
  }
}

/** How Istio builds the gateway's Deployment and Service; sizes are upstream's. */
const createParameters = (name: string, namespace: pulumi.Input<string>, opts: pulumi.CustomResourceOptions) =>
  new k8s.core.v1.ConfigMap(
    name,
    {
      metadata: { name: NAME, namespace },
      data: {
        deployment: JSON.stringify({
          spec: {
            template: {
              spec: {
                containers: [
                  {
                    name: "istio-proxy",
                    resources: { requests: { cpu: "2", memory: "4Gi" }, limits: { cpu: "8", memory: "16Gi" } },
                  },
                ],
              },
            },
          },
        }),
        service: JSON.stringify({ spec: { type: "ClusterIP" } }),
      },
    },
    opts,
  );

const createGateway = (
  name: string,
  namespace: pulumi.Input<string>,
  parameters: k8s.core.v1.ConfigMap,
  opts: pulumi.CustomResourceOptions,
) =>
  new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      metadata: {
        name: NAME,
        namespace,
        labels: { "istio.io/enable-inference-extproc": "true" },
      },
      spec: {
        gatewayClassName: "istio",
        infrastructure: { parametersRef: { group: "", kind: "ConfigMap", name: parameters.metadata.name } },
        listeners: [{ name: "default", port: 80, protocol: "HTTP", allowedRoutes: { namespaces: { from: "All" } } }],
      },
    },
    opts,
  );
