/** What every other part stands on: namespaces with their policies, priorities, CRDs, Istio. */
import type { PlatformContext } from "./context";
import { Crds } from "./crds";
import { entryPlan } from "./entry/plan";
import { ExistingIstio } from "./existingIstio";
import { Istio } from "./istio";
import { modelsLevel, Namespaces } from "./namespaces";
import { NetworkPolicies } from "./networkPolicies";
import { namespacesOf } from "./parts";
import { PriorityClasses, type PriorityClassNames } from "./priorityClasses";
import { openEntry } from "./settings/entry";

export interface Foundation {
  readonly namespaces: Namespaces;
  readonly priorityClasses: PriorityClassNames;
  readonly crds: Crds;
  readonly istio: Istio | ExistingIstio;
}

export function createFoundation({ settings, infra, kubernetes }: PlatformContext): Foundation {
  const { protect } = settings;
  const entry = openEntry(settings.entry);
  const namespaces = new Namespaces("namespaces", {
    kubernetes,
    only: namespacesOf(settings),
    levels: { models: infra.get("gpuPools").apply(modelsLevel) },
    protect,
  });
  new NetworkPolicies("network-policies", {
    kubernetes,
    namespaces,
    entry: entry && {
      ports: entryPlan(entry).listeners.map(({ port }) => port),
      sourceRanges: entry.sourceRanges,
    },
  });
  const { names: priorityClasses } = new PriorityClasses("priority", { kubernetes });
  const crds = new Crds("definitions", {
    kubernetes,
    protect,
    existing: settings.definitions.existing,
  });
  const istio =
    settings.istio.mode === "managed"
      ? new Istio("istio", {
          kubernetes,
          namespace: namespaces.name("istio"),
          priorityClass: priorityClasses.routing,
        })
      : new ExistingIstio("istio", { kubernetes, ...settings.istio });
  return { namespaces, priorityClasses, crds, istio };
}
