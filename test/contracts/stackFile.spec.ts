import assert from "node:assert/strict";
import { readInfraSettings } from "../../infra/settings";
import { readPlatformSettings } from "../../platform/settings";
import { readWorkloadsSettings } from "../../workloads/settings";
import { configure, problemsOf, warningsOf, withPreview, withRehearsal } from "../support/settings";
import { configIn } from "../support/stackFiles";

/** Every key whose shape is fixed. */
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
      replicas: {min: 4, max: 8}
      tensorParallel: 2
      maxModelLen: 32768
      gpuMemoryUtilization: 0.9
      weights: {source: s3}
      modelCommit: 0123456789abcdef0123456789abcdef01234567
      scaling: {waitingPerServer: 1, runningPerServer: 16}
      routing: weighted
      failureMode: failClose
    - name: gpt-oss-120b
      model: openai/gpt-oss-120b
      path: prefillDecode
      prefill: {pool: p5, replicas: 8, tensorParallel: 1}
      decode: {pool: p5, replicas: 2, tensorParallel: 4}
    - name: deepseek-r1
      model: deepseek-ai/DeepSeek-R1
      path: wideExpert
      pool: p5e
      expert: {groupSize: 2, prefillGroups: 1, decodeGroups: 1}
    - name: own
      model: acme/own
      pool: p5
      modelShape:
        precision: bf16
        gated: false
        layers: 32
        hiddenSize: 4096
        attention: {kind: grouped, heads: 32, kvHeads: 8, headDim: 128}
        intermediateSize: 14336
        vocabulary: 128256
        tiedEmbeddings: false
        maxPositions: 131072
    - name: qwen3-8b
      model: Qwen/Qwen3-8B
      pool: p5
      replicas: {min: 1, max: 2}
      tensorParallel: 1
      revision: v2
      modelCommit: 0123456789abcdef0123456789abcdef01234567
      quantization: fp8
      lora: [{name: legal, source: acme/legal, commit: 89abcdef0123456789abcdef0123456789abcdef, rank: 16}]
      loraAliases: [{name: law, targets: [{adapter: legal, percent: 100}]}]
      canary: {revision: v3, percent: 10, replicas: 1}
      schedule:
        {timezone: Europe/Berlin, up: "0 7 * * 1-5", down: "0 19 * * 1-5", replicas: 0, wakeOnTraffic: false}
      engineArgs: [--enforce-eager]
      resources: {cpu: "4", memory: 64Gi}
      priorities: {interactive: 100}
      debug: {nccl: true}
`;

/** Each layer's reader. */
const LAYERS: readonly { layer: string; read: () => { readonly owner: string } }[] = [
  { layer: "infra", read: readInfraSettings },
  { layer: "platform", read: readPlatformSettings },
  { layer: "workloads", read: readWorkloadsSettings },
];

describe("a stack file with every key there is", () => {
  withPreview(false);
  afterEach(() => configure({}));

  describe("in a rehearsal", () => {
    withRehearsal("true");

    for (const { layer, read } of LAYERS)
      it(`is taken by the ${layer} layer without a word`, () => {
        configure(configIn(STACK_FILE));
        assert.deepEqual(
          warningsOf(() => assert.equal(read().owner, "ml-platform")),
          [],
        );
      });
  });

  describe("in a real update", () => {
    withRehearsal(undefined);

    for (const { layer, read } of LAYERS)
      it(`is refused by the ${layer} layer for its placeholders alone`, () => {
        configure(configIn(STACK_FILE));
        const [first, ...others] = problemsOf(read);
        assert.equal(
          first,
          '"llmd:accountId": "111122223333" is a placeholder of the example file: put your AWS account id here',
        );
        for (const problem of others) assert.match(problem, / is a placeholder of the example file: put /);
      });
  });
});
