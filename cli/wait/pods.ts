/** Why a pod is not up, be it a picker's, a gateway's or a copy Job's: it has no node, or a container does not run. */
import { whyUnscheduled } from "./capacity";
import type { Cluster } from "./cluster";
import { whyNotRunning } from "./containers";
import type { Finding } from "./findings";
import type { Pod } from "./objects";

/** @returns nothing where nothing is wrong, beyond that a start takes its time. */
export function whyNotUp(pod: Pod, cluster: Cluster): Finding[] {
  if (pod.spec.nodeName !== undefined) return whyNotRunning(pod, cluster);
  const finding = whyUnscheduled(pod, cluster);
  return finding ? [finding] : [];
}
