/** The entry that a stack file asks for, and where it is reached. */
import * as pulumi from "@pulumi/pulumi";
import type { PlatformContext } from "../context";
import { openEntry } from "../settings/entry";
import { Entry, type EntryArgs } from ".";
import { EntryRecord } from "./record";

export interface Reached {
  /** Where clients call. */
  readonly entryUrl?: pulumi.Output<string>;
  /** The record that is still to be made for the hostname, where nobody makes it here. */
  readonly entryRecord?: pulumi.Output<string>;
}

/** @param dependsOn what the entry leads to, and what its certificate comes from. */
export function createEntry(
  { settings, kubernetes, account, tags }: PlatformContext,
  place: Pick<EntryArgs, "namespace" | "revision" | "to">,
  dependsOn: pulumi.Resource[],
): Reached {
  const open = openEntry(settings.entry);
  if (!open) return {};
  const { url, loadBalancer } = new Entry("entry", { ...place, kubernetes, settings: open, tags }, { dependsOn });
  const { hostname, hostedZoneId } = open;
  if (!hostname) return { entryUrl: url };
  if (!hostedZoneId) return { entryUrl: url, entryRecord: pulumi.interpolate`${hostname} CNAME ${loadBalancer}` };
  new EntryRecord("entry-record", { hostname, hostedZoneId, target: loadBalancer }, { provider: account });
  return { entryUrl: url };
}
