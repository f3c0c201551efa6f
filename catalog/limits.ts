/** What no run may exceed: the configuration's `llmd:limits`. */
export interface Limits {
  /** GPUs over all pools. */
  readonly gpus: number;
  /** US dollars per hour with every ceiling full. */
  readonly usdPerHour: number;
  /** The same for 730 hours. */
  readonly usdPerMonth: number;
  /** Families that GPU pools may have. @default - every family of the catalogue */
  readonly instanceFamilies?: readonly string[] | undefined;
  /** Whether GPU pools may have on-demand P instances. @default false */
  readonly onDemandGpus?: boolean | undefined;
}
