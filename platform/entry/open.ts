/** The entry that a stack file asks for, and where it is reached. */
import * as pulumi from "@pulumi/pulumi";
import type { PlatformOutputs } from "../../contracts/outputs";
import type { PlatformContext } from "../context";
import { openEntry } from "../settings/entry";
import { Entry, type EntryArgs } from ".";
import { EntryRecord } from "./record";

export interface Reached {
  /** Where clients call. */
  readonly entryUrl?: pulumi.Output<string>;
  /** The record that is still to be made for the hostname, where nobody makes it here. */
  readonly entryRecord?: pulumi.Output<string>;
  readonly entryLimits?: NonNullable<PlatformOutputs["entryLimits"]>;
}

/** Of the layer's context what an entry needs. */
type EntryContext = Pick<PlatformContext, "kubernetes" | "account" | "tags"> & {
  readonly settings: Pick<PlatformContext["settings"], "entry">;
};

/** @param dependsOn what the entry leads to, and what its certificate comes from. */
export function createEntry(
  { settings, kubernetes, account, tags }: EntryContext,
  place: Pick<EntryArgs, "namespace" | "revision" | "to">,
  dependsOn: pulumi.Resource[],
): Reached {
  const open = openEntry(settings.entry);
  if (!open) return {};
  const { url, loadBalancer } = new Entry("entry", { ...place, kubernetes, settings: open, tags }, { dependsOn });
  const { hostname, hostedZoneId, streamIdleMinutes } = open;
  const reached: Reached = { entryUrl: url, entryLimits: { streamIdleMinutes } };
  if (!hostname) return reached;
  if (!hostedZoneId) return { ...reached, entryRecord: pulumi.interpolate`${hostname} CNAME ${loadBalancer}` };
  new EntryRecord("entry-record", { hostname, hostedZoneId, target: loadBalancer }, { provider: account });
  return reached;
}
