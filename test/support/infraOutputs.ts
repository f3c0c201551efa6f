/** What the infra layer hands over, for specs of those who read it. */
import type { GpuPoolFacts, InfraOutputs } from "../../contracts/outputs";

/** One node of p5.48xlarge on demand. */
export const P5_POOL: GpuPoolFacts = {
  name: "p5",
  instanceType: "p5.48xlarge",
  gpusPerNode: 8,
  maxNodes: 1,
  capacityKind: "onDemand",
  zoneIds: ["use2-az1"],
  efaPerNode: 0,
  taintKey: "nvidia.com/gpu",
  usdPerNodeHour: 57.68,
  expireAfterHours: 480,
};

/** Every output, the optional ones included. */
export const INFRA_OUTPUTS: Required<InfraOutputs> = {
  region: "us-east-2",
  accountId: "111122223333",
  bill: [{ name: "gpu pool p5", usdPerHour: 57.68, gpus: 8 }],
  renewal: { extraGpus: 8, extraUsdPerHour: 57.68, usdPerMonth: 154.56, note: "Beside the worst case." },
  zoneIds: ["use2-az1", "use2-az2"],
  clusterName: "llmd-dev",
  clusterArn: "arn:aws:eks:us-east-2:111122223333:cluster/llmd-dev",
  endpoint: "https://example.test",
  kubeconfig: "{}",
  nodeSecurityGroupId: "sg-1",
  gpuPools: [P5_POOL],
  systemPool: { maxCpus: 64, maxMemoryGiB: 256, maxNodeCpus: 8 },
  storageClass: "gp3",
  modelBucket: "llmd-dev-models",
  modelReaderRoleArn: "arn:aws:iam::111122223333:role/llmd-dev-model-reader",
  modelWriterRoleArn: "arn:aws:iam::111122223333:role/llmd-dev-model-writer",
  monitoringRoleArn: "arn:aws:iam::111122223333:role/llmd-dev-monitoring",
  imageCache: { "ghcr.io": "111122223333.dkr.ecr.us-east-2.amazonaws.com/llmd-dev/ghcr.io" },
  egress: "internet",
  deployRoleArn: "arn:aws:iam::111122223333:role/llmd-dev-deploy",
  limits: { gpus: 8, usdPerHour: 68, usdPerMonth: 50000 },
};
