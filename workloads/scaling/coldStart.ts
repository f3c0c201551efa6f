/** Contract with clients of a model that has times without servers. */
import { EMPTY_POOL_ANSWER, slowestMinutes } from "../../catalog/startup";
import { requestWaitSeconds } from "../picker/flowControl";
import type { RevisionPlan } from "../plan";

/** At any time, while the schedule has the model up, or never. */
type Wakes = "always" | "whileUp" | "never";

interface ColdStartContract {
  readonly wakes: Wakes;
  /** Seconds for which a request waits before it is rejected. */
  readonly holdSeconds: number;
  /** From no node to the first answer; undefined for a model that the catalogue does not know. */
  readonly readyAfterMinutes: number | undefined;
  /** For clients, in sentences. */
  readonly text: string;
}

type Scaling = Pick<RevisionPlan, "roles" | "schedule">;

/** @returns undefined where at least one server of each role always runs. */
export function coldStartContract(plan: Scaling): ColdStartContract | undefined {
  if (!mayBeEmpty(plan)) return undefined;
  const wakes = wakesOf(plan);
  const holdSeconds = requestWaitSeconds(plan);
  const readyAfterMinutes = slowestMinutes(plan.roles);
  const text = [rejection(holdSeconds), ...remedy(plan, wakes, inMinutes(readyAfterMinutes))].join(" ");
  return { wakes, holdSeconds, readyAfterMinutes, text };
}

const mayBeEmpty = ({ schedule, roles }: Scaling): boolean => schedule?.replicas === 0 || isEmptyWhileUp({ roles });

const isEmptyWhileUp = ({ roles }: Pick<Scaling, "roles">): boolean => roles.some(({ replicas }) => replicas.min === 0);

/** Times at which requests start the first server of a model. */
export function wakesOf({ schedule, roles }: Scaling): Wakes {
  if (!schedule || schedule.wakeOnTraffic) return "always";
  return isEmptyWhileUp({ roles }) ? "whileUp" : "never";
}

const rejection = (holdSeconds: number): string =>
  `While no server answers, a request waits ${holdSeconds} seconds and is then refused with ${EMPTY_POOL_ANSWER.status} ` +
  `and the header "${EMPTY_POOL_ANSWER.header}".`;

const inMinutes = (minutes: number | undefined): string =>
  minutes === undefined ? "a time that is not known" : `about ${minutes} minutes`;

function remedy({ schedule }: Scaling, wakes: Wakes, time: string): string[] {
  const wake = `Requests start servers, which answer after ${time}: wait, or ask again until then.`;
  if (!schedule) return [wake];
  const { up, down, timezone } = schedule;
  const first = `From "${down}" to "${up}" (${timezone})`;
  return {
    always: [wake],
    whileUp: [wake, `${first} they start none.`],
    never: [`${first} requests start none; servers answer ${time} after "${up}".`],
  }[wakes];
}
