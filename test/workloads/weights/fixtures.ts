/** A revision whose weights are in S3, for specs of what brings them there. */
import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceHookRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { ClusterContext, RevisionContext } from "../../../workloads/context";
import type { RevisionPlan } from "../../../workloads/plan";
import { type Registered, registeredBy } from "../../support/mockedProgram";
import { contextOf } from "../fixtures";

export const JOB = "kubernetes:batch/v1:Job";
export const ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation";

export const COMMIT = "9216db5781bf21249d130ec9da846c4624c16137";
export const STORE = {
  bucket: "llmd-dev-models-abc",
  readerRoleArn: "arn:aws:iam::111122223333:role/llmd-dev-model-reader",
  writerRoleArn: "arn:aws:iam::111122223333:role/llmd-dev-model-writer",
};
export const IN_S3: RevisionPlan["weights"] = { source: "s3", commit: COMMIT, gated: false, bytes: undefined };

/** Only to be called while mocks are set. */
export const s3Context = (plan: Partial<RevisionPlan> = {}, cluster: Partial<ClusterContext> = {}): RevisionContext =>
  contextOf({ weights: IN_S3, ...plan }, { modelStore: STORE, ...cluster });

/** What is registered by building with AWS, without providers. @param hooks Is told the name of each hook. */
export async function registeredIn(
  build: (provider: pulumi.ProviderResource) => unknown,
  hooks: (name: string) => void = () => undefined,
): Promise<Registered[]> {
  const all = await registeredBy(() => {
    acceptHooks(hooks);
    return build(new aws.Provider("aws", { region: "us-east-2" }));
  });
  return all.filter(({ type }) => !type.startsWith("pulumi:providers:"));
}

/** The SDK's mocks say that they support hooks, and lack the method. */
function acceptHooks(hooks: (name: string) => void): void {
  const registerResourceHook = (
    request: RegisterResourceHookRequest,
    done: (error: null, answer: object) => void,
  ): void => {
    hooks(request.getName());
    done(null, {});
  };
  Object.assign(pulumi.runtime.getMonitor() ?? {}, { registerResourceHook });
}

/** Stands for the account of a revision's servers. */
export const serverAccount = ({ opts }: RevisionContext): k8s.core.v1.ServiceAccount =>
  new k8s.core.v1.ServiceAccount(
    "qwen3-32b-v1-sa",
    { metadata: { name: "qwen3-32b-v1-sa", namespace: "llm-d" } },
    opts,
  );
