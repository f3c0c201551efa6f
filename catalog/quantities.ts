/**
 * Kubernetes quantities, as far as stack files and this product write them. Own functions: client-node's `quantityToScalar` is
 * not exported by the package, would slow every preview down by its module, and throws on fractions such as 1.5Gi.
 */

/** Bytes of a unit. */
const UNITS: Readonly<Record<string, number>> = {
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  M: 1e6,
  G: 1e9,
  T: 1e12,
};

/** CPUs of "8" or "500m". */
export const cpus = (text: string): number => (text.endsWith("m") ? Number(text.slice(0, -1)) / 1000 : Number(text));

/** GiB of "96Gi". */
export function gib(text: string): number {
  const unit = text.replace(/[\d.]/g, "");
  return (Number(text.slice(0, text.length - unit.length)) * (UNITS[unit] ?? 1)) / 2 ** 30;
}

/** Resources that a pod requests of a node. */
export interface Requests {
  /** CPUs: "8" or "500m". */
  readonly cpu: string;
  /** Memory: "96Gi". */
  readonly memory: string;
}
