/** What the builders of the layer's parts are given. */
import type * as aws from "@pulumi/aws";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { accountProvider, clusterProvider, stackTags } from "../contracts/providers";
import { ConfigError } from "../contracts/settings";
import { type Upstream, upstream } from "../contracts/upstream";
import type { PlatformSettings } from "./settings";
import { platformRoomProblems } from "./systemRoom";

export interface PlatformContext {
  readonly settings: PlatformSettings;
  readonly infra: Upstream<"infra">;
  readonly kubernetes: k8s.Provider;
  /** The account's provider; there wherever the layer makes something in AWS. */
  readonly account: aws.Provider | undefined;
  /** Of what it makes in AWS. */
  readonly tags: Readonly<Record<string, string>>;
}

export function platformContext(settings: PlatformSettings): PlatformContext {
  const infra = upstream("infra");
  return {
    settings,
    infra,
    kubernetes: clusterProvider(roomyCluster(settings, infra)),
    account: needsAccount(settings) ? accountProvider(settings, "platform") : undefined,
    tags: stackTags(settings.owner, "platform"),
  };
}

/** The cluster's kubeconfig, where its system pool has room for the platform: nothing is made that could not start. */
const roomyCluster = (settings: PlatformSettings, infra: Upstream<"infra">): pulumi.Output<string> =>
  pulumi.all([infra.get("kubeconfig"), infra.get("systemPool")]).apply(([kubeconfig, limits]) => {
    const problems = limits ? platformRoomProblems(settings, limits) : [];
    if (problems.length > 0) throw new ConfigError(problems);
    return kubeconfig;
  });

const needsAccount = ({ entry, monitoring }: PlatformSettings): boolean =>
  entry.hostedZoneId !== undefined || monitoring.alerts?.kind === "sns";
