/** What the platform layer hands over, for specs of those who read it. */
import type { PlatformOutputs } from "../../contracts/outputs";

/** Every output, the optional ones included. */
export const PLATFORM_OUTPUTS: Required<PlatformOutputs> = {
  bill: [{ name: "gpu pool p5", usdPerHour: 57.68, gpus: 8 }],
  gateway: { name: "inference", namespace: "llm-d-gateway" },
  gatewayUrl: "http://inference.llm-d-gateway",
  entryUrl: "https://llm.acme.dev",
  entryRecord: "llm.acme.dev CNAME llmd-entry.elb.us-east-2.amazonaws.com",
  entryLimits: { streamIdleMinutes: 16 },
  prometheusUrl: "http://prometheus.llm-d-monitoring:9090",
  grafana: {
    url: "http://grafana.llm-d-monitoring",
    passwordSecret: { name: "grafana-admin", namespace: "llm-d-monitoring" },
  },
  namespaces: { models: "llm-d", gateway: "llm-d-gateway", monitoring: "llm-d-monitoring" },
  features: { keda: true, leaderWorkerSet: true, payloadProcessor: false, gpuOperator: false, certManager: false },
  priorityClasses: { serving: "llmd-serving", routing: "llmd-routing" },
  versions: { istio: "1.30.5" },
  systemCpus: { fewest: 12, most: 24 },
};
