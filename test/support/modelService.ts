/** ModelServices built against the mocks. */
import * as k8s from "@pulumi/kubernetes";
import { ModelService, type ModelServiceArgs } from "../../workloads/modelService";
import type { ModelSettings } from "../../workloads/settings";
import { type Registered, registeredBy } from "./mockedProgram";

export const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
export const SERVICE = "kubernetes:core/v1:Service";
export const ACCOUNT = "kubernetes:core/v1:ServiceAccount";
export const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
export const SECRET = "kubernetes:core/v1:Secret";
export const ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role";
export const BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding";
export const POOL = "kubernetes:inference.networking.k8s.io/v1:InferencePool";
export const HTTP_ROUTE = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute";
export const DESTINATION_RULE = "kubernetes:networking.istio.io/v1:DestinationRule";
export const COMPONENT = "llmd:workloads:ModelService";

export const QWEN: ModelSettings = {
  name: "qwen3-32b",
  model: "Qwen/Qwen3-32B",
  path: "optimizedBaseline",
  pool: "p5",
  replicas: { min: 2, max: 4 },
  tensorParallel: 2,
  revision: "v1",
};

/** Arguments of a model in namespace `llm-d`, below the gateway `inference` of namespace `llm-d-gateway`. */
export const argsOf = (fields: Partial<ModelServiceArgs> = {}): ModelServiceArgs => ({
  ...QWEN,
  namespace: "llm-d",
  gateway: { name: "inference", namespace: "llm-d-gateway" },
  gatewayUrl: "http://inference.llm-d-gateway.svc.cluster.local",
  nodePool: "gpu-p5",
  kubernetes: new k8s.Provider("cluster", { kubeconfig: "{}" }),
  ...fields,
});

/** What a model's component registers, itself included. */
export async function registeredByModel(fields: () => Partial<ModelServiceArgs> = () => ({})): Promise<Registered[]> {
  const all = await registeredBy(() => {
    const args = argsOf(fields());
    new ModelService(args.name, args);
  });
  return all.filter(({ type }) => !type.startsWith("pulumi:providers:"));
}

type DeploymentInputs = k8s.types.output.apps.v1.Deployment;

export const deploymentIn = ({ inputs }: Registered): DeploymentInputs => inputs as unknown as DeploymentInputs;

/** The pod template's container, the only one there is. */
export function containerIn(resource: Registered): k8s.types.output.core.v1.Container {
  const [container, ...others] = deploymentIn(resource).spec.template.spec.containers;
  if (!container || others.length > 0) throw new Error(`${resource.name} has not one container`);
  return container;
}
