/** ModelServices built against the mocks. */
import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import type { ClusterContext } from "../../workloads/context";
import { ModelService, type ModelServiceArgs } from "../../workloads/modelService";
import type { RevisionPlan, WeightedRevision } from "../../workloads/plan";
import { INFRA_OUTPUTS } from "./infraOutputs";
import { type Registered, registeredBy } from "./mockedProgram";
import { planned } from "./plans";
import { PLATFORM_OUTPUTS } from "./platformOutputs";

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
export const SCALED_OBJECT = "kubernetes:keda.sh/v1alpha1:ScaledObject";
export const COMPONENT = "llmd:workloads:ModelService";

const { gateway, gatewayUrl, entryUrl, prometheusUrl, features, priorityClasses } = PLATFORM_OUTPUTS;
const { modelBucket: bucket, modelReaderRoleArn: readerRoleArn, modelWriterRoleArn: writerRoleArn } = INFRA_OUTPUTS;

export const MODEL_STORE = { bucket, readerRoleArn, writerRoleArn };

/** The cluster of namespace `llm-d`, without a model store and without a token. */
export const clusterContext = (kubernetes: k8s.Provider): ClusterContext => ({
  kubernetes,
  namespace: "llm-d",
  gateway,
  gatewayUrl,
  entryUrl,
  prometheusUrl,
  features,
  priorityClasses,
  modelStore: undefined,
  region: "us-east-2",
  clusterName: "llmd-dev",
  huggingFaceToken: undefined,
});

/** The model's own revision, and a canary with 10 percent of its requests. */
export const withCanary = (
  plan: RevisionPlan,
  revision = `${plan.revision}b`,
): readonly [WeightedRevision, ...WeightedRevision[]] => [
  { plan: planned(plan), percent: 90 },
  { plan: planned({ ...plan, revision }), percent: 10 },
];

/** One revision with all of the model's requests. */
export const alone = (plan: RevisionPlan): readonly [WeightedRevision] => [{ plan: planned(plan), percent: 100 }];

/** What is not as in `clusterContext`, and what the service is told beside its revisions. */
export interface Around {
  /** @default {} */
  readonly cluster?: Partial<ClusterContext>;
  /** @default false */
  readonly byModelField?: boolean;
}

/** Only to be called while mocks are set. */
export function modelService(
  revisions: ModelServiceArgs["revisions"],
  { cluster = {}, byModelField = false }: Around = {},
): ModelService {
  const kubernetes = new k8s.Provider("cluster", { kubeconfig: "{}" });
  const needsAccount = revisions.some(({ plan }) => plan.weights.source === "s3");
  return new ModelService(revisions[0].plan.name, {
    revisions,
    cluster: { ...clusterContext(kubernetes), modelStore: MODEL_STORE, ...cluster },
    byModelField,
    account: needsAccount ? new aws.Provider("aws", { region: "us-east-2" }) : undefined,
  });
}

/**
 * What a model's component registers, itself included.
 * @param around called while mocks are set.
 */
export async function registeredByModel(
  revisions: ModelServiceArgs["revisions"],
  around: () => Around = () => ({}),
): Promise<Registered[]> {
  const all = await registeredBy(() => {
    modelService(revisions, around());
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

interface Templated {
  readonly spec: {
    readonly template?: k8s.types.output.core.v1.PodTemplateSpec;
    readonly leaderWorkerTemplate?: { readonly workerTemplate: k8s.types.output.core.v1.PodTemplateSpec };
  };
}

/** Of a Deployment, LeaderWorkerSet or Job; undefined of anything else. */
export function podTemplateIn({ inputs }: Registered): k8s.types.output.core.v1.PodTemplateSpec | undefined {
  const { spec } = inputs as unknown as Partial<Templated>;
  return spec?.template ?? spec?.leaderWorkerTemplate?.workerTemplate;
}
