import assert from "node:assert/strict";
import { infraBill } from "../../infra/bill";
import { readInfraSettings } from "../../infra/settings";
import { devWith, fullProblems, refusedWith, type Values, WRITTEN_POOL } from "../support/infraSettings";
import { configure, problemsOf, rehearsed, warningsOf, withRehearsal } from "../support/settings";
import { configOf, STACKS } from "../support/stackFiles";

const POOLS = "llmd-infra:gpuPools";
const NETWORK = "llmd-infra:network";
const CLUSTER = "llmd-infra:cluster";

const ENABLE = "imageCache.enabled to true";
const HUB = "imageCache.credentials.dockerHub to a secret for docker.io";
const GITHUB = "imageCache.credentials.github to a secret for ghcr.io";
const uncached = (...ways: string[]) =>
  `nodes can pull images only from ECR, which does not have copies of all that are needed: set ${ways.join(", ")}, or nat to ` +
  "single, perZone or regional. NAT gateways: none, a single one, one in each zone, or one that spans all zones.";
const NOT_PRIVATE =
  "nodes reach the API server inside the VPC, or from NAT addresses that no range can name beforehand: set it to true. Endpoint inside the VPC, which nodes need: write true.";
const ENTRY_NAME =
  "lower-case letters, digits and dashes, a letter first, no dash last, 31 at most. Name of the pool, by which models choose it.";
const MAX_NODES = "Nodes the pool may have, 1 to 64.";
const FOREIGN = (region: string, prefix: string) =>
  `it is no zone of ${region}, whose zones are ${prefix}-az1, ${prefix}-az2, …`;

