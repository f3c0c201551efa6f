/** How large a Prometheus has to be for what it watches: series, disk and memory. */

/** Seconds between two samples of a series, wherever a monitor does not say otherwise. */
export const SCRAPE_SECONDS = 30;

/**
 * Series at any one time, estimated high: nobody has counted a full platform yet. A small one has most of them from the API
 * server, kubelets and the platform's own pods; a GPU counts as a model server of its own (tensor parallelism only makes
 * them fewer), with its histograms, its share of its picker's and its gateway's series, and its share of a node.
 */
const SERIES = { platform: 100_000, perGpu: 5_000 } as const;

/** Prometheus's documentation ("Storage") reckons with one to two. */
const BYTES_PER_SAMPLE = 2;

/** The rest is for the write-ahead log and for blocks that are being put together: "Storage" advises 80 to 85 at most. */
const USABLE_PERCENT = 85;

/** What Prometheus needs in memory: the usual rule of thumb for a series with its share of queries, and for itself. */
const MEMORY = { kibPerSeries: 8, ownGib: 1 } as const;

const SECONDS_PER_DAY = 86_400;

/** Series of a platform with so many GPUs. */
export const seriesOf = (gpus: number): number => SERIES.platform + gpus * SERIES.perGpu;

/** What a day of metrics takes on disk, in GiB. */
export const gibPerDay = (gpus: number): number =>
  ((seriesOf(gpus) / SCRAPE_SECONDS) * BYTES_PER_SAMPLE * SECONDS_PER_DAY) / 2 ** 30;

/** Whole GiB of a disk that metrics may fill: beyond, Prometheus drops the oldest, however young they are. */
export const usableGib = (diskGib: number): number => Math.floor((diskGib * USABLE_PERCENT) / 100);

/** Whether the days fit onto the disk. */
export const fitsOnDisk = (days: number, diskGib: number, gpus: number): boolean =>
  days * gibPerDay(gpus) <= usableGib(diskGib);

/** The smallest disk, in whole GiB, onto which the days fit. */
export const smallestDiskGib = (days: number, gpus: number): number =>
  Math.ceil((Math.ceil(days * gibPerDay(gpus)) * 100) / USABLE_PERCENT);

/** Whole days that fit onto the disk; 0 where not even one does. */
export const longestRetentionDays = (diskGib: number, gpus: number): number =>
  Math.floor(usableGib(diskGib) / gibPerDay(gpus));

/** Whole GiB of memory to ask for. */
export const memoryGib = (gpus: number): number =>
  Math.ceil(MEMORY.ownGib + (seriesOf(gpus) * MEMORY.kibPerSeries) / 2 ** 20);
