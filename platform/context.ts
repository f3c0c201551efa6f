/** What the builders of the layer's parts are given. */
import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CHANGED_IN_PLACE, type Upstream, upstream } from "../contracts/upstream";
import type { PlatformSettings } from "./settings";

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
  const tags = { owner: settings.owner, stack: `llmd-${pulumi.getStack()}`, component: "llmd-platform" };
  return {
    settings,
    infra,
    kubernetes: new k8s.Provider("cluster", { kubeconfig: infra.get("kubeconfig"), ...CHANGED_IN_PLACE }),
    account: needsAccount(settings) ? accountProvider(settings, tags) : undefined,
    tags,
  };
}

const needsAccount = ({ entry, monitoring }: PlatformSettings): boolean =>
  entry.hostedZoneId !== undefined || monitoring.alerts?.kind === "sns";

const accountProvider = ({ region, accountId }: PlatformSettings, tags: PlatformContext["tags"]): aws.Provider =>
  new aws.Provider("aws", {
    region: region as aws.Region,
    allowedAccountIds: [accountId],
    defaultTags: { tags },
  });
