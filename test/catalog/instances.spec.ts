import assert from "node:assert/strict";
import { INSTANCE_TYPE_NAMES, INSTANCE_TYPES, type InstanceTypeName, instanceType } from "../../catalog/instances";

/** Of the on-demand price, since 2026-07-01. */
const AUTO_MODE_SHARE = 0.048;

describe("the instance catalogue", () => {
  it("knows the four p5 types by name", () => {
    const names = ["p5.48xlarge", "p5.4xlarge", "p5e.48xlarge", "p5en.48xlarge"];
    assert.deepEqual([...INSTANCE_TYPE_NAMES].sort(), names.sort());
    assert.deepEqual(INSTANCE_TYPE_NAMES, Object.keys(INSTANCE_TYPES));
  });

  it("holds AWS's on-demand prices of 2026-07-20", () =>
    assert.deepEqual(
      byName(type => type.onDemandUsdPerHour),
      { "p5.48xlarge": 55.04, "p5.4xlarge": 6.88, "p5e.48xlarge": undefined, "p5en.48xlarge": 63.296 },
    ));

  it("holds the GPUs of each type", () =>
    assert.deepEqual(
      byName(({ gpus, gpu }) => `${gpus} ${gpu}`),
      { "p5.48xlarge": "8 H100", "p5.4xlarge": "1 H100", "p5e.48xlarge": "8 H200", "p5en.48xlarge": "8 H200" },
    ));

  it("names each type by family and GPU count, which is how NodePools pin it", () => {
    const pins = INSTANCE_TYPE_NAMES.map(name => `${instanceType(name).family} ${instanceType(name).gpus}`);
    assert.deepEqual(pins, [...new Set(pins)]);
  });
});

for (const name of INSTANCE_TYPE_NAMES) {
  const { family, onDemandUsdPerHour, autoModeUsdPerHour, autoModeFeeAssumedFrom, highestSpot } = instanceType(name);

  describe(`the catalogue's ${name}`, () => {
    it("is of the family its name starts with", () => assert.equal(family, name.split(".")[0]));

    if (onDemandUsdPerHour === undefined) {
      it("has an observed spot price, without which it could not be priced at all", () =>
        assert.ok(highestSpot, "neither an on-demand nor a spot price"));

      it("takes its fee from a sibling with the same GPUs and a price", () => {
        assert.ok(isKnown(autoModeFeeAssumedFrom), `assumed from "${autoModeFeeAssumedFrom}"`);
        const sibling = instanceType(autoModeFeeAssumedFrom);
        assert.equal(autoModeUsdPerHour, sibling.autoModeUsdPerHour);
        assert.notEqual(sibling.onDemandUsdPerHour, undefined);
        assert.deepEqual([sibling.gpu, sibling.gpus], [instanceType(name).gpu, instanceType(name).gpus]);
      });
    } else {
      it("has a fee of 4.8 % of its on-demand price, to a tenth of a cent", () =>
        assert.equal(autoModeUsdPerHour, Math.round(onDemandUsdPerHour * AUTO_MODE_SHARE * 1000) / 1000));

      it("assumes no fee, having a price to derive it from", () => assert.equal(autoModeFeeAssumedFrom, undefined));
    }

    if (highestSpot)
      it("says where and when its spot price was seen, and none above on demand", () => {
        assert.match(highestSpot.seen, /^us-(east|west)-[12], 2026-(0[1-9]|1[0-2])$/);
        assert.ok(highestSpot.usdPerHour > 0);
        assert.ok(highestSpot.usdPerHour < (onDemandUsdPerHour ?? Number.POSITIVE_INFINITY));
      });
  });
}

type Row = ReturnType<typeof instanceType>;

const byName = <T>(value: (row: Row) => T): Record<string, T> =>
  Object.fromEntries(INSTANCE_TYPE_NAMES.map(name => [name, value(instanceType(name))]));

const isKnown = (name: string | undefined): name is InstanceTypeName => name !== undefined && name in INSTANCE_TYPES;
