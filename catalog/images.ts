/** References of container images, and of their copies in an account's ECR. */

/** Prefix in ECR of the copies of a registry's images, by registry (`quay.io`); empty without a cache. */
export type ImageCache = Readonly<Record<string, string>>;

const DOCKER_HUB = "docker.io";

/** Docker Hub under its other names. */
const HUB_ALIASES: readonly string[] = ["index.docker.io", "registry-1.docker.io"];

interface ImageParts {
  /** Host, with its port where it has one. */
  readonly registry: string;
  /** Repository, tag and digest. */
  readonly path: string;
}

/**
 * Splits a reference as container runtimes do. Without a host the image is Docker Hub's, and there a single name is an official
 * image in `library` (github.com/distribution/reference, `splitDockerDomain`).
 */
export function imageParts(reference: string): ImageParts {
  const slash = reference.indexOf("/");
  const first = slash < 0 ? "" : reference.slice(0, slash);
  // Paths have no capitals.
  const isHost = /[.:A-Z]/.test(first) || first === "localhost";
  const registry = isHost && !HUB_ALIASES.includes(first) ? first : DOCKER_HUB;
  const path = isHost ? reference.slice(slash + 1) : reference;
  return { registry, path: registry === DOCKER_HUB && !path.includes("/") ? `library/${path}` : path };
}

/** Reference of the copy, or the reference itself where its registry is not cached. Keeps repository, tag and digest. */
export function cachedImage(reference: string, cache: ImageCache): string {
  const { registry, path } = imageParts(reference);
  const prefix = cache[registry];
  return prefix === undefined ? reference : `${prefix}/${path}`;
}

/**
 * Copy of the beginning of a reference, as charts take it: a registry, or a registry and the first part of a path. `undefined`
 * where the registry is not cached.
 */
export function cachedPlace(place: string, cache: ImageCache): string | undefined {
  const [registry = "", ...path] = place.split("/");
  const prefix = cache[registry];
  return prefix === undefined ? undefined : [prefix, ...path].join("/");
}

const PRIVATE_ECR = /^\d{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com$/;

/** Tells whether nodes of the Region reach the image or repository through the VPC's endpoints for ECR. */
export const isInEcr = (reference: string, region: string): boolean =>
  PRIVATE_ECR.exec(imageParts(reference).registry)?.[1] === region;
