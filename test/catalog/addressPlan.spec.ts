import assert from "node:assert/strict";
import fc from "fast-check";
import { Netmask } from "netmask";
import { type SubnetBlocks, subnetBlocks } from "../../catalog/addressPlan";

describe("the address plan of a VPC", () => {
  it("gives three zones of 10.40.0.0/16 private blocks from its start and public ones from its end", () =>
    assert.deepEqual(subnetBlocks("10.40.0.0/16", 3), [
      { privateCidr: "10.40.0.0/20", publicCidr: "10.40.255.0/24" },
      { privateCidr: "10.40.16.0/20", publicCidr: "10.40.254.0/24" },
      { privateCidr: "10.40.32.0/20", publicCidr: "10.40.253.0/24" },
    ]));

  it("starts at the range's first address, whatever address names it", () =>
    assert.deepEqual(subnetBlocks("10.40.77.9/16", 2), subnetBlocks("10.40.0.0/16", 2)));

  it("keeps a zone's blocks when a zone is added", () =>
    assert.deepEqual(subnetBlocks("10.40.0.0/16", 4).slice(0, 3), subnetBlocks("10.40.0.0/16", 3)));

  it("fills a /18 with three zones and refuses a fourth", () => {
    assert.equal(subnetBlocks("10.40.64.0/18", 3).length, 3);
    assert.throws(() => subnetBlocks("10.40.64.0/18", 4), {
      message: "10.40.64.0/18 has room for 3 zones of a /20, not for 4: take a larger range",
    });
  });

  it("refuses a range that is smaller than one private block", () =>
    assert.throws(() => subnetBlocks("10.40.0.0/24", 1), {
      message: "10.40.0.0/24 has room for 0 zones of a /20, not for 1: take a larger range",
    }));

  it("has one private and one public block for each zone", () =>
    forAll(({ zones, blocks }) => assert.equal(blocks.length, zones)));

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
});

const ranges = (blocks: readonly SubnetBlocks[]): Netmask[] =>
  blocks.flatMap(({ privateCidr, publicCidr }) => [new Netmask(privateCidr), new Netmask(publicCidr)]);

interface Plan {
  readonly cidr: string;
  readonly zones: number;
  readonly blocks: readonly SubnetBlocks[];
}

/** Every range that AWS allows a VPC (up to a /16) and that has room for the zones. */
const plan: fc.Arbitrary<Plan> = fc
  .record({ second: fc.nat(255), third: fc.nat(255), bits: fc.integer({ min: 16, max: 19 }) })
  .chain(({ second, third, bits }) => {
    const cidr = String(new Netmask(`10.${second}.${third}.0/${bits}`));
    const room = 2 ** (20 - bits) - 1;
    return fc.integer({ min: 1, max: room }).map(zones => ({ cidr, zones, blocks: subnetBlocks(cidr, zones) }));
  });

const forAll = (holds: (plan: Plan) => void): void => fc.assert(fc.property(plan, holds));
