/** Kubernetes versions of Amazon EKS and the end of their support. */

export interface KubernetesVersion {
  /** Major and minor version, as in 1.35. */
  readonly version: string;
  /** Day of the release on EKS, as in 2026-12-02. */
  readonly released: string;
  /** Last day of standard support. */
  readonly endOfStandardSupport: string;
  /** Last day of extended support, in which a cluster costs $0.50 an hour more. */
  readonly endOfExtendedSupport: string;
}

/**
 * AWS, EKS user guide, "Understand the Kubernetes version lifecycle on EKS" (2026-09). Oldest first. The last day of 1.36
 * is derived: extended support is twelve months.
 */
export const KUBERNETES_VERSIONS: readonly KubernetesVersion[] = [
  row("1.31", "2024-09-26", "2025-11-26", "2026-11-26"),
  row("1.32", "2025-01-23", "2026-03-23", "2027-03-23"),
  row("1.33", "2025-05-29", "2026-07-29", "2027-07-29"),
  row("1.34", "2025-10-02", "2026-12-02", "2027-12-02"),
  row("1.35", "2026-01-27", "2027-03-27", "2028-03-27"),
  row("1.36", "2026-06-02", "2027-08-02", "2028-08-02"),
];

function row(
  version: string,
  released: string,
  endOfStandardSupport: string,
  endOfExtendedSupport: string,
): KubernetesVersion {
  return { version, released, endOfStandardSupport, endOfExtendedSupport };
}

/** Minor version: 35 of `1.35`. */
const minorOf = (version: string): number => Number(version.split(".")[1]);

/** Minor versions from `from` to `to`; below 0 where `to` is older. */
export const minorsBetween = (from: string, to: string): number => minorOf(to) - minorOf(from);

/** The only version that EKS upgrades a cluster to: it skips none and never goes back. */
export const nextVersion = (version: string): string => `1.${minorOf(version) + 1}`;

type KubernetesSupport = "standard" | "extended" | "none";

/** Support of a version on a day; `none` also for versions that are not in the table. */
export function kubernetesSupport(version: string, on: Date): KubernetesSupport {
  const known = KUBERNETES_VERSIONS.find(candidate => candidate.version === version);
  const day = on.toISOString().slice(0, 10);
  if (!known || day < known.released || day > known.endOfExtendedSupport) return "none";
  return day <= known.endOfStandardSupport ? "standard" : "extended";
}
