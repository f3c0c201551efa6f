/** Filters and policies between clients and models, made before the load balancer. */
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

interface ProtectionArgs {
  readonly settings: OpenEntry;
  readonly plan: EntryPlan;
  readonly namespace: pulumi.Input<string>;
}

/** The entry's Gateway alone. */
const TARGET: TargetRef = { group: GATEWAY_GROUP, kind: "Gateway", name: ENTRY };

export function createProtection(
  name: string,
  args: ProtectionArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource[] {
  const methods = authentications(args.settings);
  const metadata = { name: ENTRY, namespace: args.namespace };
  const filter = envoyFilter(
    name,
    metadata,
    { targetRefs: [TARGET], configPatches: entryPatches(args.settings, methods) },
    opts,
  );
  return [filter, ...createAuthentication(name, args, methods, opts)];
}

/**
 * All patches in one object: Istio keeps their order, while several objects would apply by age. A request passes header
 * stripping, authentication and authorization (Istio's own filters), rate limit and size limit.
 */
export const entryPatches = (settings: OpenEntry, methods: readonly Authentication[]): ConfigPatch[] => [
  stripHeaders(),
  ...limitPatches({ settings, clients: methods.map(({ client }) => client) }),
  accessLog(),
];

function createAuthentication(
  name: string,
  { plan, namespace }: ProtectionArgs,
  methods: readonly Authentication[],
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource[] {
  if (methods.length === 0) return [];
  const metadata = { name: ENTRY, namespace };
  return [
    requestAuthentication(
      name,
      metadata,
      { targetRefs: [TARGET], jwtRules: methods.flatMap(({ jwtRules }) => jwtRules) },
      opts,
    ),
    authorizationPolicy(
      name,
      metadata,
      { targetRefs: [TARGET], action: "ALLOW", rules: accessRules(methods, plan) },
      opts,
    ),
  ];
}
