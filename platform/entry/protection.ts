/** What stands between a client and the models, made before the load balancer is. */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { ENTRY } from "../../catalog/serving";
import { GATEWAY_GROUP } from "../../contracts/httpRoute";
import { accessLog } from "../gateways/accessLog";
import {
  authorizationPolicy,
  type ConfigPatch,
  envoyFilter,
  requestAuthentication,
  type TargetRef,
} from "../gateways/customResources";
import type { OpenEntry } from "../settings/entry";
import { type Authentication, accessRules, authentications } from "./authentication";
import { limitPatches } from "./limits";
import type { EntryPlan } from "./plan";
import { stripHeaders } from "./stripHeaders";

export interface ProtectionArgs {
  readonly settings: OpenEntry;
  readonly plan: EntryPlan;
  readonly namespace: pulumi.Input<string>;
}

/** This Gateway, and none of the others that Istio has. */
const TARGET: TargetRef = { group: GATEWAY_GROUP, kind: "Gateway", name: ENTRY };

export function createProtection(
  name: string,
  args: ProtectionArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource[] {
  const ways = authentications(args.settings);
  const metadata = { name: ENTRY, namespace: args.namespace };
  const filter = envoyFilter(
    name,
    metadata,
    { targetRefs: [TARGET], configPatches: entryPatches(args.settings, ways) },
    opts,
  );
  return [filter, ...createAuthentication(name, args, ways, opts)];
}

/**
 * All patches in one object, whose order Istio keeps; that of several objects would follow from when they were made. A
 * request meets: headers stripped, who it is, whether that is let in (Istio's own filters), its rate, its size.
 */
export const entryPatches = (settings: OpenEntry, ways: readonly Authentication[]): ConfigPatch[] => [
  stripHeaders(),
  ...limitPatches({ settings, clients: ways.map(({ client }) => client) }),
  accessLog(),
];

function createAuthentication(
  name: string,
  { plan, namespace }: ProtectionArgs,
  ways: readonly Authentication[],
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource[] {
  if (ways.length === 0) return [];
  const metadata = { name: ENTRY, namespace };
  return [
    requestAuthentication(
      name,
      metadata,
      { targetRefs: [TARGET], jwtRules: ways.flatMap(({ jwtRules }) => jwtRules) },
      opts,
    ),
    authorizationPolicy(
      name,
      metadata,
      { targetRefs: [TARGET], action: "ALLOW", rules: accessRules(ways, plan) },
      opts,
    ),
  ];
}
