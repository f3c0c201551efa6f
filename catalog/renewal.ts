/**
 * Renewal of nodes, and its cost. No limit of a NodePool prevents that two nodes run in place of one meanwhile: Karpenter does
 * not count leaving nodes (1.9.0, pkg/controllers/provisioning/scheduling/scheduler.go and disruption/helpers.go; EKS Auto Mode
 * may differ). Only an AWS quota, or the size of a reservation, is a hard limit.
 */
import { cents, HOURS_PER_MONTH, type LineItem, worstCase } from "./cost";
import { NODE_SECONDS } from "./startup";

/**
 * Minutes that a leaving node may drain (`terminationGracePeriod`). Karpenter ends the pods that are left then, whatever their
 * disruption budgets and `do-not-disrupt` say, each with its own grace period before the node's end.
 *
 * gpu: a budget lets one server go at a time, so the first server of a model has to answer on the new node before the others may
 * end together: 22 minutes for the slowest model of the catalogue that is streamed from S3, see `readyAfterMinutes`.
 * system: gateways finish streams for 15 minutes.
 */
export const DRAIN_MINUTES = { gpu: 30, system: 20 } as const;

/** Age in hours at which nodes of the system pool are replaced. GPU pools have `expireAfterHours`. */
export const SYSTEM_EXPIRE_HOURS = 336;

/**
 * Hours between two node images of EKS, "sometimes once per week". Then nodes drift, and budgets say when they are replaced.
 * https://repost.aws/articles/ARbff3_8A_R7uiPMpCfjHznw/eks-auto-mode-and-maintenance-window-for-drifted-nodes
 */
const IMAGE_HOURS = 168;

export const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;

/** Weekly window in which nodes with an outdated image are renewed. UTC, because Karpenter's budgets are. */
export interface RenewalWindow {
  /** Day on which the window begins, in UTC. */
  readonly weekday: (typeof WEEKDAYS)[number];
  /** Hour of the beginning, 0 to 23. */
  readonly hourUtc: number;
  /** Length in hours, 1 to 24. */
  readonly hours: number;
}

/** Minutes of one node's renewal: its successor starts, then it drains. */
const RENEWAL_MINUTES = {
  gpu: NODE_SECONDS.eightGpus / 60 + DRAIN_MINUTES.gpu,
  system: NODE_SECONDS.others / 60 + DRAIN_MINUTES.system,
} as const;

const HOURS_PER_WEEK = 168;

/** The week outside the window, as the schedule of a Karpenter budget. */
export function outsideWindow({ weekday, hourUtc, hours }: RenewalWindow): {
  readonly schedule: string;
  readonly duration: `${number}h`;
} {
  const end = hourUtc + hours;
  const day = (WEEKDAYS.indexOf(weekday) + Math.floor(end / 24)) % WEEKDAYS.length;
  return { schedule: `0 ${end % 24} * * ${day}`, duration: `${HOURS_PER_WEEK - hours}h` };
}

/** Nodes of a pool that are renewed at a time: the fewest with which one window is enough for all, mostly one. */
export function renewedAtOnce(maxNodes: number, { hours }: RenewalWindow): number {
  const inTurn = Math.max(1, Math.floor((hours * 60) / RENEWAL_MINUTES.gpu));
  return Math.ceil(maxNodes / inTurn);
}

/** A pool, as far as the cost of renewals depends on it. */
export interface RenewedPool {
  /** Its line of the bill: all of it may run twice. */
  readonly lineItem: LineItem;
  /** Kind of pool; it decides how many minutes a node may drain. */
  readonly kind: keyof typeof DRAIN_MINUTES;
  /** Age in hours at which Karpenter replaces a node. */
  readonly expireAfterHours: number;
  /** Whether the pool's limit also counts leaving nodes, as a static pool's does. */
  readonly countsLeavingNodes: boolean;
}

/** Cost beside the worst case while nodes are renewed. It is not part of the bill, and not held to `Limits`. */
export interface Renewal {
  /** GPUs above the worst case, if all nodes are renewed at the same time. */
  readonly extraGpus: number;
  /** US dollars an hour above the worst case, if all nodes are renewed at the same time. */
  readonly extraUsdPerHour: number;
  /** US dollars a month for the time in which two nodes run in place of one, if all pools are always full. */
  readonly usdPerMonth: number;
  /** The meaning of the figures, in sentences. */
  readonly note: string;
}

export const RENEWAL_NOTE =
  "Beside the worst case and not held to llmd:limits: while nodes are renewed, two run in place of one, and only an AWS " +
  "quota bounds that. Pools that are empty every night renew no node: for them it is 0.";

/** Upper bound of the cost: every drain takes as long as it may, and every pool is always full. */
export function renewalOf(pools: readonly RenewedPool[]): Renewal {
  const doubled = pools.filter(({ countsLeavingNodes }) => !countsLeavingNodes);
  const { gpus, usdPerHour } = worstCase(doubled.map(({ lineItem }) => lineItem));
  const usdPerMonth = doubled.reduce((sum, pool) => sum + pool.lineItem.usdPerHour * overlapHoursPerMonth(pool), 0);
  return { extraGpus: gpus, extraUsdPerHour: usdPerHour, usdPerMonth: cents(usdPerMonth), note: RENEWAL_NOTE };
}

const overlapHoursPerMonth = ({ kind, expireAfterHours }: RenewedPool): number =>
  (HOURS_PER_MONTH / Math.min(expireAfterHours, IMAGE_HOURS)) * (RENEWAL_MINUTES[kind] / 60);
