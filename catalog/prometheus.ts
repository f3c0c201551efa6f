/** Size of a Prometheus: series, disk and memory. */

/** Seconds between two samples of a series, unless a monitor sets another interval. */
export const SCRAPE_SECONDS = 30;

/**
 * Series at any one time, estimated high: nobody has counted a full platform yet. A small platform has most of them from the API
 * server, kubelets and its own pods. Each GPU counts as one model server, though tensor parallelism makes them fewer: with its
 * histograms, its share of its picker's and its gateway's series, and its share of a node.
 */
const SERIES = { platform: 100_000, perGpu: 5_000 } as const;

/** Upper end of Prometheus's documentation, "Storage": one to two bytes. */
const BYTES_PER_SAMPLE = 2;

/** The rest is for the write-ahead log and for blocks in compaction: "Storage" advises 80 to 85 at most. */
const USABLE_PERCENT = 85;

/** Memory by the usual rule of thumb: KiB for each series with its share of queries, GiB for the process itself. */
const MEMORY = { kibPerSeries: 8, ownGib: 1 } as const;

const SECONDS_PER_DAY = 86_400;

/** Series of a platform with so many GPUs. */
const seriesOf = (gpus: number): number => SERIES.platform + gpus * SERIES.perGpu;

/** GiB of disk for a day of metrics. */
export const gibPerDay = (gpus: number): number =>
  ((seriesOf(gpus) / SCRAPE_SECONDS) * BYTES_PER_SAMPLE * SECONDS_PER_DAY) / 2 ** 30;

/** Whole GiB of a disk that metrics may fill. Beyond that Prometheus drops the oldest, however young they are. */
export const usableGib = (diskGib: number): number => Math.floor((diskGib * USABLE_PERCENT) / 100);

/** Tells whether so many days of metrics fit on the disk. */
export const fitsOnDisk = (days: number, diskGib: number, gpus: number): boolean =>
  days * gibPerDay(gpus) <= usableGib(diskGib);

/** Smallest disk, in whole GiB, on which so many days fit. */
export const smallestDiskGib = (days: number, gpus: number): number =>
  Math.ceil((Math.ceil(days * gibPerDay(gpus)) * 100) / USABLE_PERCENT);

/** Whole days of metrics that fit on the disk; 0 where not even one does. */
export const longestRetentionDays = (diskGib: number, gpus: number): number =>
  Math.floor(usableGib(diskGib) / gibPerDay(gpus));

/** Whole GiB of memory to request. */
export const memoryGib = (gpus: number): number =>
  Math.ceil(MEMORY.ownGib + (seriesOf(gpus) * MEMORY.kibPerSeries) / 2 ** 20);
