/** What istiod leaves in a cluster when it and the platform are gone. */

/** In every namespace, those of Kubernetes included: with which authority the mesh's certificates are checked. */
const OF_THE_AUTHORITY = /^ConfigMap\.v1\/[^/]+\/istio-ca-(root-cert|crl)$/;

/** Made for its own gateways, and of no use to anybody else. */
const CLASSES = /^GatewayClass\.gateway\.networking\.k8s\.io\/v1\/\/istio(-remote|-waypoint)?$/;

/** @param object as the inventory of the API server names it: `Kind.group/version/namespace/name`. */
export const LEFT_BY_ISTIOD = (object: string): boolean => OF_THE_AUTHORITY.test(object) || CLASSES.test(object);
