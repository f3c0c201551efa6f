import assert from "node:assert/strict";
import { readInfraSettings } from "../../infra/settings";
import { readPlatformSettings } from "../../platform/settings";
import { readWorkloadsSettings } from "../../workloads/settings";
import { configure, problemsOf, warningsOf, withPreview, withRehearsal } from "../support/settings";
import { configIn } from "../support/stackFiles";

/** Every key whose shape is fixed, those on which nothing acts yet included. */
const STACK_FILE = `
config:
  aws:region: us-east-2
  pulumi:disable-default-providers: [kubernetes]

  llmd:accountId: "111122223333"
  llmd:owner: ml-platform
  llmd:protect: true
  llmd:limits:
    gpus: 24
    usdPerHour: 165
    usdPerMonth: 121000
    instanceFamilies: [p5, p5e]
    onDemandGpus: true

  llmd-infra:kubernetesVersion: "1.35"
  llmd-infra:network:
    {cidr: 10.40.0.0/16, zoneIds: [use2-az1, use2-az2, use2-az3], nat: perZone, interfaceEndpoints: true}
  llmd-infra:cluster:
    endpoint: {public: true, cidrs: [203.0.113.0/24], private: true}
    admins: ["arn:aws:iam::111122223333:role/platform-admin"]
    logTypes: [api, audit, authenticator]
  llmd-infra:systemPool: {maxCpus: 64, maxMemoryGiB: 256}
  llmd-infra:gpuPools:
    - name: p5
      instanceType: p5.48xlarge
      capacity: {kind: onDemand}
      maxNodes: 2
      zoneIds: [use2-az1]
      efa: true
      keepEmptyMinutes: 30
      expireAfterHours: 480
      labels: {team: llm}
      weight: 10
      storageGiB: 500
      placementGroup: llm
    - name: p5e
      instanceType: p5e.48xlarge
      capacity: {kind: spot, usdPerHour: 20}
      maxNodes: 2
      zoneIds: [use2-az1]
      staticNodes: 1
    - name: p5en
      instanceType: p5en.48xlarge
      capacity: {kind: reserved, reservationIds: [cr-0123456789abcdef0], usdPerHour: 63}
      maxNodes: 1
      zoneIds: [use2-az2]
    - name: g6e
      instanceType: g6e.12xlarge
      capacity: {kind: reserved, reservationTags: {team: llm}}
      maxNodes: 1
      zoneIds: [use2-az2]
    - name: block
      instanceType: p6-b200.48xlarge
      capacity:
        {kind: capacityBlock, reservationId: cr-0123456789abcdef0, endsAt: "2026-12-20T11:30:00Z", usdPerHour: 40.5}
      maxNodes: 1
      zoneIds: [use2-az3]
  llmd-infra:modelStore: {bucket: true, noncurrentVersionDays: 7}
  llmd-infra:budget: {usdPerMonth: 100000, emails: [ml-platform@example.com]}
  llmd-infra:deploy: {github: {subjects: ["repo:acme@123/llm@456:environment:prod"], createProvider: true}}
  llmd-infra:imageCache:
    enabled: true
    credentials:
      dockerHub: arn:aws:secretsmanager:us-east-2:111122223333:secret:ecr-pullthroughcache/docker
      github: arn:aws:secretsmanager:us-east-2:111122223333:secret:ecr-pullthroughcache/github

  llmd-platform:istio: {mode: managed}
  llmd-platform:entry:
    exposure: internal
    hostname: llm.example.com
    hostedZoneId: Z0123456789ABCDEFGHIJ
    certificateArn: arn:aws:acm:us-east-2:111122223333:certificate/c0ffee
    jwt: {issuer: "https://login.example.com/", audiences: [llm], jwksUri: "https://login.example.com/keys"}
    requestsPerMinute: 600
    maxBodyMiB: 20
    streamIdleMinutes: 10
    sourceRanges: [10.0.0.0/8]
    replicas: {min: 2, max: 6}
  llmd-platform:monitoring:
    retentionDays: 15
    storageGiB: 200
    alerts: {kind: sns, topicArn: "arn:aws:sns:us-east-2:111122223333:alerts"}
    budgetUsdPerHour: 150
  llmd-platform:features:
    keda: true
    leaderWorkerSet: true
    payloadProcessor: true
    payloadProcessorImage: ghcr.io/llm-d/llm-d-inference-payload-processor@sha256:${"0".repeat(64)}
    gpuOperator: false
    certManager: false

  llmd-workloads:huggingFaceToken: hf_abc
  llmd-workloads:models:
    - name: qwen3-32b
      model: Qwen/Qwen3-32B
      path: optimizedBaseline
      pool: p5
      replicas: {min: 8, max: 8}
      tensorParallel: 2
      maxModelLen: 32768
      gpuMemoryUtilization: 0.9
      weights: {source: s3}
    - name: qwen3-8b
      model: Qwen/Qwen3-8B
      pool: p5
      replicas: {min: 1, max: 2}
      tensorParallel: 1
      revision: v2
      modelCommit: 0123456789abcdef0123456789abcdef01234567
      quantization: fp8
      lora: [{name: legal, source: s3}]
      canary: {revision: v3, percent: 10}
      schedule:
        {timezone: Europe/Berlin, up: "0 7 * * 1-5", down: "0 19 * * 1-5", replicas: 0, wakeOnTraffic: false}
      engineArgs: [--enforce-eager]
      resources: {requests: {cpu: "4"}}
      priorities: {interactive: 100}
      debug: {nccl: true}
`;

/** Each layer's reader, with the keys that do nothing yet, in the order of the file. */
const LAYERS: readonly { layer: string; read: () => { readonly owner: string }; idle: readonly string[] }[] = [
  {
    layer: "infra",
    read: readInfraSettings,
    idle: [],
  },
  { layer: "platform", read: readPlatformSettings, idle: [] },
  {
    layer: "workloads",
    read: readWorkloadsSettings,
    idle: [
      "models[0].weights",
      "models[1].modelCommit",
      "models[1].quantization",
      "models[1].lora",
      "models[1].canary",
      "models[1].schedule",
      "models[1].engineArgs",
      "models[1].resources",
      "models[1].priorities",
      "models[1].debug",
    ],
  },
];

describe("a stack file with every key there is", () => {
  afterEach(() => configure({}));

  describe("in a rehearsal", () => {
    withRehearsal("true");
    withPreview(false);

    for (const { layer, read, idle } of LAYERS)
      it(`is taken by the ${layer} layer, which names what does nothing yet`, () => {
        configure(configIn(STACK_FILE));
        const paths = idle.map(path => `llmd-${layer}:${path}`).join(", ");
        assert.deepEqual(
          warningsOf(() => assert.equal(read().owner, "ml-platform")),
          idle.length === 0 ? [] : [`These keys do nothing yet, an \`up\` on a real account refuses them: ${paths}.`],
        );
      });
  });

  describe("in a real update", () => {
    withRehearsal(undefined);
    withPreview(false);

    for (const { layer, read, idle } of LAYERS)
      it(`is refused by the ${layer} layer, with every key that does nothing yet`, () => {
        configure(configIn(STACK_FILE));
        assert.deepEqual(
          problemsOf(read).filter(problem => !problem.includes("is a placeholder of the example file")),
          idle.map(path => `"llmd-${layer}:${path}" does nothing yet: leave it out until it does`),
        );
      });
  });
});
