import assert from "node:assert/strict";
import { worstCase } from "../../catalog/cost";
import { infraBill, infraRenewal, type PricedInfra } from "../../infra/bill";
import { readInfraSettings } from "../../infra/settings";
import { readPool } from "../support/infraSettings";
import { configure, rehearsed } from "../support/settings";
import { configOf, STACKS } from "../support/stackFiles";

const ZONES = ["use2-az1", "use2-az2", "use2-az3"];
const pool = readPool({ maxNodes: 1 });

/** The layer of the stack file `dev`, with something changed. */
const infra = (changes: Partial<PricedInfra> = {}): PricedInfra => ({
  region: "us-east-2",
  network: { zoneIds: ZONES, nat: "single" },
  systemPool: { maxCpus: 32, maxMemoryGiB: 128 },
  gpuPools: [pool],
  ...changes,
});

const network = (nat: PricedInfra["network"]["nat"], interfaceEndpoints?: boolean, zones = 3) => ({
  network: { zoneIds: ZONES.slice(0, zones), nat, interfaceEndpoints },
});

/** US dollars an hour: a key costs a dollar a month. */
const KEY = 1 / 730;

const CONTROL_PLANE = { name: "EKS control plane", usdPerHour: 0.1 };
const nat = (usdPerHour: number) => ({ name: "NAT gateways", usdPerHour });
const endpoints = (usdPerHour: number) => ({ name: "interface endpoints", usdPerHour });
const keys = (count: number) => ({ name: "KMS keys", usdPerHour: count * KEY });
const system = (usdPerHour: number) => ({ name: "system pool", usdPerHour });
const P5 = { name: "gpu pool p5", usdPerHour: 57.68, gpus: 8 };

const ELSEWHERE = { ...pool, zoneIds: ["use2-az3", "use2-az4"] };

describe("the infra layer's bill", () => {
  it("has control plane, a NAT gateway, the cluster's key, the system pool and each GPU pool", () =>
    assert.deepEqual(infraBill(infra()), [CONTROL_PLANE, nat(0.05), keys(1), system(1.81), P5]));

  /** The bill of `infra()` with other line items of the network. */
  const withNetwork = (...lineItems: object[]) => [CONTROL_PLANE, ...lineItems, keys(1), system(1.81), P5];
  const cases: readonly { what: string; changes: Partial<PricedInfra>; bill: readonly object[] }[] = [
    { what: "a NAT gateway for each of three zones", changes: network("perZone"), bill: withNetwork(nat(0.15)) },
    { what: "a NAT gateway for each of two zones", changes: network("perZone", false, 2), bill: withNetwork(nat(0.1)) },
    {
      what: "a single NAT gateway whatever zones pools name",
      changes: { ...network("single"), gpuPools: [ELSEWHERE] },
      bill: withNetwork(nat(0.05)),
    },
    {
      what: "no NAT gateway in the zones that only pools name",
      changes: { ...network("perZone"), gpuPools: [ELSEWHERE] },
      bill: withNetwork(nat(0.15)),
    },
    {
      what: "a regional NAT gateway in every zone, those that only pools name included",
      changes: { ...network("regional"), gpuPools: [ELSEWHERE] },
      bill: withNetwork(nat(0.2)),
    },
    {
      what: "nine interface endpoints in each zone in place of NAT gateways, one of them for SNS",
      changes: network("none", true),
      bill: withNetwork(endpoints(0.27)),
    },
    {
      what: "eight interface endpoints in each configured zone beside NAT gateways",
      changes: { ...network("single", true), gpuPools: [ELSEWHERE] },
      bill: withNetwork(nat(0.05), endpoints(0.24)),
    },
    {
      what: "a second key for a bucket of models",
      changes: { modelStore: { bucket: true } },
      bill: [CONTROL_PLANE, nat(0.05), keys(2), system(1.81), P5],
    },
    {
      what: "one key for a model store without a bucket",
      changes: { modelStore: { bucket: false } },
      bill: withNetwork(nat(0.05)),
    },
    {
      what: "a larger system pool",
      changes: { systemPool: { maxCpus: 64, maxMemoryGiB: 128 } },
      bill: [CONTROL_PLANE, nat(0.05), keys(1), system(3.61), P5],
    },
    {
      what: "the same system pool whatever its memory, which its families fix",
      changes: { systemPool: { maxCpus: 32, maxMemoryGiB: 2048 } },
      bill: withNetwork(nat(0.05)),
    },
    {
      what: "the prices of a dearer Region",
      changes: {
        region: "us-west-1",
        network: { zoneIds: ["usw1-az1", "usw1-az3"], nat: "single" },
        gpuPools: [{ ...pool, zoneIds: ["usw1-az1"] }],
      },
      bill: [CONTROL_PLANE, nat(0.05), keys(1), system(2.33), { ...P5, usdPerHour: 72.1 }],
    },
    {
      what: "the pools in the order of the configuration, each by its own capacity",
      changes: {
        gpuPools: [
          { ...pool, maxNodes: 2 },
          { ...pool, name: "p5e", instanceType: "p5e.48xlarge", capacity: { kind: "spot", usdPerHour: 20 } },
          { ...pool, name: "block", capacity: { kind: "capacityBlock", usdPerHour: 31.5 } },
        ],
      },
      bill: [
        ...withNetwork(nat(0.05)).slice(0, -1),
        { name: "gpu pool p5", usdPerHour: 115.36, gpus: 16 },
        { name: "gpu pool p5e", usdPerHour: 23.04, gpus: 8 },
        { name: "gpu pool block", usdPerHour: 34.14, gpus: 8 },
      ],
    },
  ];
  for (const { what, changes, bill } of cases)
    it(`has ${what}`, () => assert.deepEqual(infraBill(infra(changes)), bill));
});

