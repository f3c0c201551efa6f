import assert from "node:assert/strict";
import fc from "fast-check";
import { Netmask } from "netmask";
import { roomProblem, type SubnetBlocks, subnetBlocks } from "../../catalog/addressPlan";

const zones = (...numbers: number[]): string[] => numbers.map(number => `use2-az${number}`);

describe("the address plan of a VPC", () => {
  it("gives three zones of 10.40.0.0/16 private blocks from its start and public ones from its end", () =>
    assert.deepEqual(subnetBlocks("10.40.0.0/16", zones(1, 2, 3)), [
      { zoneId: "use2-az1", privateCidr: "10.40.0.0/20", publicCidr: "10.40.255.0/24" },
      { zoneId: "use2-az2", privateCidr: "10.40.16.0/20", publicCidr: "10.40.254.0/24" },
      { zoneId: "use2-az3", privateCidr: "10.40.32.0/20", publicCidr: "10.40.253.0/24" },
    ]));

  it("gives a zone the blocks of its number, though it is the only one", () =>
    assert.deepEqual(subnetBlocks("10.40.0.0/16", ["use1-az6"]), [
      { zoneId: "use1-az6", privateCidr: "10.40.80.0/20", publicCidr: "10.40.250.0/24" },
    ]));

  it("has room in a /16 for all nine numbers", () =>
    assert.equal(roomProblem("10.40.0.0/16", zones(1, 2, 3, 4, 5, 6, 7, 8, 9)), undefined));

  it("has nothing against a list without zones", () => assert.equal(roomProblem("10.40.0.0/20", []), undefined));

  it("has one private and one public block for each zone, in the order asked for", () =>
    forAll(({ zoneIds, blocks }) =>
      assert.deepEqual(
        blocks.map(({ zoneId }) => zoneId),
        zoneIds,
      ),
    ));

  it("makes private blocks a /20 and public ones a /24", () =>
    forAll(({ blocks }) => {
      for (const { privateCidr, publicCidr } of blocks) {
        assert.match(privateCidr, /\/20$/);
        assert.match(publicCidr, /\/24$/);
      }
    }));

  it("stays inside the VPC", () =>
    forAll(({ cidr, blocks }) => {
      const vpc = new Netmask(cidr);
      for (const block of ranges(blocks)) assert.ok(vpc.contains(block), `${block} is outside ${cidr}`);
    }));

  it("gives no address to two subnets", () =>
    forAll(({ blocks }) => {
      // Two CIDR blocks overlap only if one contains the other.
      for (const [index, block] of ranges(blocks).entries())
        for (const other of ranges(blocks).slice(index + 1)) {
          assert.ok(!block.contains(other), `${block} contains ${other}`);
          assert.ok(!other.contains(block), `${other} contains ${block}`);
        }
    }));

  it("keeps every zone's blocks when the zones are listed in another order", () =>
    fc.assert(
      fc.property(
        plan.chain(one => fc.tuple(fc.constant(one), shuffled(one.zoneIds))),
        ([{ cidr, blocks }, reordered]) => assert.deepEqual(byZone(subnetBlocks(cidr, reordered)), byZone(blocks)),
      ),
    ));

  it("keeps every zone's blocks when others are added or taken away", () =>
    fc.assert(
      fc.property(
        plan.chain(one => fc.tuple(fc.constant(one), fc.subarray(one.zoneIds))),
        ([{ cidr, blocks }, some]) =>
          assert.deepEqual(
            subnetBlocks(cidr, some),
            blocks.filter(({ zoneId }) => some.includes(zoneId)),
          ),
      ),
    ));
});

