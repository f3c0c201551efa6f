/** What is random in names, so that two of one kind can be told to be alike. */

/** Of apimachinery's util/rand: no vowels, and no digits that look like letters. */
const LETTER = "[bcdfghjklmnpqrstvwxz2456789]";

/** Behind names that the API server generates. */
const SUFFIX = `-${LETTER}{5}`;

/** Between a Deployment's name and that suffix in names of pods: the hash of their ReplicaSet. */
const HASH = `(?:-${LETTER}{8,10})?`;

/** Beside suffixes: EC2's instances, nodes that are named by their address, uids and AWS's request ids. */
const RANDOM = new RegExp(
  [
    `${HASH}${SUFFIX}(?![a-z0-9])`,
    "\\bi-[0-9a-f]{8,17}\\b",
    "\\bip-\\d+-\\d+-\\d+-\\d+(?:\\.[a-z0-9-]+)*",
    "\\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\b",
  ].join("|"),
  "g",
);

/** A text without what is random in it. */
export const withoutRandom = (text: string): string => text.replace(RANDOM, "*");

const GENERATED = new RegExp(`${SUFFIX}$`);
const OF_POD = new RegExp(`${HASH}${SUFFIX}$`);

/** What a generated name is made from: of a NodeClaim its NodePool. */
export const generatedFrom = (name: string): string => name.replace(GENERATED, "");

/** Name of what made a pod: of a Deployment or a Job. */
export const podOwner = (pod: string): string => pod.replace(OF_POD, "");
