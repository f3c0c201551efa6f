/** Random parts of names: without them, names of the same kind of object compare as equal. */

/** Alphabet of apimachinery's util/rand: no vowels, and no digits that look like letters. */
const LETTER = "[bcdfghjklmnpqrstvwxz2456789]";

/** End of names that the API server generates. */
const SUFFIX = `-${LETTER}{5}`;

/** Hash of the ReplicaSet, between a Deployment's name and the suffix in names of pods. */
const HASH = `(?:-${LETTER}{8,10})?`;

/** Suffixes, ids of EC2 instances, nodes named after their address, uids and request ids of AWS. */
const RANDOM = new RegExp(
  [
    `${HASH}${SUFFIX}(?![a-z0-9])`,
    "\\bi-[0-9a-f]{8,17}\\b",
    "\\bip-\\d+-\\d+-\\d+-\\d+(?:\\.[a-z0-9-]+)*",
    "\\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\b",
  ].join("|"),
  "g",
);

/** Replaces the random parts of a text by `*`. */
export const withoutRandom = (text: string): string => text.replace(RANDOM, "*");

const GENERATED = new RegExp(`${SUFFIX}$`);
const OF_POD = new RegExp(`${HASH}${SUFFIX}$`);

/** Name without its generated suffix: for a NodeClaim the name of its NodePool. */
export const generatedFrom = (name: string): string => name.replace(GENERATED, "");

/** Name of the Deployment or Job that made a pod. */
export const podOwner = (pod: string): string => pod.replace(OF_POD, "");
