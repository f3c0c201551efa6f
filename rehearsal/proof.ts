/** Proof that a destroyed rehearsal left nothing: in the states, in the API server, in the pretended account. */
import type { Account } from "./doubles/aws";
import { type KnownChart, keptDefinitions } from "./doubles/kubernetes/charts";
import type { Engine, Project } from "./engine/pulumi";
import { VisibleError } from "./errors";
import { LEFT_BY_ISTIOD } from "./istiod/leftovers";
import type { KubernetesApi } from "./kubernetesApi";

export interface ProofArgs {
  readonly engine: Engine;
  readonly projects: readonly Project[];
  readonly api: KubernetesApi;
  readonly before: ReadonlySet<string>;
  readonly account: Account;
  readonly charts: readonly KnownChart[];
}

/**
 * @returns the CRDs that Helm leaves behind on purpose (`helm.sh/resource-policy: keep`, `crds` folders).
 * @throws VisibleError that lists whatever else is left.
 */
export async function proveNothingLeft({
  engine,
  projects,
  api,
  before,
  account,
  charts,
}: ProofArgs): Promise<string[]> {
  const kept = await keptDefinitions(api, charts);
  const after = [...(await api.inventory())].filter(object => !before.has(object) && !LEFT_BY_ISTIOD(object));
  const states = await Promise.all(projects.map(project => resourcesInState(engine, project)));
  const left = [
    ...states.flat(),
    ...after.filter(object => !kept.has(object)).map(object => `API server: ${object}`),
    ...account.everything().map(({ type, id }) => `aws double: ${type} ${id}`),
  ];
  if (left.length > 0) throw new VisibleError(`after the destroy this is left:\n  ${left.join("\n  ")}`);
  return after.filter(object => kept.has(object));
}

async function resourcesInState(engine: Engine, project: Project): Promise<string[]> {
  const { deployment } = await engine.state(project);
  return (deployment.resources ?? []).map(({ urn }) => `state of ${project.name}: ${urn}`);
}
