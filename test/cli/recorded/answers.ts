/** What a real API server has answered to the requests of `llmd wait`: `record.ts` wrote it down. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { WireObject } from "../../../rehearsal/doubles/protocol/wire";
import { GATEWAY_NAMESPACE, NAMESPACE } from "./scene";

export const RECORDING = join(__dirname, "cluster.jsonl");

const CUSTOM = [
  "leaderworkerset.x-k8s.io/v1/*/leaderworkersets",
  "gateway.networking.k8s.io/v1/*/httproutes",
  "inference.networking.k8s.io/v1/*/inferencepools",
  "karpenter.sh/v1/nodeclaims",
  "karpenter.sh/v1/nodepools",
];

/** All that is asked for, without queries. */
export const PATHS: readonly string[] = [
  ...["pods", "events"].map(resource => `/api/v1/namespaces/${NAMESPACE}/${resource}`),
  ...["pods", "events"].map(resource => `/api/v1/namespaces/${GATEWAY_NAMESPACE}/${resource}`),
  `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`,
  `/apis/apps/v1/namespaces/${GATEWAY_NAMESPACE}/deployments`,
  `/apis/batch/v1/namespaces/${NAMESPACE}/jobs`,
  "/api/v1/namespaces/default/events",
  "/api/v1/nodes",
  // The same events as the other API shows them, to compare.
  `/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events`,
  ...CUSTOM.map(resource => `/apis/${resource.replace("*", `namespaces/${NAMESPACE}`)}`),
];

/** One of the file: the first says when it was made, the others a list's own fields or one of its items. */
export interface Line {
  readonly recordedAt?: string;
  readonly path?: string;
  readonly list?: WireObject;
  readonly item?: WireObject;
}

const lines = readFileSync(RECORDING, "utf8")
  .split("\n")
  .filter(line => line !== "")
  .map(line => JSON.parse(line) as Line);

/** The scene's moment. */
export const RECORDED_AT = new Date(lines[0]?.recordedAt ?? 0);

export const itemsOf = (path: string): readonly WireObject[] =>
  lines.filter(line => line.path === path).flatMap(({ item }) => (item ? [item] : []));

/** The whole answer; undefined: it has not been recorded. */
export function answerTo(path: string): WireObject | undefined {
  const list = lines.find(line => line.path === path && line.list !== undefined)?.list;
  return list && { ...list, items: [...itemsOf(path)] };
}
