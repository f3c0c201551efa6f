/** Rights of a revision's pods in the model store: service accounts and their Pod Identity associations. */
import { setTimeout } from "node:timers/promises";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import * as aws from "../../contracts/aws";
import { REHEARSAL_VARIABLE } from "../../contracts/environment";
import type { RevisionContext } from "../context";
import { revisionName, serverAccountName } from "../names";
import { modelStoreOf } from "./location";

/**
 * AWS says that an association "may take several seconds to be effective" after it was made, and no API tells when it is. A pod
 * made in between never gets credentials, however often its containers start again:
 * https://docs.aws.amazon.com/eks/latest/APIReference/API_CreatePodIdentityAssociation.html. Several times several seconds,
 * then, and a guess; a pod that is too early all the same says so, and `llmd wait` says what to do.
 */
const EFFECTIVE_AFTER_MS = 20_000;

/** Account, scripts and, with an ending, the Job that copies a revision's weights. */
export const copyName = (context: Pick<RevisionContext, "key">): string => `${revisionName(context.key)}-copy`;

export interface Copier {
  /** Service account that the copy Job runs as. */
  readonly account: k8s.core.v1.ServiceAccount;
  /** The Job waits for it. */
  readonly association: aws.eks.PodIdentityAssociation;
}

/** The account of the copy Job, which writes the model store and may do nothing in the cluster. */
export function createCopier(context: RevisionContext, provider: pulumi.ProviderResource): Copier {
  const name = copyName(context);
  const account = new k8s.core.v1.ServiceAccount(
    name,
    { metadata: { name, namespace: context.cluster.namespace }, automountServiceAccountToken: false },
    context.opts,
  );
  const { writerRoleArn } = modelStoreOf(context.cluster);
  return { account, association: associate(context, { name, account, roleArn: writerRoleArn, provider }) };
}

/**
 * Lets the servers of a revision read the model store; none where their weights are not there. Servers are to be made after
 * it: EKS hands credentials to a pod when the pod is created, and to no pod later. An `up` that makes it takes 20 s longer,
 * however many it makes at once.
 */
export function createReader(
  context: RevisionContext,
  account: k8s.core.v1.ServiceAccount,
  provider: pulumi.ProviderResource,
): aws.eks.PodIdentityAssociation | undefined {
  if (context.plan.weights.source !== "s3") return undefined;
  const { readerRoleArn } = modelStoreOf(context.cluster);
  return associate(context, { name: serverAccountName(context.key), account, roleArn: readerRoleArn, provider });
}

interface Association {
  readonly name: string;
  readonly account: k8s.core.v1.ServiceAccount;
  readonly roleArn: pulumi.Input<string>;
  readonly provider: pulumi.ProviderResource;
}

const associate = ({ cluster, opts }: RevisionContext, { name, account, roleArn, provider }: Association) =>
  new aws.eks.PodIdentityAssociation(
    name,
    { clusterName: cluster.clusterName, namespace: cluster.namespace, serviceAccount: account.metadata.name, roleArn },
    // No preview runs hooks.
    { ...opts, provider, hooks: { afterCreate: [untilEffective] } },
  );

/** A rehearsal's cluster gives no credentials to anybody. */
export const untilEffective = async (): Promise<void> => {
  if (process.env[REHEARSAL_VARIABLE] !== "true") await setTimeout(EFFECTIVE_AFTER_MS);
};