describe("the address plan refuses", () => {
  const why = "a zone's number picks its subnets, so that they never move";
  const refused: readonly { what: string; cidr: string; zoneIds: readonly string[]; message: string }[] = [
    {
      what: "a fourth zone in a /18",
      cidr: "10.40.64.0/18",
      zoneIds: zones(1, 2, 3, 4),
      message: `10.40.64.0/18 has room for 3 zones of a /20, not for use2-az4: ${why}; take a /17 or larger, or zones up to az3`,
    },
    {
      what: "zones with high numbers, though they are few",
      cidr: "10.40.64.0/18",
      zoneIds: ["use1-az6", "use1-az1", "use1-az4"],
      message: `10.40.64.0/18 has room for 3 zones of a /20, not for use1-az6, use1-az4: ${why}; take a /17 or larger, or zones up to az3`,
    },
    {
      what: "an eighth zone in a /17",
      cidr: "10.40.0.0/17",
      zoneIds: zones(8),
      message: `10.40.0.0/17 has room for 7 zones of a /20, not for use2-az8: ${why}; take a /16 or larger, or zones up to az7`,
    },
    {
      what: "a second zone in a /19",
      cidr: "10.40.0.0/19",
      zoneIds: zones(1, 2),
      message: `10.40.0.0/19 has room for 1 zone of a /20, not for use2-az2: ${why}; take a /18 or larger, or zones up to az1`,
    },
    {
      what: "a range that only private blocks fit in",
      cidr: "10.40.0.0/20",
      zoneIds: zones(1),
      message: `10.40.0.0/20 has room for 0 zones of a /20, not for use2-az1: ${why}; take a /19 or larger`,
    },
    {
      what: "a range that is smaller than one private block",
      cidr: "10.40.0.0/24",
      zoneIds: zones(1),
      message: `10.40.0.0/24 has room for 0 zones of a /20, not for use2-az1: ${why}; take a /19 or larger`,
    },
    {
      what: "a range that AWS makes no VPC of",
      cidr: "10.0.0.0/8",
      zoneIds: zones(1),
      message: "AWS makes no VPC larger than /16: take a smaller range",
    },
    {
      what: "a range that is named by an address inside it",
      cidr: "10.40.77.9/16",
      zoneIds: zones(1),
      message: "10.40.77.9/16 does not begin at its first address: write 10.40.0.0/16",
    },
    {
      what: "zones of two Regions, which number theirs alike",
      cidr: "10.40.0.0/16",
      zoneIds: ["use1-az1", "use2-az2", "use1-az2"],
      message: "use2-az2 and use1-az2 would get the same subnets: take zones of one Region",
    },
    ...["us-east-2a", "use2-az0", "use2-az12", "use1-bos1-az1", ""].map(zoneId => ({
      what: `the zone "${zoneId}", which has no number`,
      cidr: "10.40.0.0/16",
      zoneIds: ["use2-az1", zoneId],
      message: `${zoneId} has no number that could pick its subnets: take zones with ids like use2-az1, az1 to az9`,
    })),
  ];
  for (const { what, cidr, zoneIds, message } of refused)
    it(what, () => {
      assert.equal(roomProblem(cidr, zoneIds), message);
      assert.throws(() => subnetBlocks(cidr, zoneIds), { message });
    });

  it("no list that names a zone twice", () =>
    assert.equal(roomProblem("10.40.0.0/18", ["use2-az3", "use2-az3"]), undefined));
});

const ranges = (blocks: readonly SubnetBlocks[]): Netmask[] =>
  blocks.flatMap(({ privateCidr, publicCidr }) => [new Netmask(privateCidr), new Netmask(publicCidr)]);

const byZone = (blocks: readonly SubnetBlocks[]) => new Map(blocks.map(block => [block.zoneId, block]));

interface Plan {
  readonly cidr: string;
  readonly zoneIds: string[];
  readonly blocks: readonly SubnetBlocks[];
}

const shuffled = (zoneIds: string[]) =>
  fc.shuffledSubarray(zoneIds, { minLength: zoneIds.length, maxLength: zoneIds.length });

/** Every range that AWS allows a VPC (up to a /16), with zones that it has room for. */
const plan: fc.Arbitrary<Plan> = fc
  .record({ second: fc.nat(255), third: fc.nat(255), bits: fc.integer({ min: 16, max: 19 }) })
  .chain(({ second, third, bits }) => {
    const cidr = String(new Netmask(`10.${second}.${third}.0/${bits}`));
    const room = Math.min(9, 2 ** (20 - bits) - 1);
    const numbers = Array.from({ length: room }, (_, index) => index + 1);
    return fc
      .shuffledSubarray(numbers, { minLength: 1 })
      .map(some => ({ cidr, zoneIds: zones(...some), blocks: subnetBlocks(cidr, zones(...some)) }));
  });

const forAll = (holds: (plan: Plan) => void): void => fc.assert(fc.property(plan, holds));
