/** One revision of a model: its weights, its servers, what scales them, and the picker that chooses among them. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { RevisionContext } from "./context";
import { createPicker } from "./picker";
import { createAliases, createObjectives } from "./requests";
import { createPool } from "./routing/pool";
import { createDisruptionBudget } from "./scaling/disruption";
import { createScaledObject } from "./scaling/scaledObject";
import { createModelServers, createServerAccount } from "./servers/modelServers";
import type { ExtraObject } from "./servers/shape";
import { createReader } from "./weights/identity";
import { createCopyJob } from "./weights/job";

interface RevisionNeeds {
  readonly token: k8s.core.v1.Secret | undefined;
  /** The account's provider; there wherever weights are in S3. */
  readonly account: pulumi.ProviderResource | undefined;
}

/** @returns the pool, which the model's route leads to. */
export function createRevision(
  context: RevisionContext,
  { token, account }: RevisionNeeds,
): k8s.apiextensions.CustomResource {
  const { key, plan } = context;
  const serverAccount = createServerAccount(context);
  const reader = account && createReader(context, serverAccount, account);
  if (account) createCopyJob(context, account, token?.metadata.name);
  const servers = createModelServers(context, {
    account: serverAccount.metadata.name,
    tokenSecret: token?.metadata.name,
    after: reader ? [reader] : [],
  });
  for (const [index, role] of plan.roles.entries()) {
    createScaledObject(context, role, servers[index] as pulumi.CustomResource);
    createDisruptionBudget(context, role);
  }
  const pool = createPool(context);
  createPicker(context, pool);
  createObjectives(context, pool);
  createAliases(context, plan.loraAliases, pool);
  for (const object of plan.servingPath.extraObjects(key)) createExtraObject(context, object);
  return pool;
}

const MADE_BY = { Service: k8s.core.v1.Service } as const;

/** Creates what a serving path has beside servers, pool and picker. */
const createExtraObject = (
  { cluster, opts }: RevisionContext,
  { kind, name, annotations, spec }: ExtraObject,
): pulumi.CustomResource =>
  new MADE_BY[kind](name, { metadata: { name, namespace: cluster.namespace, annotations }, spec }, opts);