describe("the infra layer's settings", () => {
  rehearsed();
  afterEach(() => configure({}));

  for (const stack of STACKS)
    it(`of ${stack} are read from its stack file`, () => {
      configure(configOf(stack));
      const { kubernetesVersion, accountId, region, protect, systemPool } = readInfraSettings();
      assert.deepEqual(
        { kubernetesVersion, accountId, region, protect, systemPool },
        {
          kubernetesVersion: "1.35",
          accountId: "111122223333",
          region: "us-east-2",
          protect: stack === "prod",
          systemPool:
            stack === "prod"
              ? { maxCpus: 64, maxMemoryGiB: 256, maxNodeCpus: 8 }
              : { maxCpus: 32, maxMemoryGiB: 128, maxNodeCpus: 8 },
        },
      );
    });

  it("have a default for every key of a pool that can have one", () => {
    configure(devWith({}));
    assert.deepEqual(readInfraSettings().gpuPools, [
      {
        ...WRITTEN_POOL,
        efa: false,
        keepEmptyMinutes: 30,
        expireAfterHours: 480,
        renewalWindow: { weekday: "sunday", hourUtc: 1, hours: 4 },
        labels: {},
        storageGiB: 80,
      },
    ]);
  });

  it("have defaults for network and cluster, and none of the optional groups", () => {
    configure(devWith({ [CLUSTER]: { endpoint: { public: false, private: true } } }));
    const { network, cluster, modelStore, budget, deploy, imageCache } = readInfraSettings();
    assert.equal(network.interfaceEndpoints, false);
    assert.deepEqual(cluster, {
      endpoint: { public: false, cidrs: [], private: true },
      admins: [],
      logTypes: ["api", "audit", "authenticator"],
    });
    assert.deepEqual(
      { modelStore, budget, deploy, imageCache },
      {
        modelStore: undefined,
        budget: undefined,
        deploy: undefined,
        imageCache: undefined,
      },
    );
  });

  it("report all mistakes of all namespaces at once", () => {
    const { "aws:region": _, ...config } = devWith({
      [POOLS]: [
        WRITTEN_POOL,
        {
          ...WRITTEN_POOL,
          name: "P5",
          capacity: { kind: "rented" },
          maxNodes: 65,
          zoneIds: ["us-east-2a"],
          gpus: 8,
          staticNodes: 0,
        },
      ],
      [NETWORK]: { cidr: "10.40.0.0", zoneIds: ["use2-az1"], nat: "both" },
      [CLUSTER]: { endpoint: { public: false, private: false }, logTypes: ["kubelet"] },
      "llmd-infra:systemPool": { maxCpus: 4 },
      "llmd-infra:kubernetesVersion": "1.30",
      "llmd:limits": { gpus: 0, usdPerHour: 68 },
      "llmd-infra:gpuPool": [],
      "llmd:accountId": "1234",
      "llmd:protect": "yes",
      "llmd:owner": "",
    });
    configure(config);
    const POOL_KEYS =
      "name, instanceType, capacity, maxNodes, zoneIds, efa, keepEmptyMinutes, expireAfterHours, renewalWindow, labels, weight, " +
      "staticNodes, storageGiB, placementGroup";
    assert.deepEqual(
      [...problemsOf(readInfraSettings)].sort(),
      [
        `"aws:region" is missing. Region of AWS that all resources are in.`,
        `"llmd:accountId": "1234" is refused: an AWS account id has 12 digits. The only account the AWS provider accepts.`,
        `"llmd:owner": "" is too small: at least 1 character. Value of the tag owner on all AWS resources.`,
        `"llmd:protect": "yes" is not true or false. Deletion protection on what holds data or the cluster.`,
        `"llmd:limits.gpus": 0 is too small: more than 0. GPUs over all pools.`,
        `"llmd:limits.usdPerMonth" is missing. US dollars for 730 hours with every ceiling full.`,
        ...fullProblems([
          `kubernetesVersion": "1.30" is not allowed: take one of 1.31, 1.32, 1.33, 1.34, 1.35, 1.36. A version of Amazon EKS, in quotes.`,
          `network.cidr": "10.40.0.0" is refused: Invalid IPv4 range. A range with room for a /20 in each zone and one more, e.g. 10.40.0.0/16.`,
          `network.zoneIds": ["use2-az1"] is too short: at least 2 entries. Zones of control plane, NAT gateways and load balancers, by id.`,
          `network.nat": "both" is not allowed: take one of none, single, perZone, regional. NAT gateways: none, a single one, one in each zone, or one that spans all zones.`,
          `cluster.endpoint.private": false is refused: ${NOT_PRIVATE}`,
          `cluster.logTypes[0]": "kubelet" is not allowed: take one of api, audit, authenticator, controllerManager, scheduler`,
          `systemPool.maxCpus": 4 is too small: at least 8. vCPUs of all its nodes, 8 to 2048: what all but model servers runs on.`,
          `systemPool.maxMemoryGiB" is missing. Memory of all its nodes, 32 to 8192 GiB; they have 4 GiB a vCPU.`,
          `gpuPools[1].name": "P5" is refused: ${ENTRY_NAME}`,
          `gpuPools[1].capacity.kind": "rented" is not allowed: take one of onDemand, spot, reserved, capacityBlock. Purchase option. AWS may take spot nodes back at two minutes' notice.`,
          `gpuPools[1].maxNodes": 65 is too large: at most 64. ${MAX_NODES}`,
          `gpuPools[1].zoneIds[0]": "us-east-2a" is refused: a zone id looks like use2-az1`,
          `gpuPools[1].staticNodes": 0 is too small: at least 1. Nodes that run whether or not pods ask for them.`,
          `gpuPools[1].gpus" is not a key that is known: the keys here are ${POOL_KEYS}`,
          `gpuPool" is not a key that is known: did you mean "gpuPools"?`,
        ]),
      ].sort(),
    );
  });

  it("report what is wrong between keys beside values out of their range", () => {
    const problems = refusedWith({
      [NETWORK]: { cidr: "10.40.0.0/19", zoneIds: ["use2-az1", "use2-az2"], nat: "none" },
      [CLUSTER]: { endpoint: { public: true, private: false }, logTypes: ["kubelet"] },
      [POOLS]: [
        { ...WRITTEN_POOL, maxNodes: 65 },
        { ...WRITTEN_POOL, instanceType: "p5.4xlarge", zoneIds: ["use2-az4"] },
      ],
    });
    assert.deepEqual(problems.map(problem => /llmd-infra:([^"]*)"/.exec(problem)?.[1]).sort(), [
      "cluster.endpoint.cidrs",
      "cluster.endpoint.private",
      "cluster.logTypes[0]",
      "gpuPools[0].maxNodes",
      "gpuPools[1].name",
      "network.cidr",
      "network.nat",
      "network.nat",
    ]);
    assert.ok(problems.some(problem => problem.includes("not for use2-az2, use2-az4")));
  });

  const regional: readonly { what: string; values: Values; problems: readonly string[] }[] = [
    {
      what: "every zone of another Region, of the network and of each pool",
      values: {
        "aws:region": "us-west-2",
        [POOLS]: [WRITTEN_POOL, { ...WRITTEN_POOL, name: "west", zoneIds: ["usw2-az4"] }],
      },
      problems: [
        ...["use2-az1", "use2-az2", "use2-az3"].map(
          (zone, index) => `network.zoneIds[${index}]": "${zone}" is refused: ${FOREIGN("us-west-2", "usw2")}`,
        ),
        `gpuPools[0].zoneIds[0]": "use2-az1" is refused: ${FOREIGN("us-west-2", "usw2")}`,
      ],
    },
    {
      what: "a type whose price in the Region nobody has looked up",
      values: {
        "aws:region": "eu-north-1",
        [NETWORK]: { cidr: "10.40.0.0/16", zoneIds: ["eun1-az1", "eun1-az2"], nat: "single" },
        [POOLS]: [{ ...WRITTEN_POOL, zoneIds: ["eun1-az1"] }],
      },
      problems: [
        `gpuPools[0].capacity.usdPerHour" is missing: nobody has looked up what p5.48xlarge costs in eu-north-1: say what you expect to pay, in US dollars an hour`,
      ],
    },
    {
      what: "spot of a type of which a price was seen in another Region only",
      values: {
        "aws:region": "eu-north-1",
        [NETWORK]: { cidr: "10.40.0.0/16", zoneIds: ["eun1-az1", "eun1-az2"], nat: "single" },
        [POOLS]: [{ ...WRITTEN_POOL, instanceType: "p5e.48xlarge", capacity: { kind: "spot" }, zoneIds: ["eun1-az1"] }],
      },
      problems: [
        `gpuPools[0].capacity.usdPerHour" is missing: AWS publishes no price of p5e.48xlarge for this capacity: say what you expect to pay`,
      ],
    },
    {
      what: "a reservation of a type that has no price anywhere",
      values: {
        [POOLS]: [
          {
            ...WRITTEN_POOL,
            instanceType: "p5e.48xlarge",
            capacity: { kind: "reserved", reservationIds: ["cr-0123456789abcdef0"] },
          },
        ],
      },
      problems: [
        `gpuPools[0].capacity.usdPerHour" is missing: AWS publishes no price of p5e.48xlarge for this capacity: say what you expect to pay`,
      ],
    },
  ];
  for (const { what, values, problems } of regional)
    it(`refuse ${what} (regionProblems)`, () => assert.deepEqual(refusedWith(values), fullProblems(problems)));

  it("take a type without a known price in the Region when its owner expects one", () => {
    const values = {
      "aws:region": "eu-north-1",
      [NETWORK]: { cidr: "10.40.0.0/16", zoneIds: ["eun1-az1", "eun1-az2"], nat: "single" },
      [POOLS]: [{ ...WRITTEN_POOL, zoneIds: ["eun1-az1"], capacity: { kind: "onDemand", usdPerHour: 70 } }],
    };
    assert.deepEqual(refusedWith(values), []);
    configure(devWith(values));
    // The fee is a share of the highest price known of the type: 68.8.
    assert.deepEqual(infraBill(readInfraSettings()).at(-1), { name: "gpu pool p5", usdPerHour: 73.3, gpus: 8 });
  });

  for (const region of ["us-east", "useast2", "us-east-2a", "US-EAST-2"])
    it(`refuse ${region} as a Region`, () =>
      assert.deepEqual(refusedWith({ "aws:region": region }), [
        `"aws:region": "${region}" is refused: a Region looks like us-east-2. Region of AWS that all resources are in.`,
      ]));
});

describe("a network without a way out", () => {
  rehearsed();
  afterEach(() => configure({}));

  const SECRET = "arn:aws:secretsmanager:us-east-2:111122223333:secret:ecr-pullthroughcache/login-AbCdEf";
  const nat = { cidr: "10.40.0.0/16", zoneIds: ["use2-az1", "use2-az2"], nat: "none", interfaceEndpoints: true };
  const refused = (imageCache: object | undefined) =>
    refusedWith({ [NETWORK]: nat, ...(imageCache && { "llmd-infra:imageCache": imageCache }) });
  const both = { dockerHub: SECRET, github: SECRET };

  const cases: readonly { cache: object | undefined; ways: string[] }[] = [
    { cache: undefined, ways: [ENABLE, HUB, GITHUB] },
    { cache: { enabled: true }, ways: [HUB, GITHUB] },
    { cache: { enabled: true, credentials: { dockerHub: SECRET } }, ways: [GITHUB] },
    { cache: { enabled: true, credentials: { github: SECRET } }, ways: [HUB] },
    { cache: { enabled: false, credentials: both }, ways: [ENABLE] },
  ];
  for (const { cache, ways } of cases)
    it(`is refused with imageCache ${JSON.stringify(cache)?.replaceAll(SECRET, "…")}`, () =>
      assert.deepEqual(refused(cache), fullProblems([`network.nat": "none" is refused: ${uncached(...ways)}`])));

  it("is taken with copies of every registry", () =>
    assert.deepEqual(refused({ enabled: true, credentials: both }), []));
});

describe("the infra layer's settings on a real account", () => {
  withRehearsal(undefined);
  afterEach(() => configure({}));

  /** Every key there is, without a placeholder. */
  const EVERYTHING: Values = {
    "llmd:accountId": "210987654321",
    [NETWORK]: {
      cidr: "10.40.0.0/16",
      zoneIds: ["use2-az1", "use2-az2", "use2-az3"],
      nat: "regional",
      interfaceEndpoints: true,
    },
    [CLUSTER]: {
      endpoint: { public: true, cidrs: ["198.51.100.0/24"], private: true },
      admins: ["arn:aws:iam::210987654321:role/platform-admin"],
      logTypes: ["api", "scheduler"],
    },
    [POOLS]: [
      {
        ...WRITTEN_POOL,
        maxNodes: 4,
        efa: true,
        keepEmptyMinutes: 45,
        expireAfterHours: 100,
        renewalWindow: { weekday: "saturday", hourUtc: 22, hours: 6 },
        labels: { "acme.dev/team": "llm" },
        staticNodes: 3,
        storageGiB: 500,
        placementGroup: "llm",
      },
      { ...WRITTEN_POOL, name: "weighed", weight: 10 },
    ],
    "llmd-infra:modelStore": { bucket: true, noncurrentVersionDays: 3 },
    "llmd-infra:budget": { usdPerMonth: 1000, emails: ["ml@acme.dev"] },
    "llmd-infra:deploy": {
      github: { subjects: ["repo:acme/llm:environment:prod"], createProvider: true },
      state: {
        bucketArn: "arn:aws:s3:::acme-state",
        keyArn: "arn:aws:kms:us-east-2:210987654321:key/1234abcd-12ab-34cd-56ef-1234567890ab",
      },
    },
    "llmd-infra:imageCache": { enabled: true },
  };

  it("act on every key that they know", () => {
    configure(devWith(EVERYTHING));
    assert.deepEqual(problemsOf(readInfraSettings), []);
    assert.deepEqual(warningsOf(readInfraSettings), []);
  });

  it("refuse the example files' placeholders", () => {
    configure(devWith({ ...EVERYTHING, "llmd:accountId": "111122223333" }));
    assert.deepEqual(problemsOf(readInfraSettings), [
      `"llmd:accountId": "111122223333" is a placeholder of the example file: put your AWS account id here`,
    ]);
  });
});
