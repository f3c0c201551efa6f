/** Checks that requests may wait at the entry for as long as an endpoint picker holds them. */
import type { PlatformOutputs } from "../../contracts/outputs";
import { requestWaitSeconds } from "../picker/flowControl";
import type { RevisionPlan } from "../plan";

/** Facts of the platform layer's entry. */
export interface EntryFacts {
  /** URL that clients call; undefined without an entry, and in a preview before the platform layer is there. */
  readonly url: string | undefined;
  /** Undefined as well where an older commit deployed the platform layer. */
  readonly limits: PlatformOutputs["entryLimits"];
}

const KEY = "llmd-platform:entry.streamIdleMinutes";

/** For the first token of the answer, after the last moment at which the picker may hand the request on. */
const MARGIN_SECONDS = 60;

/** Minutes for which the entry must let a request for the model wait. */
const waitMinutes = (plan: Pick<RevisionPlan, "roles" | "schedule">): number =>
  Math.ceil((requestWaitSeconds(plan) + MARGIN_SECONDS) / 60);

/** Models whose requests the entry would end with 504 while their picker still holds them. */
export function entryProblems(plans: readonly RevisionPlan[], { limits }: EntryFacts): string[] {
  if (limits === undefined) return [];
  const { streamIdleMinutes } = limits;
  const cut = plans.filter(plan => waitMinutes(plan) > streamIdleMinutes);
  if (cut.length === 0) return [];
  const names = [...new Set(cut.map(({ name }) => name))].join(", ");
  const seconds = Math.max(...cut.map(requestWaitSeconds));
  const needed = Math.max(...cut.map(waitMinutes));
  return [
    `"${KEY}": a pause of ${streamIdleMinutes} min is too short for ${names}. A request may wait ${seconds} s at the endpoint ` +
      `picker, and the entry would answer it with 504 before that. Set it to ${needed} or more and deploy llmd-platform`,
  ];
}

/** Warns of an entry whose limits are not known. */
export const entryWarnings = ({ url, limits }: EntryFacts): string[] =>
  url === undefined || limits !== undefined
    ? []
    : [
        `Nobody has checked ${KEY}, which the platform layer did not hand over: it was deployed by an older commit. ` +
          "Deploy it again.",
      ];
