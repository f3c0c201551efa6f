/**
 * GPU instance types and their hardware. Prices are in prices.ts, zones in regions.ts, quotas in quotas.ts.
 * Sources: aws/karpenter-provider-aws v1.14.1 (generated 2026-07-20), AWS's pages of the P5, P6 and G families (2026-09);
 * network bandwidth of G types: karpenter-provider-aws@01a436f0.
 */

interface Gpu {
  /** MiB that EC2 gives, as in the node label `instance-gpu-memory`. */
  readonly memoryMiB: number;
  /** MiB that CUDA reports as a GPU's total, the lowest commonly seen. */
  readonly usableMemoryMiB: number;
}

/**
 * Usable memory: H100 from vllm-project/vllm#27508 (79.11 GiB, 2025-10); the others from out-of-memory messages in public
 * reports (2026-11), which give GiB with two decimals: H200 139.72, B200 178.35, A100 79.14 and 39.39, L40S 44.39, L4 and
 * A10G 21.96.
 */
const GPUS = {
  H100: { memoryMiB: 81920, usableMemoryMiB: 81008 },
  H200: { memoryMiB: 144384, usableMemoryMiB: 143073 },
  B200: { memoryMiB: 183359, usableMemoryMiB: 182630 },
  "A100-40GB": { memoryMiB: 40960, usableMemoryMiB: 40335 },
  "A100-80GB": { memoryMiB: 81920, usableMemoryMiB: 81039 },
  L40S: { memoryMiB: 45776, usableMemoryMiB: 45455 },
  L4: { memoryMiB: 22888, usableMemoryMiB: 22487 },
  A10G: { memoryMiB: 22888, usableMemoryMiB: 22487 },
} as const satisfies Record<string, Gpu>;

/** Hardware of one node. */
interface Hardware {
  /** Model of its GPUs. */
  readonly gpu: keyof typeof GPUS;
  /** Number of GPUs. */
  readonly gpus: number;
  readonly vcpus: number;
  /** Main memory. */
  readonly memoryGiB: number;
  /** Local NVMe storage, all disks together. */
  readonly nvmeGB: number;
  /** EFA interfaces; 0 where the type has none. */
  readonly efa: number;
  /**
   * Gbit/s of IP traffic without bursts. P types of eight GPUs have far more with EFA, which is not IP. Here only the one
   * network card counts that a node uses by itself: 100 as commonly known, not re-verified (2026-11).
   */
  readonly networkGbps: number;
}

export interface InstanceType extends Hardware {
  /** Part of the name before the dot: `p5`. */
  readonly family: string;
  /** MiB of one GPU that EC2 gives. */
  readonly gpuMemoryMiB: number;
  /** MiB of one GPU that CUDA reports. */
  readonly usableGpuMemoryMiB: number;
}

