/** Whether the system pool has room for the platform. */
import type { SystemPoolLimits } from "../catalog/systemPool";
import { pack, systemPoolProblems, tooLargeProblem, vcpusOf } from "../catalog/systemRoom";
import type { PlatformOutputs } from "../contracts/outputs";
import { oneMore, platformPods, type SizedPlatform } from "./podSizes";

/** vCPUs of the nodes that the platform's pods take. */
export const systemCpus = (
  settings: SizedPlatform,
  maxNodeCpus?: number,
): NonNullable<PlatformOutputs["systemCpus"]> => ({
  fewest: vcpusOf(pack(platformPods(settings, "min"), maxNodeCpus)),
  most: vcpusOf(pack(platformPods(settings, "max"), maxNodeCpus)),
});

/** Why the platform alone finds no room on the pool: the fewest replicas of everything, and one while another is replaced. */
export function platformRoomProblems(settings: SizedPlatform, limits: SystemPoolLimits): string[] {
  const { maxNodeCpus } = limits;
  const pods = platformPods(settings, "min");
  const tooLarge = pods.flatMap(({ name, requests }) => tooLargeProblem(name, requests, maxNodeCpus) ?? []);
  const need = {
    who: "the platform and for a pod that replaces another",
    vcpus: vcpusOf(pack([...pods, oneMore(pods)], maxNodeCpus)),
  };
  return [...tooLarge, ...systemPoolProblems(limits, [need])];
}
