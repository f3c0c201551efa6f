import assert from "node:assert/strict";
import { INSTANCE_TYPE_NAMES, type InstanceTypeName, instanceType } from "../../catalog/instances";
import { autoModeFee, HIGHEST_SPOT, isSoldOnDemand, onDemandUsdPerHour } from "../../catalog/prices";

const US_REGIONS = ["us-east-1", "us-east-2", "us-west-2"];
const ELSEWHERE = "eu-central-1";

const SOLD = INSTANCE_TYPE_NAMES.filter(isSoldOnDemand);

describe("the on-demand prices", () => {
  it("are the same in each of the US Regions that were looked up", () => {
    for (const name of SOLD) {
      const [first, ...others] = US_REGIONS.map(region => onDemandUsdPerHour(name, region));
      assert.ok(first !== undefined && first > 0, name);
      assert.deepEqual(others, [first, first], name);
    }
  });

  // A GPU costs the same in both sizes of p5, and the largest size of a G family twice the next one.
  it("rise with the GPUs of a node", () => {
    const price = (name: InstanceTypeName) => onDemandUsdPerHour(name, "us-east-1") ?? 0;
    assert.equal(price("p5.48xlarge"), 8 * price("p5.4xlarge"));
    for (const family of ["g6e", "g6", "g5"] as const)
      assert.ok(Math.abs(price(`${family}.48xlarge`) - 2 * price(`${family}.24xlarge`)) < 1e-9, family);
  });

  it("in us-west-1 are known of one type, a quarter above the others' Regions", () => {
    const known = INSTANCE_TYPE_NAMES.filter(name => onDemandUsdPerHour(name, "us-west-1") !== undefined);
    assert.deepEqual(known, ["p5.48xlarge"]);
    assert.equal(onDemandUsdPerHour("p5.48xlarge", "us-west-1"), 55.04 * 1.25);
  });

  for (const region of [ELSEWHERE, "us-gov-west-1", ""])
    it(`are known of no type in "${region}"`, () => {
      for (const name of INSTANCE_TYPE_NAMES) assert.equal(onDemandUsdPerHour(name, region), undefined, name);
    });
});

describe("the highest spot prices seen", () => {
  it("leave every type with a price, on demand or spot, and are below on demand", () => {
    for (const name of INSTANCE_TYPE_NAMES) {
      const seen = HIGHEST_SPOT[name]?.usdPerHour;
      assert.ok(isSoldOnDemand(name) || seen !== undefined, name);
      assert.ok((seen ?? 0) < (onDemandUsdPerHour(name, "us-east-2") ?? Number.POSITIVE_INFINITY), name);
    }
  });
});

describe("the Auto Mode fee", () => {
  it("is 4.8 % of a P type's price and 7.8 % of a G type's, to a tenth of a cent", () => {
    for (const name of SOLD)
      for (const region of US_REGIONS) {
        const share = name.startsWith("p") ? 0.048 : 0.078;
        const fee = autoModeFee(name, region);
        assert.ok(Math.abs(fee - (onDemandUsdPerHour(name, region) ?? 0) * share) <= 0.0005, name);
        assert.equal(fee, Math.round(fee * 1000) / 1000);
      }
  });

  it("of a type that is not sold on demand is that of a type with the same GPUs, in every Region", () => {
    for (const name of INSTANCE_TYPE_NAMES.filter(type => !isSoldOnDemand(type)))
      for (const region of [...US_REGIONS, "us-west-1", ELSEWHERE]) {
        const { gpu, gpus } = instanceType(name);
        const alike = SOLD.filter(other => instanceType(other).gpu === gpu && instanceType(other).gpus === gpus);
        assert.ok(
          alike.some(other => autoModeFee(other, region) === autoModeFee(name, region)),
          name,
        );
      }
    assert.equal(autoModeFee("p5e.48xlarge", ELSEWHERE), 3.038);
  });

  it("is the dearer Region's where that is known, and that of the dearest Region where no price is", () => {
    assert.equal(autoModeFee("p5.48xlarge", "us-west-1"), 3.302);
    assert.equal(autoModeFee("p5.48xlarge", ELSEWHERE), 3.302);
    assert.equal(autoModeFee("g6e.xlarge", ELSEWHERE), 0.145);
  });
});
