/** The Pulumi program of every flat project: it registers the resources in the file beside it. `flat.ts` copies it there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Registration } from "./flat";

class Custom extends pulumi.CustomResource {}
class Provider extends pulumi.ProviderResource {}

const PROVIDER = "pulumi:providers:";

function register(
  { type, name, isCustom, id, inputs, ...urns }: Registration,
  parent?: pulumi.Resource,
): pulumi.Resource {
  if (!isCustom) return new pulumi.ComponentResource(type, name, inputs, { parent });
  if (type.startsWith(PROVIDER)) return new Provider(type.slice(PROVIDER.length), name, inputs, { parent });
  const provider = providers.get(urns.provider ?? "");
  return new Custom(type, name, inputs, { parent, provider, id });
}

const registered = new Map<string, pulumi.Resource>();
const providers = new Map<string, pulumi.ProviderResource>();

const { resources, outputs } = JSON.parse(readFileSync(join(__dirname, "program.json"), "utf8"));
for (const registration of resources as readonly Registration[]) {
  const resource = register(registration, registered.get(registration.parent ?? ""));
  registered.set(registration.urn, resource);
  if (resource instanceof pulumi.ProviderResource) providers.set(registration.urn, resource);
}

export = outputs;
