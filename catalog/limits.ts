/** What the worst case of a stack may come to: the configuration's `llmd:limits`. Renewals of nodes are not held to them. */
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
