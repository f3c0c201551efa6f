/** Dashboards of the platform, one ConfigMap each, which Grafana's sidecar reads. */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { GpuPoolFacts } from "../../../contracts/outputs";
import { DASHBOARD_LABEL } from "../grafana";
import { capacity } from "./capacity";
import { gateway } from "./gateway";
import { gpu } from "./gpu";
import { routing } from "./routing";
import { serving } from "./serving";

interface DashboardsArgs {
  readonly namespace: pulumi.Input<string>;
  readonly gpuPools: pulumi.Input<readonly GpuPoolFacts[]>;
}

/** Dashboards that do not depend on the pools. */
const FIXED = { serving, routing, gateway, gpu };

export const dashboards = (pools: readonly GpuPoolFacts[]): Dashboard[] => [
  ...Object.values(FIXED).map(build => build()),
  capacity(pools),
];

/** One ConfigMap for each dashboard. Their number does not depend on the pools. */
export function createDashboards(
  name: string,
  { namespace, gpuPools }: DashboardsArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.ConfigMap[] {
  const create = (topic: string, model: pulumi.Input<string>) =>
    new k8s.core.v1.ConfigMap(
      `${name}-dashboard-${topic}`,
      {
        metadata: { name: `llmd-dashboard-${topic}`, namespace, labels: DASHBOARD_LABEL },
        data: { [`llmd-${topic}.json`]: model },
      },
      opts,
    );
  return [
    ...Object.entries(FIXED).map(([topic, build]) => create(topic, JSON.stringify(build()))),
    create(
      "capacity",
      pulumi.output(gpuPools).apply(pools => JSON.stringify(capacity(pools))),
    ),
  ];
}
