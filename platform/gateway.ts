/** The Gateway below which every model's route hangs. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ObjectName } from "../contracts/outputs";

export interface InferenceGatewayArgs {
  readonly kubernetes: k8s.Provider;
}

/** Upstream's name, so that its guides and dashboards apply. */
export const GATEWAY: ObjectName = { name: "llm-d-inference-gateway", namespace: "llm-d-gateway" };

/** Istio names the gateway's Service after gateway and class. */
export const gatewayUrl = `http://${GATEWAY.name}-istio.${GATEWAY.namespace}.svc.cluster.local`;

/** A Gateway reachable inside the cluster only. */
export class InferenceGateway extends pulumi.ComponentResource {
  constructor(name: string, { kubernetes }: InferenceGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:platform:InferenceGateway", name, {}, opts);
    const options = { parent: this, provider: kubernetes };
    const namespace = new k8s.core.v1.Namespace(name, { metadata: { name: GATEWAY.namespace } }, options);
    const parameters = createParameters(name, namespace, options);
    createGateway(name, namespace, parameters, options);
    this.registerOutputs({});
  }
}

/** How Istio builds the gateway's Deployment and Service; sizes are upstream's. */
const createParameters = (name: string, namespace: k8s.core.v1.Namespace, opts: pulumi.CustomResourceOptions) =>
  new k8s.core.v1.ConfigMap(
    name,
    {
      metadata: { name: GATEWAY.name, namespace: namespace.metadata.name },
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
  namespace: k8s.core.v1.Namespace,
  parameters: k8s.core.v1.ConfigMap,
  opts: pulumi.CustomResourceOptions,
) =>
  new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      metadata: {
        name: GATEWAY.name,
        namespace: namespace.metadata.name,
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
