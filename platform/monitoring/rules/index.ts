/** Alerting and recording rules of the platform, one PrometheusRule for each group. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { GpuPoolFacts } from "../../../contracts/outputs";
import { capacity } from "./capacity";
import { endpointPickers } from "./endpointPickers";
import { gateways } from "./gateways";
import { gpus } from "./gpus";
import type { RuleGroup } from "./rule";
import { routing, serving } from "./serving";

interface RulesArgs {
  readonly namespace: pulumi.Input<string>;
  readonly gpuPools: pulumi.Input<readonly GpuPoolFacts[]>;
  /** Cost of all GPU nodes above which an alert fires, in US dollars an hour. */
  readonly budgetUsdPerHour: pulumi.Input<number>;
}

/** All groups of rules; only `capacity` depends on the pools. */
export const alertGroups = (pools: readonly GpuPoolFacts[], budgetUsdPerHour: number): RuleGroup[] => [
  ...FIXED,
  capacity(pools, budgetUsdPerHour),
];

const FIXED: readonly RuleGroup[] = [endpointPickers, serving, routing, gateways, gpus];

/** One PrometheusRule for each group. Their number does not depend on the pools. */
export function createRules(
  name: string,
  { namespace, gpuPools, budgetUsdPerHour }: RulesArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource[] {
  const create = (topic: string, group: pulumi.Input<RuleGroup>) =>
    new k8s.apiextensions.CustomResource(
      `${name}-rules-${topic}`,
      {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PrometheusRule",
        metadata: { name: `llmd-${topic}`, namespace },
        spec: { groups: [group] },
      },
      opts,
    );
  const dependent = pulumi.all([gpuPools, budgetUsdPerHour]).apply(([pools, budget]) => capacity(pools, budget));
  return [...FIXED.map(group => create(topicOf(group), group)), create("capacity", dependent)];
}

/** Last part of a group's name: `serving` in `llmd.serving`. */
const topicOf = ({ name }: RuleGroup): string => name.split(".").at(-1) ?? name;
