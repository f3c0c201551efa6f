import assert from "node:assert/strict";
import { worstCase } from "../../catalog/cost";
import { infraBill, infraRenewal, interfaceEndpointsLineItem, natLineItems, type PricedInfra } from "../../infra/bill";
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

describe("the infra layer's bill", () => {
  const bills: readonly { what: string; changes: Partial<PricedInfra>; bill: readonly object[] }[] = [
    {
      what: "control plane, a NAT gateway, the cluster's key, the system pool and each GPU pool",
      changes: {},
      bill: [CONTROL_PLANE, nat(0.05), keys(1), system(1.81), P5],
    },
    {
      what: "a NAT gateway for each of three zones",
      changes: network("perZone"),
      bill: [CONTROL_PLANE, nat(0.15), keys(1), system(1.81), P5],
    },
    {
      what: "a NAT gateway for each of two zones",
      changes: network("perZone", false, 2),
      bill: [CONTROL_PLANE, nat(0.1), keys(1), system(1.81), P5],
    },
    {
      what: "interface endpoints in place of NAT gateways",
      changes: network("none", true),
      bill: [CONTROL_PLANE, endpoints(0.27), keys(1), system(1.81), P5],
    },
    {
      what: "interface endpoints beside NAT gateways",
      changes: network("regional", true, 2),
      bill: [CONTROL_PLANE, nat(0.1), endpoints(0.16), keys(1), system(1.81), P5],
    },
    {
      what: "the zones that only pools name in a regional NAT gateway",
      changes: { ...network("regional", false, 2), gpuPools: [{ ...pool, zoneIds: ["use2-az1", "use2-az3"] }] },
      bill: [CONTROL_PLANE, nat(0.15), keys(1), system(1.81), P5],
    },
    {
      what: "a second key for a bucket of models",
      changes: { modelStore: { bucket: true } },
      bill: [CONTROL_PLANE, nat(0.05), keys(2), system(1.81), P5],
    },
    {
      what: "one key for a model store without a bucket",
      changes: { modelStore: { bucket: false } },
      bill: [CONTROL_PLANE, nat(0.05), keys(1), system(1.81), P5],
    },
    {
      what: "a larger system pool",
      changes: { systemPool: { maxCpus: 64, maxMemoryGiB: 128 } },
      bill: [CONTROL_PLANE, nat(0.05), keys(1), system(3.61), P5],
    },
    {
      what: "the same system pool whatever its memory, which its families fix",
      changes: { systemPool: { maxCpus: 32, maxMemoryGiB: 2048 } },
      bill: [CONTROL_PLANE, nat(0.05), keys(1), system(1.81), P5],
    },
    {
      what: "a dearer Region's prices",
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
        CONTROL_PLANE,
        nat(0.05),
        keys(1),
        system(1.81),
        { name: "gpu pool p5", usdPerHour: 115.36, gpus: 16 },
        { name: "gpu pool p5e", usdPerHour: 23.04, gpus: 8 },
        { name: "gpu pool block", usdPerHour: 34.14, gpus: 8 },
      ],
    },
  ];
  for (const { what, changes, bill } of bills)
    it(`has ${what}`, () => assert.deepEqual(infraBill(infra(changes)), bill));
});

describe("what renewing the infra layer's nodes costs", () => {
  const numbersOf = (gpuPools: PricedInfra["gpuPools"]) => {
    const { extraGpus, extraUsdPerHour, usdPerMonth } = infraRenewal(infra({ gpuPools }));
    return [extraGpus, extraUsdPerHour, usdPerMonth];
  };

  it("is the system pool and each GPU pool a second time, and no part of the bill", () => {
    assert.deepEqual(numbersOf([pool]), [8, 59.49, 157.7]);
    assert.deepEqual(numbersOf([pool, { ...pool, name: "other", expireAfterHours: 84 }]), [16, 117.17, 466.82]);
    assert.ok(!infraBill(infra()).some(({ name }) => name.includes("renewal")));
  });

  it("is the system pool alone beside static pools, whose limit counts leaving nodes", () =>
    assert.deepEqual(numbersOf([{ ...pool, maxNodes: 3, staticNodes: 2 }]), [0, 1.81, 3.15]));
});

describe("the bill's line items of a network", () => {
  const zones = { zoneIds: ZONES, nodeZoneIds: ["use2-az3", "use2-az4"] };

  it("has none for no NAT gateways", () => assert.deepEqual(natLineItems({ ...zones, nat: "none" }), []));

  const prices = { single: 0.05, perZone: 0.15, regional: 0.2 } as const;
  for (const kind of ["single", "perZone", "regional"] as const)
    it(`has $${prices[kind]} an hour for nat ${kind} in three zones and a fourth of a pool`, () =>
      assert.deepEqual(natLineItems({ ...zones, nat: kind }), [nat(prices[kind])]));

  it("has a cent an hour for each of eight interface endpoints in each configured zone", () =>
    assert.deepEqual(interfaceEndpointsLineItem({ ...zones, nat: "single" }), endpoints(0.24)));

  it("has a ninth endpoint where there is no other way to SNS", () =>
    assert.deepEqual(interfaceEndpointsLineItem({ ...zones, nat: "none" }), endpoints(0.27)));
});

describe("the stack file of", () => {
  rehearsed();
  afterEach(() => configure({}));

  const bills = {
    dev: [CONTROL_PLANE, nat(0.05), keys(1), system(1.81), P5],
    prod: [
      CONTROL_PLANE,
      nat(0.15),
      endpoints(0.24),
      keys(2),
      system(3.61),
      { name: "gpu pool p5", usdPerHour: 115.36, gpus: 16 },
      { name: "gpu pool p5e", usdPerHour: 23.04, gpus: 8 },
    ],
  };
  const renewals = {
    dev: { extraGpus: 8, extraUsdPerHour: 59.49, usdPerMonth: 157.7 },
    prod: { extraGpus: 24, extraUsdPerHour: 142.01, usdPerMonth: 377.13 },
  };
  const worst = {
    dev: { usdPerHour: 59.64, usdPerMonth: 43538.2, gpus: 8 },
    prod: { usdPerHour: 142.5, usdPerMonth: 104027, gpus: 24 },
  };

  for (const stack of STACKS) {
    it(`${stack} costs $${worst[stack].usdPerHour} an hour at worst`, () => {
      configure(configOf(stack));
      const bill = infraBill(readInfraSettings());
      assert.deepEqual(bill, bills[stack]);
      assert.deepEqual(worstCase(bill), worst[stack]);
    });

    it(`${stack} runs $${renewals[stack].extraUsdPerHour} an hour beside that while all its nodes are renewed`, () => {
      configure(configOf(stack));
      const { note, ...renewal } = infraRenewal(readInfraSettings());
      assert.deepEqual(renewal, renewals[stack]);
      assert.match(note, /not held to llmd:limits/);
    });

    it(`${stack} stays within its own limits`, () => {
      configure(configOf(stack));
      const settings = readInfraSettings();
      const { gpus, usdPerHour, usdPerMonth } = worstCase(infraBill(settings));
      assert.ok(gpus <= settings.limits.gpus);
      assert.ok(usdPerHour <= settings.limits.usdPerHour);
      assert.ok(usdPerMonth <= settings.limits.usdPerMonth);
    });
  }
});
