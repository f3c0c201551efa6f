/** Checks that a destroyed rehearsal left nothing in the states, the API server and the pretended account. */
import type { Account } from "./doubles/aws";
import { type KnownChart, keptCrds } from "./doubles/kubernetes/charts";
import type { Engine, Project } from "./engine/pulumi";
import { VisibleError } from "./errors";
import type { KubernetesApi } from "./kubernetesApi";

interface LeftoversArgs {
  readonly engine: Engine;
  readonly projects: readonly Project[];
  readonly api: KubernetesApi;
  /** Objects of the API server before the first stack, as its inventory names them. */
  readonly before: ReadonlySet<string>;
  readonly account: Account;
  readonly charts: readonly KnownChart[];
}

/**
 * @returns the CRDs that Helm leaves behind on purpose (`helm.sh/resource-policy: keep`, `crds` folders).
 * @throws VisibleError that lists everything else that is left.
 */
export async function rejectLeftovers({
  engine,
  projects,
  api,
  before,
  account,
  charts,
}: LeftoversArgs): Promise<string[]> {
  const kept = await keptCrds(api, charts);
  const after = [...(await api.inventory())].filter(object => !before.has(object) && !isLeftByIstiod(object));
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

/** ConfigMaps that istiod writes into every namespace, for those who check the mesh's certificates. */
const CA_CONFIG_MAP = /^ConfigMap\.v1\/[^/]+\/istio-ca-(root-cert|crl)$/;

/** Classes that istiod makes for its own gateways. */
const GATEWAY_CLASS = /^GatewayClass\.gateway\.networking\.k8s\.io\/v1\/\/istio(-remote|-waypoint)?$/;

/**
 * Tells what istiod leaves in a cluster after itself and the platform.
 * @param object Name in the inventory of the API server: `Kind.group/version/namespace/name`.
 */
export const isLeftByIstiod = (object: string): boolean => CA_CONFIG_MAP.test(object) || GATEWAY_CLASS.test(object);
