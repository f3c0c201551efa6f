/** One revision of a model: its weights, its servers, what scales them, and the picker that chooses among them. */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { createAliases } from "./adapters";
import type { RevisionContext } from "./context";
import { createExtraObject } from "./extraObjects";
import { createModelServers, createServerAccount } from "./modelServer";
import { createObjectives } from "./objectives";
import { createPicker } from "./picker";
import { createPool } from "./routing";
import { createDisruptionBudget } from "./scaling/disruption";
import { createScaledObject } from "./scaling/scaledObject";
import { createReader } from "./weights/identity";
import { createCopyJob } from "./weights/job";

export interface RevisionNeeds {
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
  const path = plan.servingPath;
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
  const pool = createPool(context, path);
  createPicker(context, path, pool);
  createObjectives(context, pool);
  createAliases(context, plan.loraAliases, pool);
  for (const object of path.extraObjects(key)) createExtraObject(context, object);
  return pool;
}
