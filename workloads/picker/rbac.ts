/** RBAC of a picker: it reads in the namespace of its model, and nothing cluster-wide. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { INFERENCE_GROUP } from "../../contracts/httpRoute";
import type { RevisionContext } from "../context";
import { pickerName } from "../names";

const READ = ["get", "watch", "list"];

/** Rules for what the picker watches: the pods it chooses among, and objects that describe its pool. */
const ROLES = [
  { suffix: "-sa", rules: [{ apiGroups: [""], resources: ["pods"], verbs: READ }] },
  {
    suffix: "-non-sa",
    rules: [
      {
        apiGroups: ["llm-d.ai", "inference.networking.x-k8s.io"],
        resources: ["inferenceobjectives", "inferencemodelrewrites"],
        verbs: READ,
      },
      { apiGroups: [INFERENCE_GROUP], resources: ["inferencepools"], verbs: READ },
    ],
  },
];

export interface PickerRbac {
  /** Service account that the picker's pods run as. */
  readonly account: k8s.core.v1.ServiceAccount;
  /** Bindings of its roles; the picker's Deployment is made after them. */
  readonly bindings: readonly k8s.rbac.v1.RoleBinding[];
}

/** An account with the rights above. It elects no leader, being alone, and so needs no leases. */
export function createRbac(context: RevisionContext): PickerRbac {
  const metadata = pickerMetadata(context);
  const account = new k8s.core.v1.ServiceAccount(metadata.name, { metadata }, context.opts);
  return { account, bindings: ROLES.map(right => bind(context, account, right)) };
}

function bind(
  context: RevisionContext,
  account: k8s.core.v1.ServiceAccount,
  { suffix, rules }: (typeof ROLES)[number],
): k8s.rbac.v1.RoleBinding {
  const metadata = pickerMetadata(context, suffix);
  const role = new k8s.rbac.v1.Role(metadata.name, { metadata, rules }, context.opts);
  return new k8s.rbac.v1.RoleBinding(
    metadata.name,
    {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
      subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace: metadata.namespace }],
    },
    context.opts,
  );
}

/** Name and namespace of a picker's object. */
export const pickerMetadata = (
  { key, cluster }: RevisionContext,
  suffix = "",
): { readonly name: string; readonly namespace: pulumi.Input<string> } => ({
  name: `${pickerName(key)}${suffix}`,
  namespace: cluster.namespace,
});
