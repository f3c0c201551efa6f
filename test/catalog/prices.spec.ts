import assert from "node:assert/strict";
import { INSTANCE_TYPE_NAMES, type InstanceTypeName, instanceType } from "../../catalog/instances";
import { autoModeFee, HIGHEST_SPOT, isSoldOnDemand, onDemandUsdPerHour } from "../../catalog/prices";

const US_REGIONS = ["us-east-1", "us-east-2", "us-west-2"];
const ELSEWHERE = "eu-central-1";

// aws/karpenter-provider-aws v1.14.1 for us-east-1, 2026-07-20.
const P_PRICES = {
  "p5.48xlarge": 55.04,
  "p5.4xlarge": 6.88,
  "p5e.48xlarge": undefined,
  "p5en.48xlarge": 63.296,
  "p6-b200.48xlarge": 113.9328,
  "p4d.24xlarge": 21.957642,
  "p4de.24xlarge": 27.44705,
};
const G_SIZES = ["xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge", "48xlarge"];
const G_PRICES: Readonly<Record<string, readonly number[]>> = {
  g6e: [1.861, 2.24208, 3.00424, 4.52856, 10.49264, 7.57719, 15.06559, 30.13118],
  g6: [0.8048, 0.9776, 1.3232, 2.0144, 4.6016, 3.3968, 6.6752, 13.3504],
  g5: [1.006, 1.212, 1.624, 2.448, 5.672, 4.096, 8.144, 16.288],
};

const namesIn = (letter: string): InstanceTypeName[] => INSTANCE_TYPE_NAMES.filter(name => name.startsWith(letter));

const pricesIn = (region: string, names: readonly InstanceTypeName[]): Record<string, number | undefined> =>
  Object.fromEntries(names.map(name => [name, onDemandUsdPerHour(name, region)]));

describe("the on-demand prices", () => {
  for (const region of US_REGIONS) {
    it(`of P types in ${region} are AWS's of 2026-07-20`, () =>
      assert.deepEqual(pricesIn(region, namesIn("p")), P_PRICES));

    it(`of G types in ${region} are AWS's of 2026-07-20`, () => {
      const rows = Object.entries(G_PRICES).flatMap(([family, prices]) =>
        prices.map((price, index) => [`${family}.${G_SIZES[index]}`, price]),
      );
      assert.deepEqual(pricesIn(region, namesIn("g")), Object.fromEntries(rows));
    });
  }

  it("in us-west-1 are known of one type, a quarter above the others' Regions", () => {
    const known = INSTANCE_TYPE_NAMES.filter(name => onDemandUsdPerHour(name, "us-west-1") !== undefined);
    assert.deepEqual(known, ["p5.48xlarge"]);
    assert.equal(onDemandUsdPerHour("p5.48xlarge", "us-west-1"), 68.8);
  });

  for (const region of [ELSEWHERE, "us-gov-west-1", ""])
    it(`are known of no type in "${region}"`, () => {
      for (const name of INSTANCE_TYPE_NAMES) assert.equal(onDemandUsdPerHour(name, region), undefined, name);
    });

  it("are there of every type but p5e, which AWS sells as spot and as Capacity Blocks only", () =>
    assert.deepEqual(
      INSTANCE_TYPE_NAMES.filter(name => !isSoldOnDemand(name)),
      ["p5e.48xlarge"],
    ));
});

describe("the highest spot prices seen", () => {
  it("are these", () =>
    assert.deepEqual(HIGHEST_SPOT, {
      "p5.48xlarge": { usdPerHour: 19.3, region: "us-west-2", seen: "2026-09" },
      "p5e.48xlarge": { usdPerHour: 15.5, region: "us-east-2", seen: "2026-09" },
      "p5en.48xlarge": { usdPerHour: 17.1, region: "us-east-2", seen: "2026-09" },
      "p6-b200.48xlarge": { usdPerHour: 28.8, region: "us-east-2", seen: "2026-09" },
    }));

  for (const name of INSTANCE_TYPE_NAMES)
    it(`leave ${name} with a price, on demand or spot, and are below on demand`, () => {
      const seen = HIGHEST_SPOT[name]?.usdPerHour;
      assert.ok(isSoldOnDemand(name) || seen !== undefined);
      for (const region of US_REGIONS)
        assert.ok((seen ?? 0) < (onDemandUsdPerHour(name, region) ?? Number.POSITIVE_INFINITY));
    });
});

describe("the Auto Mode fee", () => {
  // 4.8 % of P, 7.8 % of G.
  const fees = {
    "p5.48xlarge": 2.642,
    "p5.4xlarge": 0.33,
    "p5en.48xlarge": 3.038,
    "p6-b200.48xlarge": 5.469,
    "p4d.24xlarge": 1.054,
    "p4de.24xlarge": 1.317,
    "g6e.xlarge": 0.145,
    "g6e.12xlarge": 0.818,
    "g6e.48xlarge": 2.35,
    "g6.xlarge": 0.063,
    "g5.48xlarge": 1.27,
  };
  for (const [name, usdPerHour] of Object.entries(fees) as [InstanceTypeName, number][])
    it(`of ${name} is $${usdPerHour} an hour in every Region that costs the same`, () => {
      for (const region of US_REGIONS)
        assert.deepEqual(autoModeFee(name, region), { usdPerHour, assumedFrom: undefined });
    });

  for (const name of INSTANCE_TYPE_NAMES.filter(isSoldOnDemand))
    it(`of ${name} is ${name.startsWith("p") ? "4.8" : "7.8"} % of its price, to a tenth of a cent, assumed from none`, () => {
      const price = onDemandUsdPerHour(name, "us-east-2") ?? 0;
      const { usdPerHour, assumedFrom } = autoModeFee(name, "us-east-2");
      assert.ok(Math.abs(usdPerHour - price * (name.startsWith("p") ? 0.048 : 0.078)) <= 0.0005);
      assert.equal(assumedFrom, undefined);
    });

  for (const region of [...US_REGIONS, "us-west-1", ELSEWHERE])
    it(`of a p5e is a p5en's in ${region}, for want of a price of its own`, () =>
      assert.deepEqual(autoModeFee("p5e.48xlarge", region), { usdPerHour: 3.038, assumedFrom: "p5en.48xlarge" }));

  it("is assumed from no type with other GPUs", () => {
    const own = instanceType("p5e.48xlarge");
    const base = instanceType(autoModeFee("p5e.48xlarge", "us-east-2").assumedFrom ?? "p5.48xlarge");
    assert.deepEqual([base.gpu, base.gpus], [own.gpu, own.gpus]);
  });

  it("is the dearer Region's where that is known", () =>
    assert.equal(autoModeFee("p5.48xlarge", "us-west-1").usdPerHour, 3.302));

  it("is that of the dearest Region known where no price is", () => {
    assert.deepEqual(autoModeFee("p5.48xlarge", ELSEWHERE), { usdPerHour: 3.302, assumedFrom: undefined });
    assert.deepEqual(autoModeFee("g6e.xlarge", ELSEWHERE), { usdPerHour: 0.145, assumedFrom: undefined });
  });
});
