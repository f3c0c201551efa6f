/** Alerting and recording rules of the platform, one PrometheusRule for each group. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { GpuPoolFacts } from "../../../contracts/outputs";
import { capacity } from "./capacity";
import { endpointPickers } from "./endpointPickers";
import { gateways } from "./gateways";
import { gpus } from "./gpus";
import { routing } from "./routing";
import type { RuleGroup } from "./rule";
import { serving } from "./serving";

export interface RulesArgs {
  readonly namespace: pulumi.Input<string>;
  readonly gpuPools: pulumi.Input<readonly GpuPoolFacts[]>;
  /** What GPU nodes may cost together, in US dollars an hour, before somebody is told. */
  readonly budgetUsdPerHour: pulumi.Input<number>;
}

/** All groups, for pools as they are; what does not depend on pools is the same for any. */
export const alertGroups = (pools: readonly GpuPoolFacts[], budgetUsdPerHour: number): RuleGroup[] => [
  ...FIXED,
  capacity(pools, budgetUsdPerHour),
];

const FIXED: readonly RuleGroup[] = [endpointPickers, serving, routing, gateways, gpus];

/** The rules as objects that the Prometheus operator reads. Which there are does not depend on the pools. */
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

/** Of `llmd.serving`: `serving`. */
const topicOf = ({ name }: RuleGroup): string => name.split(".").at(-1) ?? name;