const HARDWARE = {
  "p5.48xlarge": { gpu: "H100", gpus: 8, vcpus: 192, memoryGiB: 2048, nvmeGB: 30400, efa: 32, networkGbps: 100 },
  "p5.4xlarge": { gpu: "H100", gpus: 1, vcpus: 16, memoryGiB: 256, nvmeGB: 3800, efa: 1, networkGbps: 100 },
  "p5e.48xlarge": { gpu: "H200", gpus: 8, vcpus: 192, memoryGiB: 2048, nvmeGB: 30400, efa: 32, networkGbps: 100 },
  "p5en.48xlarge": { gpu: "H200", gpus: 8, vcpus: 192, memoryGiB: 2048, nvmeGB: 30400, efa: 16, networkGbps: 100 },
  "p6-b200.48xlarge": { gpu: "B200", gpus: 8, vcpus: 192, memoryGiB: 2048, nvmeGB: 30400, efa: 8, networkGbps: 100 },
  "p4d.24xlarge": { gpu: "A100-40GB", gpus: 8, vcpus: 96, memoryGiB: 1152, nvmeGB: 8000, efa: 4, networkGbps: 100 },
  "p4de.24xlarge": { gpu: "A100-80GB", gpus: 8, vcpus: 96, memoryGiB: 1152, nvmeGB: 8000, efa: 4, networkGbps: 100 },
  "g6e.xlarge": { gpu: "L40S", gpus: 1, vcpus: 4, memoryGiB: 32, nvmeGB: 250, efa: 0, networkGbps: 2.5 },
  "g6e.2xlarge": { gpu: "L40S", gpus: 1, vcpus: 8, memoryGiB: 64, nvmeGB: 450, efa: 0, networkGbps: 5 },
  "g6e.4xlarge": { gpu: "L40S", gpus: 1, vcpus: 16, memoryGiB: 128, nvmeGB: 600, efa: 0, networkGbps: 20 },
  "g6e.8xlarge": { gpu: "L40S", gpus: 1, vcpus: 32, memoryGiB: 256, nvmeGB: 900, efa: 1, networkGbps: 25 },
  "g6e.12xlarge": { gpu: "L40S", gpus: 4, vcpus: 48, memoryGiB: 384, nvmeGB: 3800, efa: 1, networkGbps: 100 },
  "g6e.16xlarge": { gpu: "L40S", gpus: 1, vcpus: 64, memoryGiB: 512, nvmeGB: 1900, efa: 1, networkGbps: 35 },
  "g6e.24xlarge": { gpu: "L40S", gpus: 4, vcpus: 96, memoryGiB: 768, nvmeGB: 3800, efa: 2, networkGbps: 200 },
  "g6e.48xlarge": { gpu: "L40S", gpus: 8, vcpus: 192, memoryGiB: 1536, nvmeGB: 7600, efa: 4, networkGbps: 400 },
  "g6.xlarge": { gpu: "L4", gpus: 1, vcpus: 4, memoryGiB: 16, nvmeGB: 250, efa: 0, networkGbps: 2.5 },
  "g6.2xlarge": { gpu: "L4", gpus: 1, vcpus: 8, memoryGiB: 32, nvmeGB: 450, efa: 0, networkGbps: 5 },
  "g6.4xlarge": { gpu: "L4", gpus: 1, vcpus: 16, memoryGiB: 64, nvmeGB: 600, efa: 0, networkGbps: 10 },
  "g6.8xlarge": { gpu: "L4", gpus: 1, vcpus: 32, memoryGiB: 128, nvmeGB: 900, efa: 1, networkGbps: 25 },
  "g6.12xlarge": { gpu: "L4", gpus: 4, vcpus: 48, memoryGiB: 192, nvmeGB: 3760, efa: 1, networkGbps: 40 },
  "g6.16xlarge": { gpu: "L4", gpus: 1, vcpus: 64, memoryGiB: 256, nvmeGB: 1880, efa: 1, networkGbps: 25 },
  "g6.24xlarge": { gpu: "L4", gpus: 4, vcpus: 96, memoryGiB: 384, nvmeGB: 3760, efa: 1, networkGbps: 50 },
  "g6.48xlarge": { gpu: "L4", gpus: 8, vcpus: 192, memoryGiB: 768, nvmeGB: 7520, efa: 1, networkGbps: 100 },
  "g5.xlarge": { gpu: "A10G", gpus: 1, vcpus: 4, memoryGiB: 16, nvmeGB: 250, efa: 0, networkGbps: 2.5 },
  "g5.2xlarge": { gpu: "A10G", gpus: 1, vcpus: 8, memoryGiB: 32, nvmeGB: 450, efa: 0, networkGbps: 5 },
  "g5.4xlarge": { gpu: "A10G", gpus: 1, vcpus: 16, memoryGiB: 64, nvmeGB: 600, efa: 0, networkGbps: 10 },
  "g5.8xlarge": { gpu: "A10G", gpus: 1, vcpus: 32, memoryGiB: 128, nvmeGB: 900, efa: 1, networkGbps: 25 },
  "g5.12xlarge": { gpu: "A10G", gpus: 4, vcpus: 48, memoryGiB: 192, nvmeGB: 3800, efa: 1, networkGbps: 40 },
  "g5.16xlarge": { gpu: "A10G", gpus: 1, vcpus: 64, memoryGiB: 256, nvmeGB: 1900, efa: 1, networkGbps: 25 },
  "g5.24xlarge": { gpu: "A10G", gpus: 4, vcpus: 96, memoryGiB: 384, nvmeGB: 3800, efa: 1, networkGbps: 50 },
  "g5.48xlarge": { gpu: "A10G", gpus: 8, vcpus: 192, memoryGiB: 768, nvmeGB: 7600, efa: 1, networkGbps: 100 },
} as const satisfies Record<string, Hardware>;

export type InstanceTypeName = keyof typeof HARDWARE;

export const INSTANCE_TYPE_NAMES = Object.keys(HARDWARE) as InstanceTypeName[];

/** Hardware of an instance type. */
export function instanceType(name: InstanceTypeName): InstanceType {
  const hardware: Hardware = HARDWARE[name];
  const { memoryMiB, usableMemoryMiB } = GPUS[hardware.gpu];
  const family = name.split(".")[0] ?? "";
  return { ...hardware, family, gpuMemoryMiB: memoryMiB, usableGpuMemoryMiB: usableMemoryMiB };
}