describe("what renewing the infra layer's nodes costs", () => {
  const numbersOf = (gpuPools: PricedInfra["gpuPools"]) => {
    const { extraGpus, extraUsdPerHour, usdPerMonth } = infraRenewal(infra({ gpuPools }));
    return [extraGpus, extraUsdPerHour, usdPerMonth];
  };

  it("is the system pool and each GPU pool a second time, and no part of the bill", () => {
    assert.deepEqual(numbersOf([pool, { ...pool, name: "other", expireAfterHours: 84 }]), [16, 117.17, 466.82]);
    assert.ok(!infraBill(infra()).some(({ name }) => name.includes("renewal")));
  });

  it("is the system pool alone beside static pools, whose limit counts leaving nodes", () =>
    assert.deepEqual(numbersOf([{ ...pool, maxNodes: 3, staticNodes: 2 }]), [0, 1.81, 3.15]));
});

describe("the stack file of", () => {
  rehearsed();
  afterEach(() => configure({}));

  const expected = {
    dev: {
      bill: [CONTROL_PLANE, nat(0.05), keys(1), system(1.81), P5],
      renewal: { extraGpus: 8, extraUsdPerHour: 59.49, usdPerMonth: 157.7 },
      worst: { usdPerHour: 59.64, usdPerMonth: 43538.2, gpus: 8 },
    },
    prod: {
      bill: [
        CONTROL_PLANE,
        nat(0.15),
        endpoints(0.24),
        keys(2),
        system(3.61),
        { name: "gpu pool p5", usdPerHour: 115.36, gpus: 16 },
        { name: "gpu pool p5e", usdPerHour: 23.04, gpus: 8 },
      ],
      renewal: { extraGpus: 24, extraUsdPerHour: 142.01, usdPerMonth: 377.13 },
      worst: { usdPerHour: 142.5, usdPerMonth: 104027, gpus: 24 },
    },
  };

  for (const stack of STACKS)
    it(`${stack} costs at worst what it says, within its limits, and its renewals are beside that`, () => {
      configure(configOf(stack));
      const settings = readInfraSettings();
      const bill = infraBill(settings);
      const worst = worstCase(bill);
      const { note, ...renewal } = infraRenewal(settings);
      assert.deepEqual({ bill, worst, renewal }, expected[stack]);
      assert.match(note, /not held to llmd:limits/);
      for (const key of ["gpus", "usdPerHour", "usdPerMonth"] as const) assert.ok(worst[key] <= settings.limits[key]);
    });
});
