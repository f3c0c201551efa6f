import assert from "node:assert/strict";
import { INSTANCE_TYPE_NAMES, type InstanceTypeName } from "../../catalog/instances";
import { zonesOffering } from "../../catalog/zones";

const REGIONS = ["use1", "use2", "usw1", "usw2", "euc1"];

// skypilot-catalog, 2026-09.
const OFFERED: readonly { type: InstanceTypeName; region: string; numbers: readonly number[] }[] = [
  { type: "p5.48xlarge", region: "use1", numbers: [1, 2, 3, 4, 5, 6] },
  { type: "p5.48xlarge", region: "use2", numbers: [1, 2, 3] },
  { type: "p5.48xlarge", region: "usw2", numbers: [1, 2, 3, 4] },
  { type: "p5en.48xlarge", region: "use1", numbers: [2, 6] },
  { type: "p5en.48xlarge", region: "use2", numbers: [1, 2, 3] },
  { type: "p5en.48xlarge", region: "usw2", numbers: [2, 3, 4] },
  { type: "p6-b200.48xlarge", region: "use1", numbers: [6] },
  { type: "p6-b200.48xlarge", region: "use2", numbers: [1, 2, 3] },
  { type: "p6-b200.48xlarge", region: "usw2", numbers: [1, 2, 4] },
];

describe("the zones that offer a type", () => {
  for (const { type, region, numbers } of OFFERED)
    it(`are these for ${type} in ${region}, whichever of its zones asks`, () => {
      const zones = numbers.map(number => `${region}-az${number}`);
      for (let number = 1; number <= 6; number++) assert.deepEqual(zonesOffering(type, `${region}-az${number}`), zones);
    });

  it("are unknown, not none, where nobody has looked", () => {
    const looked = (type: InstanceTypeName, region: string) =>
      OFFERED.some(offer => offer.type === type && offer.region === region);
    for (const type of INSTANCE_TYPE_NAMES)
      for (const region of REGIONS)
        if (!looked(type, region)) assert.equal(zonesOffering(type, `${region}-az1`), undefined, `${type} ${region}`);
  });

  it("are not those of a Region whose name begins alike", () =>
    assert.equal(zonesOffering("p5.48xlarge", "use-az1"), undefined));
});
